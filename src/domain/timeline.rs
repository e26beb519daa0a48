//! What happened, told in one list: transitions the watch showed, Kubernetes events, and what the operator did.

use serde::{Deserialize, Serialize};

use super::{Kind, Moment, Name, Ref, Text};

/// Who tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Teller {
    /// An object changed under the watch.
    Watch,
    /// A component wrote an Event.
    Event,
    /// The operator did it here.
    You,
}

/// How it feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tone {
    /// Business as usual.
    Plain,
    /// Something got better or was finished.
    Good,
    /// Something is wrong.
    Bad,
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it happened last.
    pub at: Moment,
    /// Who tells it.
    pub teller: Teller,
    /// How it feels.
    pub tone: Tone,
    /// Which object.
    pub about: Ref,
    /// The sentence, without the object's name.
    pub says: Text,
    /// How often it happened: equal lines next to each other collapse into one.
    pub times: u32,
}

impl Entry {
    /// Whether `later` says the same about the same kind of object, so that both can share a line: the same sentence
    /// from the same teller; pods of one version are told apart by nobody who reads twenty equal lines.
    pub fn same_as(&self, later: &Self) -> bool {
        let same = self.teller == later.teller && self.says == later.says && self.about.kind == later.about.kind;
        same && (self.about.kind != Kind::POD || family(&self.about.name) == family(&later.about.name))
    }

    /// Takes over a later line that says the same. Where both are about different pods, the line is about `web-7d9f8c-*`
    /// then: the name of one of them would blame that one for all.
    pub fn absorb(&mut self, later: &Self) {
        self.times = self.times.saturating_add(later.times);
        self.at = self.at.max(later.at);
        if self.about != later.about && self.about.kind == Kind::POD {
            self.about.name = Name::from(format!("{}-*", family(&self.about.name)));
        }
    }
}

/// A pod's name without what tells it from its siblings: its ReplicaSet's name.
fn family(pod: &str) -> &str {
    pod.rsplit_once('-').map_or(pod, |(family, _)| family)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(pod: &str, at_s: i64) -> Entry {
        let about = Ref { cluster: "lab".into(), namespace: "shop".into(), kind: Kind::POD, name: pod.into() };
        Entry {
            at: Moment::from_secs(at_s),
            teller: Teller::Watch,
            tone: Tone::Good,
            about,
            says: "ready".into(),
            times: 1,
        }
    }

    #[test]
    fn pods_of_one_version_share_a_line_that_blames_none_of_them() {
        let mut line = ready("web-7d9-a", 1);
        assert!(!line.same_as(&ready("web-5f2-a", 2)), "another version");
        for (pod, name) in [("web-7d9-a", "web-7d9-a"), ("web-7d9-b", "web-7d9-*"), ("web-7d9-c", "web-7d9-*")] {
            let later = ready(pod, 3);
            assert!(line.same_as(&later));
            line.absorb(&later);
            assert_eq!(line.about.name, name);
        }
        assert_eq!((line.times, line.at), (4, Moment::from_secs(3)));
    }
}
