//! Restart, as `kubectl rollout restart` does it: an annotation of the template makes a new revision of the same version.

use jiff::Timestamp;
use serde_json::Value;

use super::done;
use crate::{
    domain::{Draft, Moment, Text, Verb, Why},
    systems::{
        Ask, VerbRow,
        subject::{Subject, annotate, change, itself, why},
    },
};

/// Replace all pods, same version.
pub(super) const RESTART: VerbRow = VerbRow {
    verb: Verb::Restart,
    rights: &[("patch", "apps", "deployments"), ("get", "apps", "deployments")],
    needs: itself,
    draft,
    done: done::rolled_out,
};

const MAP: &str = "/spec/template/metadata/annotations";
const KEY: &str = "kubectl.kubernetes.io/restartedAt";

fn draft(ask: &Ask<'_>) -> Result<Draft, Why> {
    let it = Subject::of(ask)?;
    if it.is_paused() {
        return Err(why("can't restart paused deployment (run rollout resume first)"));
    }
    let at = rfc3339(ask.now)?;
    let before = it.whole.pointer(MAP).and_then(|map| map.get(KEY)).and_then(Value::as_str).unwrap_or("never");
    let (absent, op) = annotate(it.whole, MAP, KEY, &at);
    let pods = format!("{} serve", it.serving());
    let downtime = it.downtime();
    let after = match &downtime {
        Some(_) => format!("all end, then {} new ones start", it.replicas()),
        None => format!("{} new ones replace them, a few at a time", it.replicas()),
    };
    Ok(Draft {
        title: Text::clean(&format!("restart {}", it.at.name)),
        changes: vec![change("pods", pods, after), change("restarted at", before, &at)],
        writes: vec![it.write([it.generation()].into_iter().chain(absent).collect(), vec![op])],
        kubectl: Ok(it.kubectl(&format!("rollout restart {}", it.at))),
        destructive: downtime.is_some(),
        guards: downtime.into_iter().collect(),
    })
}

/// To the second, in UTC.
fn rfc3339(now: Moment) -> Result<String, Why> {
    let time = Timestamp::from_second(now.0.div_euclid(1_000));
    time.map(|time| time.to_string()).map_err(|error| why(format!("the clock is out of range: {error}")))
}
