//! Preparing a plan: the objects it needs are read whole, the system drafts it, the server rehearses it.

use std::sync::Arc;

use futures::future::try_join_all;
use serde_json::Value;

use crate::{
    cluster::Cluster,
    domain::{Draft, DryRun, Intent, Moment, Rollout, Text, Why},
    steer,
    systems::Ask,
};

/// How often a plan is made again because the object moved on between reading and rehearsing it.
const RACES: usize = 3;

/// What a card is made of.
pub(crate) struct Prepared {
    pub(crate) rollout: Arc<Rollout>,
    /// The objects, fresh; the first one is the one that is written.
    pub(crate) whole: Vec<Value>,
    /// When they were asked for.
    pub(crate) now: Moment,
    pub(crate) draft: Draft,
    pub(crate) dry_run: DryRun,
}

/// Reads, drafts and rehearses.
pub(crate) async fn prepare(
    cluster: &Cluster,
    rollout: &Arc<Rollout>,
    intent: &Intent,
    now: Moment,
) -> Result<Prepared, Why> {
    let mut prepared = attempt(cluster, rollout, intent, now).await?;
    // The controller's own annotations raise the generation: right after a change of the template, what was just read may be
    // old when it is rehearsed.
    for _ in 0..RACES {
        if !matches!(prepared.dry_run, DryRun::Refused(_)) {
            break;
        }
        let before = generation(&prepared);
        prepared = attempt(cluster, rollout, intent, now).await?;
        if generation(&prepared) == before {
            break;
        }
    }
    Ok(prepared)
}

async fn attempt(cluster: &Cluster, rollout: &Arc<Rollout>, intent: &Intent, now: Moment) -> Result<Prepared, Why> {
    let needs = steer::needs(rollout, intent)?;
    let whole = try_join_all(needs.iter().map(|at| cluster.get_json(at))).await.map_err(|trouble| Why(trouble.what))?;
    let draft = steer::draft(&Ask { rollout, intent, whole: &whole, has_context: cluster.has_context(), now })?;
    let dry_run = rehearse(cluster, &draft).await;
    Ok(Prepared { rollout: Arc::clone(rollout), whole, now, draft, dry_run })
}

fn generation(prepared: &Prepared) -> Option<i64> {
    super::generation(prepared.whole.first()?)
}

/// A dry run is a PATCH: a program that can only read does not ask for it.
async fn rehearse(cluster: &Cluster, draft: &Draft) -> DryRun {
    let Some(writer) = cluster.writer() else { return DryRun::Skipped(Text::fixed("not dry-run: read-only")) };
    let mut warnings = Vec::new();
    for write in &draft.writes {
        match writer.rehearse(write).await {
            Ok(rehearsed) => warnings.extend(rehearsed.warnings),
            Err(trouble) => return DryRun::Refused(trouble.what),
        }
    }
    DryRun::Accepted(warnings)
}
