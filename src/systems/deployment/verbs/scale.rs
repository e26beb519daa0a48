//! Scale, as `kubectl scale` does it: through the object's `/scale`, tested by the number that the card shows.

use serde_json::{Value, json};

use super::done;
use crate::{
    domain::{Args, Draft, Op, Sub, Text, Verb, Why},
    systems::{
        Ask, VerbRow,
        subject::{Subject, change, itself, why},
    },
};

/// Change the number of pods.
pub(super) const SCALE: VerbRow = VerbRow {
    verb: Verb::Scale,
    rights: &[("patch", "apps", "deployments/scale"), ("get", "apps", "deployments")],
    needs: itself,
    draft,
    done: done::scaled,
};

const PATH: Text = Text::fixed("/spec/replicas");

fn draft(ask: &Ask<'_>) -> Result<Draft, Why> {
    let it = Subject::of(ask)?;
    let Args::Replicas(wanted) = ask.intent.args else {
        return Err(why("to how many pods? scale needs a number, 0 or more"));
    };
    if wanted < 0 {
        return Err(why(format!("{wanted} is no number of pods: it must be 0 or more")));
    }
    let before = it.replicas();
    if before == i64::from(wanted) {
        return Err(why(format!("{} is already scaled to {wanted}", it.at)));
    }
    // A Scale of 0 has no such member.
    let held = if before == 0 { Value::Null } else { json!(before) };
    let write = it.through(Sub::Scale, vec![(PATH, held)], vec![Op::Put(PATH, json!(wanted))]);
    let command = format!("scale {} --current-replicas={before} --replicas={wanted}", it.at);
    Ok(Draft {
        title: Text::clean(&format!("scale {} from {before} to {wanted}", it.at.name)),
        changes: vec![change("replicas", before.to_string(), wanted.to_string())],
        writes: vec![write],
        kubectl: Ok(it.kubectl(&command)),
        guards: Vec::new(),
        destructive: wanted == 0 || i64::from(wanted) * 2 < i64::from(it.serving()),
    })
}
