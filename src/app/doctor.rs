//! `rolldeck doctor`: what can be reached, listed, watched, and why not. It tries: every line is what a request answered.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use tokio::time::timeout;

use super::{
    clock::Clock,
    exit,
    follow::{Follower, Scope, kinds},
    gauges::Gauges,
};
use crate::{
    cluster::Cluster,
    domain::{Fleet, Gauge, Health, Kind, Name, Ref, Right, Search, SourceHealth, Unmeasured, UsageOf},
    metrics::Settings,
};

/// How long each collection has to be listed.
const PATIENCE: Duration = Duration::from_secs(15);
const TICK: Duration = Duration::from_millis(250);

/// Examines a cluster that could be connected to; the exit code is an error if something that is needed cannot be read.
pub(crate) async fn doctor(
    cluster: Arc<Cluster>,
    scope: &Scope,
    metrics: Option<&Settings>,
    clock: Clock,
) -> io::Result<u8> {
    let out = &mut io::stdout().lock();
    writeln!(out, "context    {}", cluster.name)?;
    match cluster.version().await {
        Ok(version) => writeln!(out, "version    {version}")?,
        Err(trouble) => {
            writeln!(out, "version    not reached: {trouble}")?;
            return Ok(exit::ERROR);
        }
    }
    let namespaces = match cluster.namespaces().await {
        Ok(names) => format!("{} may be listed", names.len()),
        Err(trouble) => format!("may not be listed ({trouble}); name them with -n or --namespaces"),
    };
    writeln!(out, "namespaces {namespaces}")?;
    let fleet = read_all(Arc::clone(&cluster), (scope, metrics), clock).await;
    let sources = &fleet.sources;
    for source in sources {
        writeln!(out, "{}", line(source))?;
    }
    for kind in kinds::board().into_iter().filter(|kind| !sources.iter().any(|s| s.source.kind == **kind)) {
        writeln!(out, "  none    {kind}: the cluster does not have that kind")?;
    }
    logs(out, &cluster, scope).await?;
    let near = closest(&cluster, scope);
    used(out, fleet.gauges.usage_of(&cluster.name, &near), &near)?;
    places(out, &cluster).await?;
    if let Some(gauge) = fleet.gauges.sources.first() {
        measured(out, gauge)?;
    } else {
        let off = "no Prometheus is configured, and discover = false; name one with --prometheus URL";
        writeln!(out, "  none    metrics: {off}")?;
    }
    let mut needed = sources.iter().filter(|s| kinds::is_root(&s.source.kind) && !s.source.kind.is_custom()).peekable();
    let ok = needed.peek().is_some() && needed.all(|s| s.health == Health::Live);
    Ok(if ok { exit::COMPLETE } else { exit::ERROR })
}

/// Reads every kind in the scope, and what a close look adds in its first namespace, until all have answered.
async fn read_all(cluster: Arc<Cluster>, (scope, metrics): (&Scope, Option<&Settings>), clock: Clock) -> Fleet {
    let namespace = closest(&cluster, scope);
    let on = Ref { cluster: cluster.name.clone(), namespace, kind: Kind::DEPLOYMENT, name: "".into() };
    let mut follower = Follower::start(Arc::clone(&cluster), scope, clock.clone());
    let mut gauges = Gauges::start(&cluster, (metrics, scope), clock.clone(), &mut follower);
    follower.look_at(Some(&on));
    let mut answered = false;
    let begun = clock.elapsed();
    while !answered && clock.elapsed().saturating_sub(begun) < PATIENCE {
        let _ = timeout(TICK, follower.take()).await;
        let is_settled = follower.derive().is_settled();
        gauges.tell_named(&follower);
        answered = is_settled && gauges.are_settled(&follower);
    }
    follower.fleet().clone()
}

/// The namespace that is looked at closely.
fn closest(cluster: &Cluster, scope: &Scope) -> Name {
    scope.namespaces.iter().flatten().next().unwrap_or(&cluster.namespace).clone()
}

/// Whether it is known what pods use.
fn used(out: &mut impl Write, used: Option<&UsageOf>, namespace: &Name) -> io::Result<()> {
    let what = format!("usage of pods in {namespace}");
    let Some(used) = used else {
        return writeln!(out, "  slow    {what}: no answer within {} s", PATIENCE.as_secs());
    };
    match used {
        Ok(pods) => writeln!(out, "  ok      {what}: the metrics server measures {} of them", pods.len()),
        Err(Unmeasured::Absent) => writeln!(out, "  none    {what}: the cluster has no metrics server"),
        Err(Unmeasured::Trouble(why)) => writeln!(out, "  none    {what}: {why}"),
    }
}

