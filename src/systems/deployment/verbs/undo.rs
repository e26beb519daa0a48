//! Undo, as `kubectl rollout undo` does it (kubectl v1.36, `rollback.go`), with two differences that the card names: asked
//! for no revision in particular it prefers one that has available pods now, and a paused Deployment is undone and resumed
//! in one patch, so that the template it is paused with never rolls in between.

mod past;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

pub(in crate::systems::deployment) use self::past::bare;
use self::past::{Choice, Past};
use super::{done, own::LAST_APPLIED};
use crate::{
    domain::{Args, Change, Draft, Guard, Intent, Op, Phase, Ref, Rollout, Text, Verb, Weight, Why},
    systems::{
        Ask, VerbRow, parts,
        subject::{Subject, change, guard, token, why},
    },
};

/// Go back to an earlier revision.
pub(super) const UNDO: VerbRow = VerbRow {
    verb: Verb::Undo,
    rights: &[("patch", "apps", "deployments"), ("get", "apps", "deployments"), ("get", "apps", "replicasets")],
    needs,
    draft,
    done: done::rolled_out,
};

/// Lines of before → after for the template; more are counted.
const LINES: usize = 12;
/// Annotations that undo leaves as the Deployment has them; all others become those of the ReplicaSet.
const KEPT: [&str; 6] = [
    LAST_APPLIED,
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// The Deployment, and the versions that may be gone back to: the named one, or all of them. While it is paused, only all of
/// them tell whether one runs the current template.
fn needs(rollout: &Rollout, intent: &Intent) -> Vec<Ref> {
    let is_paused = rollout.phase == Phase::Paused;
    let named = |revision: Option<i64>| match intent.args {
        Args::Revision(n) if n != 0 && !is_paused => revision == Some(n),
        Args::Revision(_) | Args::None | Args::Replicas(_) | Args::Images { .. } | Args::Shares(_) => true,
    };
    let versions = rollout.versions.iter().filter(|version| named(version.revision));
    std::iter::once(&rollout.at).chain(versions.map(|version| &version.at)).cloned().collect()
}

fn draft(ask: &Ask<'_>) -> Result<Draft, Why> {
    let it = Subject::of(ask)?;
    let all: Vec<Past<'_>> = ask.whole.iter().skip(1).map(Past::of).collect();
    let template = it.whole.pointer("/spec/template").map(bare).unwrap_or_default();
    let Choice { to, mut guards } = match ask.intent.args {
        Args::None | Args::Revision(0) => past::choose(&all, &template, it.at)?,
        Args::Revision(number) => past::named(&all, &template, number)?,
        Args::Replicas(_) | Args::Images { .. } | Args::Shares(_) => {
            return Err(why("undo takes a revision, or nothing"));
        }
    };
    let number = to.number.unwrap_or_default();
    let paused = it.is_paused();
    let resumed = if paused { " and resume" } else { "" };
    let annotations = composed(it.annotations(), to.annotations());
    let mut changes = vec![revision(ask, &all, &to, &template)];
    changes.extend(lines(&it, &template, &to.template, &annotations));
    if paused {
        changes.push(change("paused", "yes", "no"));
    }
    let mut ops = vec![Op::Put(Text::fixed("/spec/template"), to.template.clone())];
    let mut tests = vec![it.generation()];
    let (absent, noted) = annotate(it.annotations(), &annotations);
    tests.extend(absent);
    ops.extend(noted);
    if paused {
        tests.push((Text::fixed("/spec/paused"), Value::Bool(true)));
        ops.push(Op::Remove(Text::fixed("/spec/paused")));
    }
    let downtime = it.downtime();
    let destructive = downtime.is_some();
    guards.extend(downtime);
    guards.extend(outlook(ask, &it, &to));
    Ok(Draft {
        title: Text::clean(&format!("undo {} to revision {number}{resumed}", it.at.name)),
        changes,
        writes: vec![it.write(tests, ops)],
        kubectl: if paused {
            Err(why(
                "none in one step: kubectl refuses to undo while paused, and resuming first would roll the template out",
            ))
        } else {
            Ok(it.kubectl(&format!("rollout undo {} --to-revision={number}", it.at)))
        },
        guards,
        destructive,
    })
}

/// The Deployment's annotations as kubectl composes them.
fn composed(held: Option<&Map<String, Value>>, of: Option<&Map<String, Value>>) -> Map<String, Value> {
    let is_kept = |key: &&String| KEPT.contains(&key.as_str());
    let kept = held.into_iter().flatten().filter(|(key, _)| is_kept(key));
    let taken = of.into_iter().flatten().filter(|(key, _)| !is_kept(key));
    kept.chain(taken).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The changes that make the annotations so, one by one. kubectl replaces the map with the same result; but the map holds
/// the revision, which the controller writes right after, so that nobody could tell later whether the write arrived. And
/// `last-applied-configuration` repeats the whole manifest.
fn annotate(held: Option<&Map<String, Value>>, wanted: &Map<String, Value>) -> (Option<(Text, Value)>, Vec<Op>) {
    const MAP: &str = "/metadata/annotations";
    let Some(held) = held else {
        let put = (!wanted.is_empty()).then(|| Op::Put(Text::fixed(MAP), Value::Object(wanted.clone())));
        return (put.is_some().then(|| (Text::fixed(MAP), Value::Null)), put.into_iter().collect());
    };
    let path = |key: &str| Text::clean(&format!("{MAP}/{}", token(key)));
    let gone = held.keys().filter(|key| !wanted.contains_key(*key)).map(|key| Op::Remove(path(key)));
    let new = wanted.iter().filter(|(key, value)| held.get(*key) != Some(*value));
    (None, gone.chain(new.map(|(key, value)| Op::Put(path(key), value.clone()))).collect())
}

/// `3 → 1, renumbered 4`.
fn revision(ask: &Ask<'_>, all: &[Past<'_>], to: &Past<'_>, template: &Value) -> Change {
    let current = all.iter().filter(|past| past.template == *template).min_by_key(|past| past.born);
    let noted = || ask.whole.first().and_then(|whole| past::noted(whole)?.parse().ok());
    let is_waiting = ask.rollout.phase == Phase::Paused && current.is_none();
    let before = match current.and_then(|past| past.number).or_else(noted) {
        Some(number) if !is_waiting => number.to_string(),
        Some(_) | None => "the template has none yet".to_owned(),
    };
    let number = to.number.unwrap_or_default();
    let after = match next(ask, to) {
        next if next == number => number.to_string(),
        next => format!("{number}, which becomes {next}"),
    };
    change("revision", before, after)
}

/// The number that the version gets: one more than all others have, unless its own is higher.
fn next(ask: &Ask<'_>, to: &Past<'_>) -> i64 {
    let others = ask.rollout.versions.iter().filter(|version| version.uid != *to.uid);
    let highest = others.filter_map(|version| version.revision).max().unwrap_or(0);
    to.number.unwrap_or_default().max(highest + 1)
}

/// What differs in the template, the images in any case, and which annotations go or change.
fn lines(it: &Subject<'_>, before: &Value, after: &Value, annotations: &Map<String, Value>) -> Vec<Change> {
    let side = |template: &Value, notes: &Map<String, Value>| json!({"metadata": {"annotations": notes}, "spec": {"template": template}});
    let held = it.annotations().cloned().unwrap_or_default();
    let found = parts::parts(&side(before, &held), &side(after, annotations));
    let named: BTreeSet<&str> = found.iter().map(|part| part.what.as_str()).collect();
    let same = |container: &Value| {
        let text = |key: &str| container.get(key).and_then(Value::as_str).unwrap_or_default();
        let what = format!("image of {}", text("name"));
        (!named.contains(what.as_str())).then(|| change(&what, text("image"), "the same"))
    };
    let containers = after.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten();
    let held_names: Vec<&str> = before
        .pointer("/spec/containers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|c| c.get("name")?.as_str())
        .collect();
    let stays =
        containers.filter(|c| c.get("name").and_then(Value::as_str).is_some_and(|name| held_names.contains(&name)));
    let mut lines: Vec<Change> = stays.filter_map(same).collect();
    let more = found.len().saturating_sub(LINES);
    lines.extend(found.iter().take(LINES).map(|part| change(&part.what, &*part.before, &*part.after)));
    if more > 0 {
        lines.push(change("and", format!("{more} more parts"), "see the difference of the revisions"));
    }
    lines
}

/// What is to be expected of the version gone back to.
fn outlook(ask: &Ask<'_>, it: &Subject<'_>, to: &Past<'_>) -> Vec<Guard> {
    let number = to.number.unwrap_or_default();
    let mut guards = Vec::new();
    let version = ask.rollout.versions.iter().find(|version| version.uid == *to.uid);
    let fails = ask
        .rollout
        .findings
        .iter()
        .find(|finding| finding.sticks && finding.version.as_ref().is_some_and(|uid| *uid == *to.uid));
    if let Some(finding) = fails {
        let says = format!("revision {number} fails itself: {}", finding.message);
        guards.push(guard("target-fails", Weight::Warn, says));
    } else if version.is_some_and(|version| version.pods.have > 0 && to.available == 0) {
        let says = format!("revision {number} has pods, and none of them is available");
        guards.push(guard("target-fails", Weight::Warn, says));
    }
    if it.annotations().is_some_and(|notes| notes.contains_key(LAST_APPLIED)) {
        let says = "kubectl apply manages it: the next apply brings back what its manifest says";
        guards.push(guard("kubectl-apply", Weight::Warn, says));
    }
    if to.available == 0 && it.replicas() > 0 {
        let says = format!("revision {number} has no available pod now: {} must start", it.replicas());
        guards.push(guard("cold-target", Weight::Note, says));
    }
    let next = next(ask, to);
    if next != number {
        let says = format!("revision {number} becomes {next}: {number} leaves the history");
        guards.push(guard("renumbered", Weight::Note, says));
    }
    guards
}
