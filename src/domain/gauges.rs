//! Sources of metrics, how they are, and the lines of versions: all that screens may see of metrics.

use std::{collections::HashMap, time::Duration};

use super::{
    Curves, Health, Line, Measure, Moment, Name, Packs, Past, PodPhase, Ref, Search, Text, UsageOf, Used, Version,
};

/// A source that has said nothing for two of its intervals and this is stale.
const GRACE: Duration = Duration::from_secs(10);

/// Lines by cluster, namespace and name.
type Lines = HashMap<(Name, Name, Name), Line>;

/// The metrics of all clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gauges {
    /// Where they come from and how that is, by cluster; empty when none are configured.
    pub sources: Vec<Gauge>,
    /// The answer to the query that is not ours, if one is asked.
    pub curves: Option<Curves>,
    lines: Lines,
    doors: HashMap<Ref, Line>,
    /// What was fetched because it is looked at, and is no part of the lines: of which time, and by version.
    far: Option<((Moment, Moment), Lines)>,
    /// What pods use, by cluster and namespace: of those that are looked at, once it was asked.
    usage: HashMap<(Name, Name), UsageOf>,
}

/// A source of metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    /// The context whose versions it measures.
    pub cluster: Name,
    /// Its address, as sentences name it; empty while none is known.
    pub place: Text,
    /// What came of looking for it, if nobody named it.
    pub search: Option<Search>,
    /// How it is. `Live` is an answer within two intervals and ten seconds.
    pub health: Health,
    /// How often it has something new.
    pub every: Duration,
    /// Over how long a rate is taken, in the newest answer.
    pub window: Option<Duration>,
    /// Queries of the newest answer that failed, and why.
    pub failed: Vec<(Measure, Text)>,
    /// The query packs in use.
    pub packs: Packs,
    /// The history that was asked for last, and has been answered.
    pub past: Option<Past>,
    /// The namespace and the ReplicaSets of the deck for which pods are counted.
    pub counted: Option<(Name, Vec<Name>)>,
    /// About how many of the long windows of error budgets it has answered, or said that it cannot.
    pub budgets: usize,
}

impl Gauge {
    /// When an answer of that age is stale.
    pub fn fresh_within(every: Duration) -> Duration {
        every.saturating_mul(2).saturating_add(GRACE)
    }

    /// Since when it is silent; None while it is not, or if it never spoke.
    pub fn stale_since(&self) -> Option<Moment> {
        if let Health::Stale { since, .. } = self.health { Some(since) } else { None }
    }

    /// Whether none is known, and none was before: there is nothing to show, and that is no trouble.
    pub fn is_unfound(&self) -> bool {
        self.place.is_empty() && self.stale_since().is_none()
    }

    /// Whether a measure is unknown because its query failed.
    pub fn failed(&self, measure: Measure) -> bool {
        self.failed.iter().any(|(failed, _)| *failed == measure)
    }
}

impl Gauges {
    /// The source of a cluster; None when none is configured.
    pub fn source(&self, cluster: &Name) -> Option<&Gauge> {
        self.sources.iter().find(|gauge| gauge.cluster == *cluster)
    }

    /// The line of a version, by its ReplicaSet or workload.
    pub fn line(&self, of: &Ref) -> Option<&Line> {
        self.lines.get(&key(of))
    }

    /// The same, to be added to.
    pub fn line_mut(&mut self, of: &Ref) -> &mut Line {
        self.lines.entry(key(of)).or_default()
    }

    /// The line of a version with what was fetched of times that are not kept.
    pub fn whole_line(&self, of: &Ref) -> Option<Line> {
        let kept = self.line(of);
        let far = self.far.as_ref().and_then(|(over, lines)| Some((*over, lines.get(&key(of))?)));
        match (far, kept) {
            (Some((over, far)), Some(kept)) => Some(far.with(over, kept)),
            (Some((_, far)), None) => Some(far.clone()),
            (None, kept) => kept.cloned(),
        }
    }

    /// Keeps what was fetched of such times, until something else is.
    pub fn keep_far(&mut self, over: (Moment, Moment), lines: impl IntoIterator<Item = (Ref, Line)>) {
        self.far = Some((over, lines.into_iter().map(|(of, line)| (key(&of), line)).collect()));
    }

    /// The line of what the clients of a rollout see.
    pub fn door(&self, of: &Ref) -> Option<&Line> {
        self.doors.get(of)
    }

    /// The same, to be added to.
    pub fn door_mut(&mut self, of: &Ref) -> &mut Line {
        self.doors.entry(of.clone()).or_default()
    }

    /// Forgets the lines of a cluster: they are other numbers from now on.
    pub fn forget(&mut self, cluster: &Name) {
        self.retain(|of, _| of != cluster);
        if let Some((_, far)) = &mut self.far {
            far.retain(|(of, ..), _| of != cluster);
        }
    }

    /// What the pods of a version use; None where nothing measures any of them.
    pub fn usage(&self, of: &Version) -> Option<Used> {
        let measured = self.usage_of(&of.at.cluster, &of.at.namespace)?.as_ref().ok()?;
        let running = || of.pods.list.iter().filter(|pod| pod.phase == PodPhase::Running);
        let known = || running().filter_map(|pod| measured.get(&pod.meta.at.name)).copied();
        let pods = known().count();
        (pods > 0).then(|| Used { sum: known().sum(), pods, running: running().count() })
    }

    /// What the pods of a namespace use, or why that is not known; None until there was an answer.
    pub fn usage_of(&self, cluster: &Name, namespace: &Name) -> Option<&UsageOf> {
        self.usage.get(&(cluster.clone(), namespace.clone()))
    }

    /// Takes in what the pods of a namespace use; None when nobody asks any more.
    pub fn keep_usage(&mut self, place: (Name, Name), used: Option<UsageOf>) {
        match used {
            Some(used) => self.usage.insert(place, used),
            None => self.usage.remove(&place),
        };
    }

    /// Forgets the lines that do not pass.
    pub fn retain(&mut self, keep: impl Fn(&Name, &Line) -> bool) {
        self.lines.retain(|(cluster, ..), line| keep(cluster, line));
        self.doors.retain(|of, line| keep(&of.cluster, line));
    }
}

fn key(of: &Ref) -> (Name, Name, Name) {
    (of.cluster.clone(), of.namespace.clone(), of.name.clone())
}
