//! Shift: other weights for the backends of a route, in every rule that shares traffic between its versions, by one guarded
//! patch. Weights are written as percentages (or thousandths, or ten-thousandths where a share needs them), so that what
//! stands there afterwards is what was asked for.

use serde_json::{Value, json};

use super::{
    ListRouter,
    list::{Backend, Behind, Rule},
    state::percent,
};
use crate::{
    domain::{
        Args, Change, Draft, Guard, Intent, Moment, Op, Percent, Rollout, Standing, Text, Verb, Version, Weight, Why,
        num,
    },
    systems::{
        Ask, VerbRow, load,
        subject::{Subject, change, guard, itself, quote, why},
    },
};

/// How finely weights are written; the coarsest that says every share exactly is taken.
const SCALES: [u32; 3] = [100, 1_000, 10_000];

/// The row, with the rights of a kind.
pub(super) const fn row(rights: &'static [(&'static str, &'static str, &'static str)]) -> VerbRow {
    VerbRow { verb: Verb::Shift, rights, needs: itself, draft, done }
}

/// A version and what it is to get.
struct Part<'a> {
    version: &'a Version,
    before: f64,
    after: Percent,
}

fn draft(ask: &Ask<'_>) -> Result<Draft, Why> {
    let it = Subject::of(ask)?;
    let router = ListRouter::of(&it.at.kind).ok_or_else(|| why(format!("{} is no route with weights", it.at)))?;
    let parts = parts(ask.rollout, ask.intent)?;
    let scale = scale(&parts);
    let (mut tests, mut ops) = (vec![it.generation()], Vec::new());
    for rule in router.rules_of(it.whole).iter().filter(|rule| shares_between(rule, &parts)) {
        if let Some(name) = &rule.name {
            tests.push((Text::clean(&format!("{}/name", rule.pointer)), json!(name.as_str())));
        }
        for (backend, weight) in weights(rule, &parts, scale)? {
            tests.push((Text::clean(&format!("{}/name", backend.pointer)), json!(backend.name.as_str())));
            let place = Text::clean(&format!("{}/weight", backend.pointer));
            tests.push((place.clone(), backend.written.map_or(Value::Null, |weight| json!(weight))));
            if backend.written != Some(u64::from(weight)) {
                ops.push(Op::Put(place, json!(weight)));
            }
        }
    }
    if ops.is_empty() {
        return Err(why(format!("{} shares its traffic like that already", it.at)));
    }
    // As kubectl's own verbs: by hand nothing is tested, and the command can be read.
    let patch = Value::Array(ops.iter().map(Op::patch).collect()).to_string();
    let command = format!("patch {} --type=json -p {}", it.at, quote(&patch));
    let write = it.write(tests, ops);
    Ok(Draft {
        title: Text::clean(&format!("shift {}: {}", it.at.name, told(&parts))),
        changes: parts.iter().map(share).collect(),
        writes: vec![write],
        kubectl: Ok(it.kubectl(&command)),
        guards: standing(ask.rollout, router).into_iter().chain(guards(&parts, ask.now)).collect(),
        destructive: parts.iter().any(|part| part.before > 0.0 && part.after == Percent::NONE),
    })
}

/// Who gets what: the versions that were named, and the others with the rest.
fn parts<'a>(rollout: &'a Rollout, intent: &Intent) -> Result<Vec<Part<'a>>, Why> {
    let Args::Shares(wanted) = &intent.args else {
        return Err(why("who is to get how much? shift takes shares by version, such as app-v2=30"));
    };
    let versions: Vec<&Version> = rollout.versions.iter().filter(|version| !version.services.is_empty()).collect();
    let mut named: Vec<(&Version, Percent)> = Vec::new();
    for (name, share) in wanted {
        let version = versions.iter().find(|version| version.at.name == *name || version.services.contains(name));
        let Some(version) = version else {
            let known: Vec<&str> = versions.iter().map(|version| version.at.name.as_str()).collect();
            return Err(why(format!("{name} is no version of {}; there is {}", intent.target, known.join(", "))));
        };
        if named.iter().any(|(held, _)| held.uid == version.uid) {
            return Err(why(format!("{} is named twice", version.at.name)));
        }
        named.push((version, *share));
    }
    let before = |version: &Version| version.split.wanted.map_or(0.0, |share| share.0);
    let sum: u32 = named.iter().map(|(_, share)| share.count()).sum();
    let rest: Vec<&Version> =
        versions.iter().filter(|version| named.iter().all(|(held, _)| held.uid != version.uid)).copied().collect();
    let left = Percent::ALL.count().checked_sub(sum);
    let left = left.ok_or_else(|| why(format!("these shares add up to {} %", sum / 100)))?;
    if rest.is_empty() && left > 0 {
        return Err(why("these shares do not add up to 100 %, and there is no other version to get the rest"));
    }
    let portions: Vec<f64> = rest.iter().map(|version| before(version)).collect();
    let rest = rest.into_iter().zip(apportioned(left, &portions));
    let rest = rest.map(|(version, count)| (version, Percent::hundredths(count).unwrap_or_default()));
    let all: Vec<(&Version, Percent)> = named.into_iter().chain(rest).collect();
    let part = |version: &&'a Version| {
        let after = all.iter().find(|(held, _)| held.uid == version.uid).map(|(_, after)| *after)?;
        Some(Part { version, before: before(version), after })
    };
    Ok(versions.iter().filter_map(part).collect())
}

