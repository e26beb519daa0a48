//! The flight plan: what a change is expected to do, by running the controller's arithmetic forward from the rollout as it is,
//! at the pace that its own pods were seen to have. Pure. Quotas are not read here, and say nothing: a quota that is met on the
//! way is a surprise. What an autoscaler does afterwards is its guard's to say.

mod back;
mod fork;
mod pace;
mod spec;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

pub(super) use self::back::way_back;
use self::{
    fork::{Course, Fork, Goal, LONG_AGO, NEVER, Side},
    pace::{Pace, Run},
    spec::{Spec, with},
};
use super::verbs;
use crate::{
    domain::{Args, Downtime, Estimate, Flight, Moment, PodState, Rollout, Uid, Verb, Version, Write, num},
    systems::Ask,
};

/// A rollout with the change that is wanted of it.
struct Observed<'a> {
    rollout: &'a Rollout,
    /// Its versions, oldest first.
    versions: Vec<&'a Version>,
    /// The one that runs the template as it is; None while none does.
    current: Option<&'a Version>,
    /// The one that runs the template as it is to be; None while none does.
    target: Option<&'a Version>,
    /// Whether that was told by its images alone.
    is_guess: bool,
    before: Spec,
    after: Spec,
    goal: Goal,
    now: Moment,
}

/// The flight of a change; None for a verb that moves no pod, and for an object that cannot be read.
pub(super) fn flight(ask: &Ask<'_>, writes: &[Write]) -> Option<Flight> {
    if ask.intent.verb == Verb::Pause {
        return None;
    }
    let whole = ask.whole.first()?;
    let changed = with(whole, writes);
    let (before, after) = (Spec::of(whole), Spec::of(&changed));
    let current = current(ask.rollout, whole);
    let template = |whole: &Value| whole.pointer("/spec/template").map(verbs::bare);
    let is_new = template(whole) != template(&changed);
    let (target, is_guess) = if is_new { target(ask, template(&changed).as_ref()) } else { (current, false) };
    let goal = match ask.intent.verb {
        Verb::Scale => Goal::Scaled,
        Verb::Pause | Verb::Resume | Verb::Undo | Verb::Restart | Verb::SetImage | Verb::Shift if after.is_paused => {
            Goal::Written
        }
        Verb::Pause | Verb::Resume | Verb::Undo | Verb::Restart | Verb::SetImage | Verb::Shift => Goal::RolledOut,
    };
    let versions = aged(ask.rollout);
    Observed { rollout: ask.rollout, versions, current, target, is_guess, before, after, goal, now: ask.now }
        .flight(ask.intent.verb)
}

/// By age, as the controller sorts them.
fn aged(rollout: &Rollout) -> Vec<&Version> {
    let mut versions: Vec<&Version> = rollout.versions.iter().collect();
    versions.sort_by_key(|version| (version.created, &version.at.name));
    versions
}

/// The version that runs the current template, as far as the rollout and its status say. While it is paused with a new
/// template that nobody rolled out, none does.
fn current<'a>(rollout: &'a Rollout, whole: &Value) -> Option<&'a Version> {
    let count = |path| whole.pointer(path).and_then(Value::as_i64).unwrap_or(0);
    let newest = rollout.newest()?;
    let images: BTreeMap<&str, &str> = spec::images(whole).into_iter().collect();
    let runs = |version: &Version| version.images.iter().all(|(name, image)| images.get(&**name) == Some(&&**image));
    let is_paused = whole.pointer("/spec/paused").and_then(Value::as_bool).unwrap_or(false);
    let waits = is_paused && count("/status/updatedReplicas") == 0 && (count("/spec/replicas") > 0 || !runs(newest));
    (!waits).then_some(newest)
}

/// The version that has a template, and whether that is a guess: where versions were not read whole, equal images must do.
fn target<'a>(ask: &Ask<'a>, template: Option<&Value>) -> (Option<&'a Version>, bool) {
    let runs = |set: &&Value| set.pointer("/spec/template").map(verbs::bare).as_ref() == template;
    let mut uids = ask.whole.iter().skip(1).filter(runs).filter_map(|set| set.pointer("/metadata/uid")?.as_str());
    if let Some(uid) = uids.next() {
        return (ask.rollout.version(&Uid::from(uid)), false);
    }
    let Args::Images { images, .. } = &ask.intent.args else { return (None, false) };
    let wanted = |version: &&&Version| {
        let held = |name: &str| version.images.iter().find(|(held, _)| **held == *name).map(|(_, image)| image);
        let all = |image| version.images.iter().all(|(_, held)| held == image);
        images.iter().all(|(name, image)| if **name == *"*" { all(image) } else { held(name) == Some(image) })
    };
    let found = aged(ask.rollout).iter().filter(|version| version.is_alive()).rfind(wanted).copied();
    (found, found.is_some())
}

