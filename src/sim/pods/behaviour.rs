//! What a container does, read from the tag of its image (the table of lab/README.md), and how long things take.

use serde_json::Value;

use crate::sim::objects::{json::text, luck::Luck};

/// A behaviour that keeps a container from running, or makes it end or flap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// Nothing special.
    Fine,
    /// The image cannot be pulled.
    Bad,
    /// The image has a name that is none.
    BadName,
    /// A `ConfigMap` for its environment is missing.
    Config,
    /// A volume cannot be mounted.
    Mount,
    /// Ends with 1 soon after its start.
    Crash,
    /// Ends with 137, out of memory, soon after its start.
    Oom,
    /// Is killed by its liveness probe.
    Liveness,
    /// Ready and not ready in turn.
    Flap,
    /// Runs, never ready.
    Unready,
}

/// How a container behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) does: Behaviour,
    /// Takes long to become ready.
    pub(super) slow: bool,
    /// Takes long to end.
    pub(super) drains: bool,
}

/// Tags and what they mean; the longer of two that begin alike comes first.
const TAGS: [(&str, Behaviour); 9] = [
    ("badname", Behaviour::BadName),
    ("bad", Behaviour::Bad),
    ("config", Behaviour::Config),
    ("mount", Behaviour::Mount),
    ("crash", Behaviour::Crash),
    ("oom", Behaviour::Oom),
    ("liveness", Behaviour::Liveness),
    ("flap", Behaviour::Flap),
    ("unready", Behaviour::Unready),
];

impl Manner {
    /// The manner of an image.
    pub(super) fn of(image: &str) -> Self {
        let tag = tag(image);
        let does = TAGS.iter().find(|(word, _)| tag.contains(word)).map_or(Behaviour::Fine, |(_, does)| *does);
        Self { does, slow: tag.contains("slow"), drains: tag.contains("drain") }
    }
}

/// Whether a pod's first init container crashes: one of its containers says so.
pub(super) fn init_crashes(pod: &Value) -> bool {
    crate::sim::objects::json::list(pod, "/spec/containers").iter().any(|one| tag(text(one, "/image")).contains("init"))
}

fn tag(image: &str) -> &str {
    // After the colon of a port comes a path.
    image.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/')).unwrap_or_default()
}

/// How long something takes, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// Pulling an image.
    Pull,
    /// Creating a container.
    Create,
    /// From the start to ready.
    Ready,
    /// The same, of a slow one.
    SlowReady,
    /// From the start to a crash.
    Crash,
    /// From ready to being killed by the liveness probe.
    Liveness,
    /// Between the two states of one that flaps.
    Flap,
    /// An init container's work.
    Init,
    /// From the order to end to the end.
    Stop,
    /// The same, of one that drains.
    Drain,
    /// From a failure to the next look of the kubelet.
    Look,
}

impl Span {
    /// Draws one.
    pub(super) fn draw(self, luck: &mut Luck) -> i64 {
        let (low, high) = match self {
            Self::Pull => (300, 900),
            Self::Create => (200, 800),
            Self::Ready => (300, 2_200),
            Self::SlowReady => (15_000, 25_000),
            Self::Crash => (1_000, 3_000),
            Self::Liveness => (15_000, 20_000),
            Self::Flap => (5_000, 10_000),
            Self::Init => (400, 1_500),
            Self::Stop | Self::Look => (1_000, 2_000),
            Self::Drain => (8_000, 15_000),
        };
        i64::try_from(luck.between(low, high)).unwrap_or(1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_decides_and_only_the_tag() {
        let does = |image| Manner::of(image).does;
        assert_eq!(does("reg/crash:1.0"), Behaviour::Fine);
        assert_eq!(does("reg:5000/bad/web"), Behaviour::Fine);
        assert_eq!(does("reg/web:1.2-badname"), Behaviour::BadName);
        assert_eq!(does("reg/web:1.2-bad"), Behaviour::Bad);
        assert_eq!(Manner::of("w:2-slow-drain"), Manner { does: Behaviour::Fine, slow: true, drains: true });
    }
}
