//! Timelines: a bounded list of entries per rollout, in which equal lines close in time share one.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use crate::domain::{Entry, Event, EventKind, Kind, Moment, Name, Ref, Teller, Text, Tone};

/// Entries kept per rollout: some hours of an ordinary day, some minutes of a storm.
const KEPT: usize = 200;
/// Equal lines within this time become one with a count, even with a few others between them.
const TOGETHER: Duration = Duration::from_secs(10);
/// Equal lines are one in what is shown while no more than this lies between them: the back-off of a kubelet is longer.
const SPELL: Duration = Duration::from_mins(6);
/// How far back an equal line is looked for.
const LOOK_BACK: usize = 8;

/// The timelines of all rollouts.
#[derive(Default)]
pub(super) struct Timelines(HashMap<Ref, VecDeque<Entry>>);

impl Timelines {
    /// Adds a line to a rollout's timeline.
    pub(super) fn push(&mut self, root: &Ref, entry: Entry) {
        let lines = self.0.entry(root.clone()).or_default();
        let recent = lines.iter_mut().rev().take(LOOK_BACK);
        let near = |line: &&mut Entry| entry.at.since(line.at) <= TOGETHER && line.same_as(&entry);
        if let Some(line) = recent.into_iter().find(near) {
            line.absorb(&entry);
            return;
        }
        if goes_on(lines.iter_mut().rev(), &entry) {
            return;
        }
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(entry);
    }

    /// Forgets a rollout that is gone.
    pub(super) fn forget(&mut self, root: &Ref) {
        self.0.remove(root);
    }

    /// A rollout's lines merged with events, by time. `watched` is since when its objects are watched.
    pub(super) fn merged<'a>(
        &self,
        root: &Ref,
        events: impl Iterator<Item = &'a Event>,
        watched: Option<Moment>,
    ) -> Vec<Entry> {
        let mut lines: Vec<Entry> = self.0.get(root).into_iter().flatten().cloned().collect();
        let is_told = |event: &Event| is_told_by_watch(event) && watched.is_some_and(|since| event.last >= since);
        lines.extend(events.filter(|event| !is_routine(event) && !is_told(event)).map(from_event));
        lines.sort_by_key(|line| line.at);
        collapse(lines)
    }
}

/// Whether an entry only goes on what was said of its object shortly before; that line then says it all.
fn goes_on<'a>(told: impl Iterator<Item = &'a mut Entry>, entry: &Entry) -> bool {
    let same_object = |line: &&mut Entry| line.about == entry.about && line.teller == entry.teller;
    let Some(line) = told.take(LOOK_BACK).find(same_object) else { return false };
    let Some(says) = further(&line.says, &entry.says) else { return false };
    let is_near = entry.at.since(line.at) <= TOGETHER;
    if is_near {
        (line.says, line.at) = (says, entry.at);
    }
    is_near
}

/// `scaled 5 → 4` and then `scaled 4 → 3` is `scaled 5 → 3`: a rolling update takes many such steps. There and back is two lines.
fn further(first: &str, then: &str) -> Option<Text> {
    let (from, middle) = first.strip_prefix("scaled ")?.split_once(" → ")?;
    let (same, to) = then.strip_prefix("scaled ")?.split_once(" → ")?;
    let number = |text: &str| text.parse::<i32>().ok();
    let way = |from: &str, to: &str| Some(number(from)?.cmp(&number(to)?));
    (middle == same && way(from, middle) == way(same, to)).then(|| Text::clean(&format!("scaled {from} → {to}")))
}

/// Events that only repeat what the watch of the objects tells, sooner and without loss. From before the watch they are
/// history that nothing else tells. `Failed` with `Error: ErrImagePull` is the reason the container waits for.
fn is_told_by_watch(event: &Event) -> bool {
    match event.reason.as_str() {
        "ScalingReplicaSet" | "SuccessfulRescale" => true,
        "Failed" => ["Error: ErrImagePull", "Error: ImagePullBackOff"].contains(&event.message.as_str()),
        _ => false,
    }
}

