//! What changed between two states of a route, in words for a timeline.

use super::{ListRouter, list::Rule, taken::Standing};
use crate::domain::{Custom, Moment};

/// The sentences, and whether each is bad news. Nothing for what is no route.
pub fn told(old: &Custom, new: &Custom, now: Moment) -> Vec<(bool, String)> {
    let Some(router) = ListRouter::of(&new.meta.at.kind) else { return Vec::new() };
    let mut lines = Vec::new();
    let (before, after) = (router.rules_of(&old.body), router.rules_of(&new.body));
    let many = after.len() > 1;
    for (index, (before, after)) in before.iter().zip(&after).enumerate() {
        let rule = if many { format!(" of rule {}", index + 1) } else { String::new() };
        lines.extend(weights(before, after).map(|says| (false, format!("weights{rule}: {says}"))));
    }
    if lines.is_empty() && old.body.get("spec") != new.body.get("spec") {
        lines.push((false, "its rules changed".to_owned()));
    }
    let standing = |route| router.taken(route, now).1;
    match (standing(old), standing(new)) {
        (before, after) if before == after => {}
        (_, Standing::Refused(why)) => lines.push((true, format!("refused by the router: {why}"))),
        (_, Standing::Broken(why)) => lines.push((true, format!("a part of it leads nowhere: {why}"))),
        (Standing::Refused(_) | Standing::Broken(_) | Standing::Nobody, Standing::Taken(_)) => {
            lines.push((false, "accepted by the router".to_owned()));
        }
        (Standing::Unseen | Standing::Taken(_), Standing::Taken(_)) | (_, Standing::Unseen | Standing::Nobody) => {}
    }
    lines
}

/// `app-v1 90 → 70, app-v2 10 → 30`, of those that differ.
fn weights(before: &Rule, after: &Rule) -> Option<String> {
    let mut parts = Vec::new();
    for backend in &after.backends {
        let held = before.backends.iter().find(|one| one.name == backend.name && one.is == backend.is);
        match held {
            Some(held) if held.weight != backend.weight => {
                parts.push(format!("{} {} → {}", backend.name, held.weight, backend.weight));
            }
            Some(_) => {}
            None => parts.push(format!("{} comes with {}", backend.name, backend.weight)),
        }
    }
    let goes = before.backends.iter().filter(|one| after.backends.iter().all(|kept| kept.name != one.name));
    parts.extend(goes.map(|gone| format!("{} goes", gone.name)));
    (!parts.is_empty()).then(|| parts.join(", "))
}