/// Nodes are listed where requests are compared; here the server is only asked whether they may be.
async fn places(out: &mut impl Write, cluster: &Cluster) -> io::Result<()> {
    for access in cluster.access(vec![Cluster::right_to_nodes()]).await {
        let answer = match access.allowed {
            Some(true) => "  ok      pools and zones of nodes: may be listed",
            Some(false) => {
                "  denied  pools and zones of nodes: needs list on nodes, in a ClusterRole; what fails in one pool only is not \
                 told from the release"
            }
            None => "  unknown pools and zones of nodes: the server did not say",
        };
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

/// Where metrics come from, and the queries that have no answer.
fn measured(out: &mut impl Write, gauge: &Gauge) -> io::Result<()> {
    let place = &gauge.place;
    if let Some(found) = gauge.search.as_ref().and_then(Search::found) {
        writeln!(out, "  ok      metrics: found {place} through the API server ({})", found.product)?;
    }
    match &gauge.health {
        Health::Down { why } | Health::Denied { why } if gauge.is_unfound() => {
            writeln!(out, "  none    metrics: {why}")?;
        }
        Health::Loading if gauge.is_unfound() => {
            writeln!(out, "  slow    metrics: no Prometheus was found within {} s", PATIENCE.as_secs())?;
        }
        Health::Live => writeln!(out, "  ok      metrics from {place}: it answers")?,
        Health::Loading => writeln!(out, "  slow    metrics from {place}: no answer within {} s", PATIENCE.as_secs())?,
        Health::Stale { why, .. } => {
            writeln!(out, "  stale   metrics from {place}: {}", why.as_deref().unwrap_or("silent"))?;
        }
        Health::Down { why } | Health::Denied { why } => writeln!(out, "  down    metrics from {place}: {why}")?,
    }
    let searched = gauge.search.iter().flat_map(Search::says);
    searched.into_iter().try_for_each(|says| writeln!(out, "            {says}"))?;
    packs(out, gauge)?;
    gauge
        .failed
        .iter()
        .try_for_each(|(measure, why)| writeln!(out, "  failed  metrics: query {}: {why}", measure.word()))
}

/// Which query packs there are series for, what they count as failed and what they cannot tell.
fn packs(out: &mut impl Write, gauge: &Gauge) -> io::Result<()> {
    let packs = &gauge.packs;
    for (what, pack) in [("versions", &packs.versions), ("clients", &packs.clients)] {
        let Some(pack) = pack else {
            if gauge.health == Health::Live {
                writeln!(out, "  none    metrics of {what}: no query pack has series in these namespaces")?;
            }
            continue;
        };
        writeln!(out, "  ok      metrics of {what}: query pack {}: {}", pack.name, pack.about)?;
        if !pack.failed.is_empty() {
            writeln!(out, "            failed is {}", pack.failed)?;
        }
        if let Some(cannot) = &pack.cannot {
            writeln!(out, "            {cannot}")?;
        }
    }
    let others: Vec<&str> = packs.able.iter().map(|choice| choice.name.as_str()).collect();
    if others.len() > 1 {
        writeln!(out, "            there are series for {}", others.join(", "))?;
    }
    Ok(())
}

fn line(source: &SourceHealth) -> String {
    let place = source.source.namespace.as_ref().map_or("all namespaces", AsRef::as_ref);
    let what = format!("{} in {place}", source.source.kind);
    match &source.health {
        Health::Live => format!("  ok      {what}: listed and watched, {} of them", source.objects),
        Health::Denied { why } => format!("  denied  {what}: {why}"),
        Health::Down { why } => format!("  down    {what}: {why}"),
        Health::Stale { why, .. } => format!("  stale   {what}: {}", why.as_ref().map_or("silent", AsRef::as_ref)),
        Health::Loading => format!("  slow    {what}: no whole list within {} s", PATIENCE.as_secs()),
    }
}

/// Logs cannot be tried without a pod; the server is asked whether they may be read.
async fn logs(out: &mut impl Write, cluster: &Cluster, scope: &Scope) -> io::Result<()> {
    for namespace in &scope.namespaces {
        let place = namespace.as_ref().map_or("all namespaces", AsRef::as_ref);
        let right = Right {
            verb: Name::fixed("get"),
            group: Name::default(),
            resource: Name::fixed("pods/log"),
            namespace: namespace.clone(),
        };
        for access in cluster.access(vec![right]).await {
            let answer = match access.allowed {
                Some(true) => "  ok      pod logs in PLACE: may be read",
                Some(false) => {
                    "  denied  pod logs in PLACE: needs get on pods/log; crash loops show without their last lines"
                }
                None => "  unknown pod logs in PLACE: the server did not say",
            };
            writeln!(out, "{}", answer.replace("PLACE", place))?;
        }
    }
    Ok(())
}
