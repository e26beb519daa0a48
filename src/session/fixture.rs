//! For tests: small fleets, and a session driven by keys written as text.

use std::sync::Arc;

use super::{Effect, Options, Screen, Session};
use crate::{
    domain::{
        Condition, Container, ContainerRole, ContainerState, Course, Entry, Fleet, Health, Kind, Labels, Meta, Moment,
        Phase, Pod, PodPhase, Pods, Ref, Role, Rollout, RolloutStatus, Source, SourceHealth, Split, Standing, Teller,
        Text, Tone, Truth, Uid, Version,
    },
    input::{Chord, Keymap},
};

/// A reference to a Deployment of namespace `shop`.
pub(super) fn at(name: &str) -> Ref {
    Ref { cluster: "lab".into(), namespace: "shop".into(), kind: Kind::DEPLOYMENT, name: name.into() }
}

/// A rollout with a new and a current version of one pod each.
pub(super) fn rollout(name: &str, phase: Phase, since_s: i64) -> Rollout {
    Rollout {
        at: at(name),
        uid: name.into(),
        labels: [("app".into(), name.into())].into_iter().collect(),
        system: "deployment".into(),
        parent: None,
        phase,
        says: Text::fixed(""),
        cause: None,
        since: Some(Moment::from_secs(since_s)),
        status: RolloutStatus { standing: Standing::Waiting, says: Text::fixed("") },
        created: Moment(0),
        generation: 1,
        observed: 1,
        desired: 2,
        forces: Vec::new(),
        analysis: crate::domain::Analysis::default(),
        course: Course::default(),
        door: crate::domain::Doorstep::default(),
        versions: vec![version(name, "v2", Role::New, 1), version(name, "v1", Role::Stable, 1)],
        findings: Vec::new(),
        wants: Vec::new(),
        offers: Vec::new(),
        again: None,
    }
}

/// A version with so many ready pods, `web-v1-0` and on.
pub(super) fn version(name: &str, tag: &str, role: Role, pods: i32) -> Version {
    let set = format!("{name}-{tag}");
    let list = (0..pods).map(|n| Arc::new(pod(&format!("{set}-{n}"), i64::from(n)))).collect();
    Version {
        at: at(name).sibling(Kind::REPLICA_SET, set.as_str().into()),
        uid: set.as_str().into(),
        role,
        revision: None,
        images: vec![("app".into(), format!("example.com/{name}:{tag}").into())],
        cause: None,
        created: Moment(0),
        sets: vec![set.as_str().into()],
        pods: Pods { desired: pods, have: pods, ready: pods, available: pods, list, known: true, ended: Vec::new() },
        split: Split::default(),
        services: Vec::new(),
        metrics: None,
        peak: None,
    }
}

/// A ready pod of that age.
pub(super) fn pod(name: &str, created_s: i64) -> Pod {
    let ready = Condition {
        name: "Ready".into(),
        truth: Truth::Yes,
        reason: "".into(),
        message: Text::fixed(""),
        since: None,
        updated: None,
    };
    Pod {
        meta: Meta {
            at: at("x").sibling(Kind::POD, name.into()),
            uid: name.into(),
            generation: 1,
            created: Moment::from_secs(created_s),
            deleting: None,
            grace_s: None,
            owner: None,
            labels: Labels::default(),
            annotations: Labels::default(),
        },
        node: None,
        phase: PodPhase::Running,
        reason: "".into(),
        message: Text::fixed(""),
        conditions: Box::new([ready]),
        containers: Box::new([]),
        gates_missing: Box::new([]),
    }
}

/// Lets a pod's only container have restarted so often.
pub(super) fn restart(pod: &mut Pod, restarts: i32) {
    let state = ContainerState::Running { since: None };
    let image = Text::fixed("app:1");
    let container = Container {
        name: "app".into(),
        image,
        digest: "".into(),
        role: ContainerRole::Main,
        ready: true,
        restarts,
        state,
        last: None,
    };
    pod.containers = Box::new([container]);
}

/// A line of a timeline.
pub(super) fn entry(says: &str, teller: Teller, tone: Tone) -> Entry {
    Entry { at: Moment(0), teller, tone, about: at("web"), says: says.into(), times: 1 }
}

/// The source of all pods.
pub(super) fn source(health: Health) -> SourceHealth {
    SourceHealth { source: Source { cluster: "lab".into(), kind: Kind::POD, namespace: None }, health, objects: 0 }
}

/// A fleet of these rollouts.
pub(super) fn fleet(rollouts: impl IntoIterator<Item = Rollout>) -> Fleet {
    let rollouts = rollouts.into_iter().map(|rollout| (rollout.at.clone(), Arc::new(rollout))).collect();
    Fleet { rollouts, ..Fleet::default() }
}

/// A stuck `api`, then progressing `cart`, `ledger` and `web`, oldest first.
pub(super) fn shop() -> Fleet {
    let progressing = ["cart", "ledger", "web"].into_iter().zip(1..);
    let rest = progressing.map(|(name, since)| rollout(name, Phase::Progressing, since));
    fleet(rest.chain([rollout("api", Phase::Stuck, 9)]))
}

/// A session and the world it looks at.
pub(super) struct Story {
    pub(super) session: Session,
    pub(super) fleet: Fleet,
    pub(super) keymap: Keymap,
}

impl Story {
    pub(super) fn new(fleet: Fleet) -> Self {
        let session = Session::new(Options::default(), Screen::Board);
        let mut story = Self { session, fleet, keymap: Keymap::default() };
        story.look();
        story
    }

    /// A new picture of the world arrives.
    pub(super) fn look(&mut self) {
        self.session.settle(&self.fleet);
    }

    /// Presses keys, written as in keymap files; answers what the last one came to.
    pub(super) fn keys(&mut self, keys: &str) -> Option<Effect> {
        let chords = Chord::sequence(keys).unwrap();
        chords.into_iter().map(|c| self.session.press(c.event(), &self.keymap, &self.fleet)).last().flatten()
    }

    /// Types a text, character by character.
    pub(super) fn types(&mut self, text: &str) {
        let keys: Vec<&str> = text.split("").filter(|c| !c.is_empty()).collect();
        self.keys(&keys.iter().map(|c| if *c == " " { "space" } else { c }).collect::<Vec<_>>().join(" "));
    }

    /// Changes a rollout; the session has not looked yet.
    pub(super) fn change(&mut self, name: &str, change: impl FnOnce(&mut Rollout)) {
        change(Arc::make_mut(self.fleet.rollouts.get_mut(&at(name)).unwrap()));
    }

    /// Names of the board's rows, the selected one in brackets.
    pub(super) fn board(&self) -> String {
        let rows = self.session.rows(&self.fleet);
        let cursor = self.session.cursor_row(&rows);
        let name = |(n, row): (usize, &&Arc<Rollout>)| {
            if Some(n) == cursor { format!("[{}]", row.at.name) } else { row.at.name.to_string() }
        };
        rows.iter().enumerate().map(name).collect::<Vec<_>>().join(" ")
    }

    /// Uids of the panes of a rollout, the selected one in brackets.
    pub(super) fn panes(&self, name: &str) -> String {
        let rollout = &self.fleet.rollouts[&at(name)];
        let chosen = self.session.version(rollout).map(|v| v.uid.clone());
        let shown = |uid: &Uid| if Some(uid) == chosen.as_ref() { format!("[{uid}]") } else { uid.to_string() };
        self.session.panes(rollout).iter().map(|v| shown(&v.uid)).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn notice(&self) -> &str {
        self.session.notice.as_deref().unwrap_or_default()
    }
}