impl Observed<'_> {
    /// Runs it three times: as fast as the fastest that was seen, as all of them in turn, as slowly as the slowest.
    fn flight(&self, verb: Verb) -> Option<Flight> {
        let is_target = |version: &&Version| self.target.is_some_and(|target| target.uid == version.uid);
        let others: Vec<&Version> = self.versions.iter().copied().filter(|version| !is_target(version)).collect();
        let pace = Pace::of(self.target, &others, self.after.grace_s);
        let runs = [Run::Fastest, Run::Likely, Run::Slowest];
        let courses: Option<Vec<Course>> = runs.iter().map(|run| self.fork(&pace, *run).run(&pace, *run)).collect();
        let [fastest, likely, slowest]: [Course; 3] = courses?.try_into().ok()?;
        let all = [fastest, likely, slowest];
        let is_known = self.is_known(&pace, &likely);
        let done = if is_known { all.map(|course| course.done) } else { [None; 3] };
        Some(Flight {
            start: likely.started,
            stop: likely.stopped,
            takes: span(done),
            lowest_ready: all.iter().map(|course| course.lowest).min().unwrap_or_default(),
            wanted: self.after.replicas,
            downtime: match (likely.is_down, likely.lowest, likely.down) {
                (true, ..) => Downtime::Lasting,
                (false, 0, 1..) if is_known => {
                    span(all.map(|course| Some(course.down))).map_or(Downtime::Unknown, Downtime::For)
                }
                (false, 0, 1..) => Downtime::Unknown,
                (false, ..) => Downtime::None,
            },
            lost: self.lost(verb),
            limits: self.limits(is_known.then_some(&slowest)),
            stuck: if likely.done.is_none() { Some(self.stuck()) } else { None },
            assumes: self.assumes(&pace, &likely),
        })
    }

    /// Whether all times were seen that matter here.
    fn is_known(&self, pace: &Pace, course: &Course) -> bool {
        let starts = course.started > 0 || self.count(PodState::Starting) > 0;
        !starts || !pace.start.is_empty()
    }

    fn count(&self, state: PodState) -> usize {
        self.versions.iter().map(|version| version.pods.count(state)).sum()
    }

    /// Whether its pods do not get ready: those that it has fail or are refused.
    fn fails(&self, version: &Version) -> bool {
        let pods = &version.pods;
        let is_hurt = words::ailment(self.rollout, version).is_some();
        pods.ready == 0 && (is_hurt || pods.count(PodState::Failing) > 0) || is_hurt && pods.have < pods.desired
    }

    fn fork(&self, pace: &Pace, run: Run) -> Fork {
        let most = self.before.strategy.bounds(self.before.replicas).most();
        let mut ending: BTreeMap<i64, i32> = BTreeMap::new();
        let mut sides = Vec::new();
        for version in &self.versions {
            let (pods, gone) = self.pods(version, pace, run);
            for at in gone {
                *ending.entry(at).or_default() += 1;
            }
            let fails = self.fails(version);
            sides.push(Side { size: version.pods.desired, pods, scaled_for: self.before.replicas, most, fails });
        }
        let position = |target: &Version| self.versions.iter().position(|version| version.uid == target.uid);
        Fork {
            strategy: self.after.strategy,
            replicas: self.after.replicas,
            is_paused: self.after.is_paused,
            min_ready_ms: self.after.min_ready_ms,
            sides,
            new: self.target.and_then(position),
            ending,
            goal: self.goal,
        }
    }

    /// Its pods by the moment at which they become ready, and the moments at which those that end are gone.
    fn pods(&self, version: &Version, pace: &Pace, run: Run) -> (BTreeMap<i64, i32>, Vec<i64>) {
        let (mut pods, mut gone) = (BTreeMap::new(), Vec::new());
        let mut add = |at: i64, count: i32| {
            if count > 0 {
                *pods.entry(at).or_default() += count;
            }
        };
        if !version.pods.known {
            let counts = &version.pods;
            add(LONG_AGO, counts.available);
            add(0, counts.ready - counts.available);
            let waits = if self.fails(version) { NEVER } else { pace.remaining(0, 0, run) };
            add(waits, counts.have - counts.ready);
            return (pods, gone);
        }
        for (nth, pod) in version.pods.list.iter().enumerate() {
            let age = |since: Moment| num::millis(self.now.since(since));
            match pod.state() {
                PodState::Ready => add(pace::ready_since(pod).map_or(LONG_AGO, |since| -age(since)), 1),
                PodState::Starting if self.fails(version) => add(NEVER, 1),
                // It cannot be ready this very moment: then it would be.
                PodState::Starting => add(pace.remaining(age(pod.meta.created), nth, run).max(1), 1),
                PodState::NotReady | PodState::Failing => add(NEVER, 1),
                PodState::Terminating => {
                    let asked = pod.meta.deleting.map(|end| end.shifted(-1_000 * pod.meta.grace_s.unwrap_or(0)));
                    gone.push(pace.leaving(asked.map_or(0, age), nth, run).max(1));
                }
                PodState::Done => {}
            }
        }
        (pods, gone)
    }
}

/// Three times as a span, in whole seconds; None if one of them is not known.
fn span(ms: [Option<i64>; 3]) -> Option<Estimate> {
    let [Some(a), Some(likely), Some(b)] = ms.map(|ms| ms.map(|ms| num::clamp_u64((ms + 500).div_euclid(1_000))))
    else {
        return None;
    };
    Some(Estimate { fastest: a.min(likely), likely, slowest: b.max(likely) })
}
