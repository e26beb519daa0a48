//! What happened that may explain a curve: the lines of a timeline that are worth a mark on an axis of time, findings, and
//! versions that appeared. Pods that come and go as they should are no such thing.

use super::{Entry, Kind, Moment, Ref, Rollout, Severity, Teller, Text, Tone};

/// What a mark stands for, the most telling one first: where two share a column, the first one is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteKind {
    /// The operator did something here.
    You,
    /// The weights of a router changed.
    Weight,
    /// A version appeared, or what it is to be changed: image, template, pause.
    Step,
    /// The number of pods changed.
    Scale,
    /// A container was restarted.
    Restart,
    /// Something is wrong.
    Trouble,
}

impl NoteKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::You, Self::Weight, Self::Step, Self::Scale, Self::Restart, Self::Trouble];

    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::You => "you",
            Self::Weight => "weight",
            Self::Step => "step",
            Self::Scale => "scale",
            Self::Restart => "restart",
            Self::Trouble => "trouble",
        }
    }

    /// What a line of a timeline is, if it is worth a mark.
    pub fn of(entry: &Entry) -> Option<Self> {
        let is_bad = entry.tone == Tone::Bad;
        let is_pod = entry.about.kind == Kind::POD;
        if entry.teller == Teller::You {
            Some(Self::You)
        } else if is_bad && is_pod && entry.says.contains("restarted") {
            Some(Self::Restart)
        } else if is_bad {
            Some(Self::Trouble)
        } else if is_pod {
            None
        } else if entry.about.kind.is_custom() {
            Some(Self::Weight)
        } else if entry.says.starts_with("scaled ") {
            Some(Self::Scale)
        } else {
            (entry.about.kind == Kind::DEPLOYMENT || entry.about.kind == Kind::REPLICA_SET).then_some(Self::Step)
        }
    }
}

/// A mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// When.
    pub at: Moment,
    /// What it stands for.
    pub kind: NoteKind,
    /// Which object.
    pub about: Ref,
    /// The sentence, without the object's name.
    pub says: Text,
}

/// All marks of a rollout, oldest first.
pub fn notes(rollout: &Rollout, timeline: &[Entry]) -> Vec<Note> {
    let told = timeline.iter().filter_map(|entry| {
        let kind = NoteKind::of(entry)?;
        Some(Note { at: entry.at, kind, about: entry.about.clone(), says: entry.says.clone() })
    });
    let found = rollout.findings.iter().filter(|finding| finding.severity != Severity::Info).filter_map(|finding| {
        let at = finding.since?;
        Some(Note { at, kind: NoteKind::Trouble, about: finding.about.clone(), says: finding.message.clone() })
    });
    let came = rollout.versions.iter().filter(|version| version.created > Moment::default()).map(|version| Note {
        at: version.created,
        kind: NoteKind::Step,
        about: version.at.clone(),
        says: Text::clean(&format!("{} appears", version.image())),
    });
    let mut notes: Vec<Note> = told.chain(found).chain(came).collect();
    notes.sort_by(|one, other| (one.at, one.kind, &one.says).cmp(&(other.at, other.kind, &other.says)));
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    fn entry(kind: Kind, teller: Teller, tone: Tone, says: &str) -> Entry {
        let about = Ref { cluster: "lab".into(), namespace: "shop".into(), kind, name: "web".into() };
        Entry { at: sample::NOW, teller, tone, about, says: says.into(), times: 1 }
    }

    #[test]
    fn what_explains_a_curve_has_a_mark_and_daily_business_has_none() {
        for (kind, teller, tone, says, is) in [
            (Kind::DEPLOYMENT, Teller::You, Tone::Good, "undo web: done after 3.0 s", Some(NoteKind::You)),
            (Kind::HTTP_ROUTE, Teller::Watch, Tone::Plain, "weights 90/10 → 70/30", Some(NoteKind::Weight)),
            (Kind::DEPLOYMENT, Teller::Watch, Tone::Plain, "image app a:1 → a:2", Some(NoteKind::Step)),
            (Kind::REPLICA_SET, Teller::Event, Tone::Plain, "scaled 0 → 2", Some(NoteKind::Scale)),
            (Kind::POD, Teller::Watch, Tone::Bad, "container app restarted: OOMKilled", Some(NoteKind::Restart)),
            (Kind::POD, Teller::Event, Tone::Bad, "Unhealthy: 503", Some(NoteKind::Trouble)),
            (Kind::POD, Teller::Watch, Tone::Good, "ready", None),
            (Kind::HPA, Teller::Event, Tone::Plain, "SuccessfulRescale: New size: 4", None),
        ] {
            assert_eq!(NoteKind::of(&entry(kind, teller, tone, says)), is, "{says}");
        }
    }
}
