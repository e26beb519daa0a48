//! Timelines: a bounded list of entries per rollout, in which equal lines close in time share one.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use crate::domain::{Entry, Event, EventKind, Moment, Ref, Teller, Text, Tone};

/// Entries kept per rollout: some hours of an ordinary day, some minutes of a storm.
const KEPT: usize = 200;
/// Equal lines within this time become one with a count, even with a few others between them.
const TOGETHER: Duration = Duration::from_secs(10);
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
            line.times = line.times.saturating_add(entry.times);
            line.at = line.at.max(entry.at);
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

/// Events that only repeat what the watch of the objects tells, sooner and without loss. From before the watch they are
/// history that nothing else tells.
fn is_told_by_watch(event: &Event) -> bool {
    matches!(event.reason.as_str(), "ScalingReplicaSet" | "SuccessfulRescale")
}

/// The steps of every pod's life when nothing is wrong: twenty pods would fill a screen with them.
fn is_routine(event: &Event) -> bool {
    event.kind == EventKind::Normal
        && matches!(
            event.reason.as_str(),
            "Scheduled" | "Pulling" | "Pulled" | "Created" | "Started" | "SuccessfulCreate" | "SuccessfulDelete"
        )
}

fn from_event(event: &Event) -> Entry {
    let container = event.container.as_ref().map_or_else(String::new, |name| format!(" [{name}]"));
    Entry {
        at: event.last,
        teller: Teller::Event,
        tone: if event.kind == EventKind::Warning { Tone::Bad } else { Tone::Plain },
        about: event.about.clone(),
        says: Text::clean(&format!("{}{container}: {}", event.reason, event.message)),
        times: u32::try_from(event.count).unwrap_or(1).max(1),
    }
}

/// Equal lines next to each other become one.
fn collapse(lines: Vec<Entry>) -> Vec<Entry> {
    let mut told: Vec<Entry> = Vec::with_capacity(lines.len());
    for line in lines {
        match told.last_mut() {
            Some(last) if last.same_as(&line) => {
                last.times = last.times.saturating_add(line.times);
                last.at = line.at;
            }
            _ => told.push(line),
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Kind;

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
    fn only_so_many_lines_are_kept() {
        let mut timelines = Timelines::default();
        (0..500).for_each(|n| timelines.push(&root(), line(n, "web-1", &format!("line {n}"))));
        let told = timelines.merged(&root(), std::iter::empty(), None);
        assert_eq!((told.len(), told.last().map(|l| l.says.as_str())), (KEPT, Some("line 499")));
    }
}