/// Whole numbers that add up to `whole` and are as the portions are; equal ones where all portions are 0. Largest
/// remainders get what rounding leaves.
fn apportioned(whole: u32, portions: &[f64]) -> Vec<u32> {
    let sum: f64 = portions.iter().sum();
    let exact = |portion: &f64| {
        let part = if sum > 0.0 { portion / sum } else { 1.0 / num::count_f64(portions.len()) };
        part * f64::from(whole)
    };
    let exact: Vec<f64> = portions.iter().map(exact).collect();
    let mut counts: Vec<u32> = exact.iter().map(|exact| num::round_u32(exact.floor())).collect();
    let mut order: Vec<usize> = (0..exact.len()).collect();
    let remainder = |index: &usize| exact.get(*index).map_or(0.0, |exact| exact.fract());
    order.sort_by(|a, b| remainder(b).total_cmp(&remainder(a)));
    let left = whole.saturating_sub(counts.iter().sum());
    for index in order.into_iter().cycle().take(num::count_usize(i32::try_from(left).unwrap_or(0))) {
        if let Some(count) = counts.get_mut(index) {
            *count += 1;
        }
    }
    counts
}

/// The coarsest scale on which all shares are whole numbers.
fn scale(parts: &[Part<'_>]) -> u32 {
    let fits = |scale: &u32| parts.iter().all(|part| part.after.count().is_multiple_of(Percent::ALL.count() / scale));
    SCALES.into_iter().find(fits).unwrap_or(Percent::ALL.count())
}

/// Whether a rule has backends of more than one version.
fn shares_between(rule: &Rule, parts: &[Part<'_>]) -> bool {
    let has = |part: &&Part<'_>| rule.backends.iter().any(|backend| leads_to(backend, part));
    parts.iter().filter(has).count() > 1
}

fn leads_to(backend: &Backend, part: &Part<'_>) -> bool {
    backend.is == Behind::Service && part.version.services.contains(&backend.name)
}

/// The weight of each backend of a rule that leads to a version. What leads elsewhere would keep a weight of another scale.
fn weights<'r>(rule: &'r Rule, parts: &[Part<'_>], scale: u32) -> Result<Vec<(&'r Backend, u32)>, Why> {
    let mut all = Vec::new();
    for part in parts {
        let backends: Vec<&Backend> = rule.backends.iter().filter(|backend| leads_to(backend, part)).collect();
        let share = part.after.count() / (Percent::ALL.count() / scale);
        if backends.is_empty() && share > 0 {
            let rule = if rule.pointer.is_empty() { "the route" } else { rule.pointer.as_str() };
            return Err(why(format!("{rule} has no backend that leads to {}", part.version.at.name)));
        }
        let held: Vec<f64> = backends.iter().map(|backend| num::big_f64(backend.weight)).collect();
        all.extend(backends.into_iter().zip(apportioned(share, &held)));
    }
    let other = rule.backends.iter().find(|backend| backend.weight > 0 && all.iter().all(|(one, _)| one != backend));
    match other {
        Some(other) => Err(why(format!("{} has a weight too, and is no version: shift it by hand", other.name))),
        None => Ok(all),
    }
}

/// `app-v1 70 %, app-v2 30 %`.
fn told(parts: &[Part<'_>]) -> String {
    parts.iter().map(|part| format!("{} {}", part.version.at.name, part.after)).collect::<Vec<_>>().join(", ")
}

fn share(part: &Part<'_>) -> Change {
    change(&format!("share of {}", part.version.at.name), percent(part.before).to_string(), part.after.to_string())
}

/// How it stands with the router before anything is sent: what it refuses now it may refuse afterwards. A change that it has
/// not seen yet may be a moment old, so that is no warning.
pub(super) fn standing(rollout: &Rollout, router: &ListRouter) -> Option<Guard> {
    if rollout.status.standing == Standing::Failed {
        return Some(guard("router-refuses", Weight::Warn, rollout.says.as_str()));
    }
    if rollout.observed < rollout.generation {
        let (seen, now) = (rollout.observed, rollout.generation);
        let says = format!("the router has not seen the last change yet ({seen} of {now})");
        return Some(guard("router-behind", Weight::Note, says));
    }
    let says = format!("no router reports what it made of a {}: requests alone show it", router.kind.kind);
    router.is_silent().then(|| guard("router-silent", Weight::Note, says))
}

/// Traffic for nobody is errors for users; traffic for fewer pods is more for each.
fn guards(parts: &[Part<'_>], now: Moment) -> Vec<Guard> {
    let versions = || parts.iter().map(|part| part.version);
    let rate = load::rate(versions(), now);
    let mut guards = Vec::new();
    for part in parts.iter().filter(|part| part.after > Percent::NONE) {
        let (name, pods) = (&part.version.at.name, part.version.pods.available);
        let share = f64::from(part.after.count()) / f64::from(Percent::ALL.count());
        if pods == 0 {
            let says = format!("{name} has no available pod to answer {}", part.after);
            guards.push(guard("no-endpoints", Weight::Stop, says));
        } else if let Some(rate) = rate.filter(|rate| *rate > 0.0 && share > part.before) {
            let who = match pods {
                1 => format!("the only pod of {name}"),
                _ => format!("each of the {pods} pods of {name}"),
            };
            guards.push(load::capacity(&who, rate * share / f64::from(pods), versions()));
        }
    }
    guards
}

/// The shares that were named stand in the route. Whether the router took them was asked before.
fn done(rollout: &Rollout, intent: &Intent) -> bool {
    let Args::Shares(wanted) = &intent.args else { return false };
    wanted.iter().all(|(name, share)| {
        let is = |version: &&Version| version.at.name == *name || version.services.contains(name);
        let now = rollout.versions.iter().find(is).and_then(|version| version.split.wanted);
        now.is_some_and(|now| percent(now.0) == *share)
    })
}
