//! Pause and resume, as `kubectl rollout pause|resume` does them.

use serde_json::Value;

use super::done;
use crate::{
    domain::{Draft, Op, Phase, Role, Text, Verb, Weight, Why},
    systems::{
        Ask, VerbRow,
        subject::{Subject, change, guard, itself, why},
    },
};

const PATH: Text = Text::fixed("/spec/paused");

/// Stop an update where it is.
pub(super) const PAUSE: VerbRow = VerbRow {
    verb: Verb::Pause,
    rights: &[("patch", "apps", "deployments"), ("get", "apps", "deployments")],
    needs: itself,
    draft: pause,
    done: done::paused,
};

/// Let it go on.
pub(super) const RESUME: VerbRow = VerbRow {
    verb: Verb::Resume,
    rights: &[("patch", "apps", "deployments"), ("get", "apps", "deployments")],
    needs: itself,
    draft: resume,
    done: done::rolled_out,
};

fn pause(ask: &Ask<'_>) -> Result<Draft, Why> {
    let it = Subject::of(ask)?;
    if it.is_paused() {
        return Err(why(format!("{} is already paused", it.at)));
    }
    let split: Vec<String> = ask.rollout.living().map(|v| format!("{} × {}", v.pods.have, v.image())).collect();
    let stays = (ask.rollout.phase != Phase::Healthy && split.len() > 1)
        .then(|| guard("mixed-versions", Weight::Note, format!("these go on side by side: {}", split.join(", "))));
    Ok(Draft {
        title: Text::clean(&format!("pause {}", it.at.name)),
        changes: vec![change("paused", "no", "yes")],
        writes: vec![it.write(vec![(PATH, Value::Null)], vec![Op::Put(PATH, Value::Bool(true))])],
        kubectl: Ok(it.kubectl(&format!("rollout pause {}", it.at))),
        guards: stays.into_iter().collect(),
        destructive: false,
    })
}

/// It tests the generation too: what was edited while it was paused rolls out now, and the operator has read what.
fn resume(ask: &Ask<'_>) -> Result<Draft, Why> {
    let it = Subject::of(ask)?;
    if !it.is_paused() {
        return Err(why(format!("{} is not paused", it.at)));
    }
    let mut changes = vec![change("paused", "yes", "no")];
    let waiting = edits(ask, it.whole);
    changes.extend(waiting.iter().map(|(name, before, after)| change(&format!("image of {name}"), before, after)));
    let downtime =
        it.downtime().filter(|_| ask.rollout.versions.iter().all(|v| v.role != Role::New) && !waiting.is_empty());
    let says = guard("resumes", Weight::Note, ask.rollout.says.as_str());
    let destructive = downtime.is_some();
    Ok(Draft {
        title: Text::clean(&format!("resume {}", it.at.name)),
        changes,
        writes: vec![it.write(vec![(PATH, Value::Bool(true)), it.generation()], vec![Op::Remove(PATH)])],
        kubectl: Ok(it.kubectl(&format!("rollout resume {}", it.at))),
        guards: downtime.into_iter().chain([says]).collect(),
        destructive,
    })
}

/// Images of the template that the version which serves does not have: container, before, after.
fn edits(ask: &Ask<'_>, whole: &Value) -> Vec<(String, String, String)> {
    let Some(stable) = ask.rollout.versions.iter().find(|v| v.role == Role::Stable) else { return Vec::new() };
    let lists = ["containers", "initContainers"].map(|list| whole.pointer(&format!("/spec/template/spec/{list}")));
    let containers = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
    let text = |container: &Value, key: &str| container.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let images = containers.map(|container| (text(container, "name"), text(container, "image")));
    let edit = |(name, after): (String, String)| {
        let before = stable.images.iter().find(|(held, _)| *held == *name).map_or("none", |(_, image)| image);
        (before != after).then(|| (name, before.to_owned(), after))
    };
    images.filter_map(edit).collect()
}