/// The steps of every pod's life when nothing is wrong: twenty pods would fill a screen with them.
fn is_routine(event: &Event) -> bool {
    event.kind == EventKind::Normal
        && matches!(
            event.reason.as_str(),
            "Scheduled" | "Pulling" | "Pulled" | "Created" | "Started" | "SuccessfulCreate" | "SuccessfulDelete"
        )
}

/// What an event says, without what differs between equal ones: that the server combined them, the name of a pod that was
/// refused (it never existed), and the name of the pod it is about.
fn sentence(event: &Event) -> &str {
    let said = event.message.strip_prefix("(combined from similar events): ").unwrap_or(&event.message);
    let refused = said.strip_prefix("Error creating: pods \"").and_then(|rest| rest.split_once("\" is forbidden: "));
    // The kubelet ends with the pod's name, namespace and uid, which the line has already.
    refused.map_or(said, |(_, why)| why).split(" in pod ").next().unwrap_or(said)
}

/// `Scaled up replica set web-7d9 from 0 to 5` is a line about that ReplicaSet, in the words of the watch: the sentence
/// says what matters at its very end, where a narrow screen cuts it off.
fn scaling(event: &Event) -> Option<(Name, String)> {
    let words: Vec<&str> = sentence(event).split_whitespace().collect();
    let ["Scaled", "up" | "down", "replica", "set", name, "from", from, "to", to] = *words.as_slice() else {
        return None;
    };
    Some((Name::from(name.to_owned()), format!("scaled {from} → {to}")))
}

fn from_event(event: &Event) -> Entry {
    if let Some((name, says)) = scaling(event).filter(|_| event.reason == "ScalingReplicaSet") {
        return Entry {
            at: event.last,
            teller: Teller::Event,
            tone: Tone::Plain,
            about: event.about.sibling(Kind::REPLICA_SET, name),
            says: Text::clean(&says),
            times: 1,
        };
    }
    let container = event.container.as_ref().map_or_else(String::new, |name| format!(" [{name}]"));
    Entry {
        at: event.last,
        teller: Teller::Event,
        tone: if event.kind == EventKind::Warning { Tone::Bad } else { Tone::Plain },
        about: event.about.clone(),
        says: Text::clean(&format!("{}{container}: {}", event.reason, sentence(event))),
        times: u32::try_from(event.count).unwrap_or(1).max(1),
    }
}

