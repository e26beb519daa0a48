//! `ResourceQuotas`: what the pods of a namespace use, and the admission that refuses one too many, in the words of the real
//! server. Pods, `requests.*` and `limits.*` of cpu and memory; other resources are not counted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Objects, Refusal, Resource,
    json::{list, pairs, text},
};

/// What is counted under which names: the member of a container's resources, the resource.
const COUNTED: &[(&str, &str, &str)] = &[
    ("requests.cpu", "requests", "cpu"),
    ("cpu", "requests", "cpu"),
    ("requests.memory", "requests", "memory"),
    ("memory", "requests", "memory"),
    ("limits.cpu", "limits", "cpu"),
    ("limits.memory", "limits", "memory"),
];

/// Refuses a pod that the quotas of its namespace have no room for.
pub(crate) fn admits(objects: &Objects, pod: &Value) -> Result<(), Refusal> {
    let namespace = text(pod, "/metadata/namespace");
    for quota in objects.list(Resource::Quotas, Some(namespace)) {
        let hard: BTreeMap<&str, &str> = pairs(quota, "/spec/hard").collect();
        let (used, asks) = (used(objects, namespace), needs(pod));
        let missing: Vec<&str> =
            hard.keys().copied().filter(|name| counted(name) && !asks.contains_key(name)).collect();
        let name = text(quota, "/metadata/name");
        let pod_name = text(pod, "/metadata/name");
        if !missing.is_empty() {
            let containers: Vec<&str> = list(pod, "/spec/containers").iter().map(|c| text(c, "/name")).collect();
            let parts: Vec<String> =
                missing.iter().map(|what| format!("{what} for: {}", containers.join(","))).collect();
            let why = format!("failed quota: {name}: must specify {}", parts.join("; "));
            return Err(Refusal::forbidden(Resource::Pods, pod_name, &why));
        }
        let over: Vec<&str> = hard
            .iter()
            .filter(|(what, most)| {
                let (used, asks) = (used.get(*what).copied().unwrap_or(0), asks.get(*what).copied().unwrap_or(0));
                asks > 0 && used + asks > amount(most)
            })
            .map(|(what, _)| *what)
            .collect();
        if !over.is_empty() {
            let each = |of: &BTreeMap<&str, i64>| {
                let one = |what: &&str| format!("{what}={}", written(what, of.get(what).copied().unwrap_or(0)));
                over.iter().map(one).collect::<Vec<_>>().join(",")
            };
            let most: Vec<String> =
                over.iter().map(|what| format!("{what}={}", hard.get(what).copied().unwrap_or_default())).collect();
            let why = format!(
                "exceeded quota: {name}, requested: {}, used: {}, limited: {}",
                each(&asks),
                each(&used),
                most.join(",")
            );
            return Err(Refusal::forbidden(Resource::Pods, pod_name, &why));
        }
    }
    Ok(())
}

/// What a quota's status says is used, of what it limits.
pub(crate) fn usage(objects: &Objects, quota: &Value) -> BTreeMap<String, String> {
    let used = used(objects, text(quota, "/metadata/namespace"));
    let each = |(what, _): (&str, &str)| (what.to_owned(), written(what, used.get(what).copied().unwrap_or(0)));
    pairs(quota, "/spec/hard").map(each).collect()
}

fn counted(name: &str) -> bool {
    COUNTED.iter().any(|(known, ..)| *known == name)
}

/// What the pods of a namespace that have not ended use, in thousandths.
fn used(objects: &Objects, namespace: &str) -> BTreeMap<&'static str, i64> {
    let mut sum = BTreeMap::new();
    for pod in objects.list(Resource::Pods, Some(namespace)) {
        if matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") {
            continue;
        }
        for (what, asks) in needs(pod) {
            *sum.entry(what).or_insert(0) += asks;
        }
    }
    sum
}

/// What one pod counts for, in thousandths; what a container does not say is missing.
fn needs(pod: &Value) -> BTreeMap<&'static str, i64> {
    let mut needs = BTreeMap::from([("pods", 1_000), ("count/pods", 1_000)]);
    for (what, list_of, resource) in COUNTED {
        let each = list(pod, "/spec/containers").iter().map(|container| {
            let value = container.get("resources")?.get(*list_of)?.get(*resource)?;
            Some(value.as_str().map_or_else(|| value.as_i64().unwrap_or(0) * 1_000, amount))
        });
        if let Some(all) = each.collect::<Option<Vec<i64>>>() {
            needs.insert(what, all.iter().sum());
        }
    }
    needs
}

/// A quantity in thousandths: `250m`, `2`, `64Mi`, `1G`. What is none is 0.
pub(crate) fn amount(quantity: &str) -> i64 {
    let digits = quantity.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = quantity.strip_prefix(digits).unwrap_or_default();
    let factor: i64 = match unit {
        "m" => 1,
        "k" => 1_000_000,
        "M" => 1_000_000_000,
        "G" => 1_000_000_000_000,
        "Ki" => 1_000 << 10,
        "Mi" => 1_000 << 20,
        "Gi" => 1_000 << 30,
        _ => 1_000,
    };
    match digits.split_once('.') {
        None => digits.parse::<i64>().unwrap_or(0).saturating_mul(factor),
        Some((whole, part)) => {
            let scale = 10_i64.checked_pow(u32::try_from(part.len()).unwrap_or(0)).unwrap_or(1);
            let both = format!("{whole}{part}").parse::<i64>().unwrap_or(0);
            both.saturating_mul(factor) / scale
        }
    }
}

/// Thousandths as a quantity in its shortest form.
fn written(what: &str, thousandths: i64) -> String {
    if thousandths % 1_000 != 0 {
        return format!("{thousandths}m");
    }
    let whole = thousandths / 1_000;
    let units = [(30, "Gi"), (20, "Mi"), (10, "Ki")];
    let unit = units.iter().find(|(bits, _)| what.ends_with("memory") && whole != 0 && whole % (1 << bits) == 0);
    unit.map_or_else(|| whole.to_string(), |(bits, name)| format!("{}{name}", whole >> bits))
}