/// Equal lines become one where the first of them stands, with what was said in between by others after it: ten pods that
/// cannot pull an image take turns, and would push the cause of it off every screen.
fn collapse(lines: Vec<Entry>) -> Vec<Entry> {
    let mut told: Vec<Entry> = Vec::with_capacity(lines.len());
    for line in lines {
        let recent = told.iter_mut().rev().take(LOOK_BACK);
        let near = |earlier: &&mut Entry| line.at.since(earlier.at) <= SPELL && earlier.same_as(&line);
        if let Some(earlier) = recent.into_iter().find(near) {
            earlier.absorb(&line);
        } else if !goes_on(told.iter_mut().rev(), &line) {
            told.push(line);
        }
    }
    told.sort_by_key(|line| line.at);
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    fn root() -> Ref {
        Ref { cluster: "lab".into(), namespace: "shop".into(), kind: Kind::DEPLOYMENT, name: "web".into() }
    }

    fn line(at_s: i64, pod: &str, says: &str) -> Entry {
        Entry {
            at: Moment::from_secs(at_s),
            teller: Teller::Watch,
            tone: Tone::Plain,
            about: root().sibling(Kind::POD, pod.into()),
            says: says.into(),
            times: 1,
        }
    }

    #[test]
    fn a_wave_of_pods_is_two_lines() {
        let mut timelines = Timelines::default();
        for n in 0..10 {
            timelines.push(&root(), line(n, &format!("web-{n}"), "created"));
            timelines.push(&root(), line(n, &format!("web-{n}"), "ready"));
        }
        let told = timelines.merged(&root(), std::iter::empty(), None);
        assert_eq!(
            told.iter().map(|l| (l.says.as_str(), l.times)).collect::<Vec<_>>(),
            [("created", 10), ("ready", 10)]
        );
    }

    #[test]
    fn steps_of_scaling_and_turns_of_pods_are_one_line_each() {
        let mut timelines = Timelines::default();
        let set = |at_s, says: &str| Entry {
            about: root().sibling(Kind::REPLICA_SET, "web-7d9".into()),
            ..line(at_s, "web-7d9-a", says)
        };
        timelines.push(&root(), set(1, "scaled 5 → 4"));
        timelines.push(&root(), set(2, "scaled 4 → 2"));
        timelines.push(&root(), set(3, "scaled 2 → 5"));
        for at_s in 3..9 {
            for says in ["waits", "backs off"] {
                timelines.push(&root(), line(at_s * 20, &format!("web-7d9-{at_s}"), says));
            }
        }
        let told = timelines.merged(&root(), std::iter::empty(), None);
        let told: Vec<_> = told.iter().map(|l| (l.about.name.as_str(), l.says.as_str(), l.times)).collect();
        let expected = [
            ("web-7d9", "scaled 5 → 2", 1),
            ("web-7d9", "scaled 2 → 5", 1),
            ("web-7d9-*", "waits", 6),
            ("web-7d9-*", "backs off", 6),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_steps_of_scaling_before_the_watch_are_one_line_too() {
        let step = |at_s, says: &str| {
            let mut event = sample::event(&sample::ready("web-7d9-a").meta, "ScalingReplicaSet", says);
            event.last = Moment::from_secs(at_s);
            event
        };
        let events = [
            step(1, "Scaled up replica set web-new from 0 to 5"),
            step(2, "Scaled down replica set web-old from 20 to 15"),
            step(3, "Scaled up replica set web-new from 5 to 10"),
            step(60, "Scaled up replica set web-new from 10 to 20"),
        ];
        let told = Timelines::default().merged(&root(), events.iter(), None);
        let told: Vec<_> = told.iter().map(|l| (l.about.name.as_str(), l.says.as_str())).collect();
        let expected = [("web-old", "scaled 20 → 15"), ("web-new", "scaled 0 → 10"), ("web-new", "scaled 10 → 20")];
        assert_eq!(told, expected);
    }

    #[test]
    fn events_of_scaling_speak_of_the_replica_set() {
        let mut event = sample::event(&sample::ready("web-7d9-a").meta, "ScalingReplicaSet", "");
        for prefix in ["", "(combined from similar events): "] {
            event.message = format!("{prefix}Scaled up replica set web-7d9 from 5 to 20").into();
            let told = from_event(&event);
            assert_eq!((told.about.name.as_str(), told.says.as_str()), ("web-7d9", "scaled 5 → 20"));
        }
        event.message = "Scaled somehow".into();
        assert_eq!(from_event(&event).says, "ScalingReplicaSet: Scaled somehow");
        event.reason = "FailedCreate".into();
        event.message = "Error creating: pods \"web-7d9-x2k4p\" is forbidden: exceeded quota: q".into();
        assert_eq!(from_event(&event).says, "FailedCreate: exceeded quota: q", "not a line for each name");
        event.reason = "BackOff".into();
        event.message = "Back-off restarting failed container app in pod web-7d9-a_shop(0af1)".into();
        assert_eq!(from_event(&event).says, "BackOff: Back-off restarting failed container app");
    }

    #[test]
    fn only_so_many_lines_are_kept() {
        let mut timelines = Timelines::default();
        (0..500).for_each(|n| timelines.push(&root(), line(n, "web-1", &format!("line {n}"))));
        let told = timelines.merged(&root(), std::iter::empty(), None);
        assert_eq!((told.len(), told.last().map(|l| l.says.as_str())), (KEPT, Some("line 499")));
    }
}
