//! Validation of the usual mistakes, with the sentences of kube-apiserver 1.36. Not all of its validation: what nobody
//! types wrong by hand is let through.

use serde_json::Value;

use super::{
    json::{int, list, text},
    refusal::{Refusal, name},
    resource::Resource,
};
use crate::domain::Amount;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start \
    and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const NEGATIVE: &str = "must be greater than or equal to 0";

/// Refuses an object that the real server would refuse. `before` is None for a new one.
pub(super) fn check(resource: Resource, object: &Value, before: Option<&Value>) -> Result<(), Refusal> {
    let mut wrong = Vec::new();
    if before.is_none() {
        names(resource, object, &mut wrong);
    }
    match resource {
        Resource::Deployments => deployment(object, &mut wrong),
        Resource::ReplicaSets => {
            not_negative(object, "spec.replicas", &mut wrong);
            selector(object, &mut wrong);
            pod_spec(object.pointer("/spec/template"), "spec.template.spec", &mut wrong);
        }
        Resource::Pods => pod_spec(Some(object), "spec", &mut wrong),
        Resource::Hpas => hpa(object, &mut wrong),
        Resource::HttpRoutes => http_route(object, &mut wrong),
        Resource::Budgets => budget(object, &mut wrong),
        Resource::Namespaces
        | Resource::Nodes
        | Resource::Services
        | Resource::ConfigMaps
        | Resource::Quotas
        | Resource::Events
        | Resource::Slices
        | Resource::Canaries
        | Resource::MetricTemplates => {}
    }
    if let Some(before) = before {
        immutable(resource, object, before, &mut wrong);
    }
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::invalid(&resource.qualified_kind(), name(object), &wrong)) }
}

fn names(resource: Resource, object: &Value, wrong: &mut Vec<String>) {
    let name = name(object);
    let label = matches!(resource, Resource::Namespaces | Resource::Services);
    let part_ok = |part: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !part.is_empty() && part.chars().all(inner) && !part.starts_with('-') && !part.ends_with('-')
    };
    let fine = if label { part_ok(name) } else { name.split('.').all(part_ok) };
    if name.is_empty() {
        wrong.push("metadata.name: Required value: name or generateName is required".to_owned());
    } else if !fine {
        let why = if label { LABEL } else { SUBDOMAIN };
        wrong.push(format!("metadata.name: Invalid value: {name:?}: {why}"));
    }
    let most = if label { 63 } else { 253 };
    if name.len() > most {
        wrong.push(format!("metadata.name: Invalid value: {name:?}: must be no more than {most} characters"));
    }
}

fn not_negative(object: &Value, field: &str, wrong: &mut Vec<String>) {
    let is = int(object, &format!("/{}", field.replace('.', "/")));
    if is < 0 {
        wrong.push(format!("{field}: Invalid value: {is}: {NEGATIVE}"));
    }
}

fn deployment(object: &Value, wrong: &mut Vec<String>) {
    not_negative(object, "spec.replicas", wrong);
    selector(object, wrong);
    pod_spec(object.pointer("/spec/template"), "spec.template.spec", wrong);
    strategy(object, wrong);
    not_negative(object, "spec.minReadySeconds", wrong);
    not_negative(object, "spec.revisionHistoryLimit", wrong);
    not_negative(object, "spec.progressDeadlineSeconds", wrong);
    let deadline = int(object, "/spec/progressDeadlineSeconds");
    if deadline >= 0 && deadline <= int(object, "/spec/minReadySeconds") {
        let why = "must be greater than minReadySeconds";
        wrong.push(format!("spec.progressDeadlineSeconds: Invalid value: {deadline}: {why}"));
    }
}

fn strategy(object: &Value, wrong: &mut Vec<String>) {
    match text(object, "/spec/strategy/type") {
        "Recreate" if object.pointer("/spec/strategy/rollingUpdate").is_some() => {
            let why = "may not be specified when strategy `type` is 'Recreate'";
            wrong.push(format!("spec.strategy.rollingUpdate: Forbidden: {why}"));
        }
        "Recreate" => {}
        "RollingUpdate" => {
            let both = ["maxUnavailable", "maxSurge"].map(|field| bound(object, field, wrong));
            if both == [Some(0), Some(0)] {
                let why = "may not be 0 when `maxSurge` is 0";
                wrong.push(format!("spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: {why}"));
            }
        }
        other => {
            let known = "supported values: \"Recreate\", \"RollingUpdate\"";
            wrong.push(format!("spec.strategy.type: Unsupported value: {other:?}: {known}"));
        }
    }
}

/// The number of a bound of a rolling update, as written; None when it is wrong.
fn bound(object: &Value, field: &str, wrong: &mut Vec<String>) -> Option<i32> {
    let most = if field == "maxUnavailable" { 100 } else { i32::MAX };
    amount(object, (&format!("spec.strategy.rollingUpdate.{field}"), most), wrong)
}

/// What both are given of, and what each may be (policy/v1).
fn budget(object: &Value, wrong: &mut Vec<String>) {
    let both = ["minAvailable", "maxUnavailable"];
    if let [Some(least), Some(most)] = both.map(|field| object.pointer(&format!("/spec/{field}"))) {
        let selector = object.pointer("/spec/selector").cloned().unwrap_or_default();
        let policy = object.pointer("/spec/unhealthyPodEvictionPolicy").cloned().unwrap_or_default();
        let spec = format!(
            "{{\"MinAvailable\":{least},\"Selector\":{selector},\"MaxUnavailable\":{most},\"UnhealthyPodEvictionPolicy\":{policy}}}"
        );
        wrong.push(format!("spec: Invalid value: {spec}: minAvailable and maxUnavailable cannot be both set"));
    }
    for field in both {
        amount(object, (&format!("spec.{field}"), 100), wrong);
    }
}

/// A number of pods or a percentage of them, no more than the most; None when there is none or it is wrong.
fn amount(object: &Value, (at, most): (&str, i32), wrong: &mut Vec<String>) -> Option<i32> {
    let value = object.pointer(&format!("/{}", at.replace('.', "/")))?;
    let number = value.as_i64().and_then(|n| i32::try_from(n).ok()).map(Amount::Pods);
    let amount = number.or_else(|| value.as_str().filter(|text| text.ends_with('%')).and_then(Amount::parse));
    let why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex \
        used for validation is '[0-9]+%')";
    match amount {
        Some(Amount::Pods(pods)) if pods < 0 => wrong.push(format!("{at}: Invalid value: {pods}: {NEGATIVE}")),
        Some(Amount::Percent(percent)) if percent > most => {
            wrong.push(format!("{at}: Invalid value: {value}: must not be greater than {most}%"));
        }
        Some(Amount::Pods(n) | Amount::Percent(n)) if n >= 0 => return Some(n),
        Some(Amount::Pods(_) | Amount::Percent(_)) | None => {
            wrong.push(format!("{at}: Invalid value: {value}: {why}"));
        }
    }
    None
}

fn selector(object: &Value, wrong: &mut Vec<String>) {
    let labels = object.pointer("/spec/template/metadata/labels");
    let selector = object.pointer("/spec/selector");
    let matches = match selector {
        None => {
            wrong.push("spec.selector: Required value".to_owned());
            false
        }
        Some(selector) => super::labels::selects(selector, labels.unwrap_or(&Value::Null)),
    };
    if !matches {
        let labels = labels.map_or_else(|| "null".to_owned(), Value::to_string);
        let why = "`selector` does not match template `labels`";
        wrong.push(format!("spec.template.metadata.labels: Invalid value: {labels}: {why}"));
    }
}

fn pod_spec(pod: Option<&Value>, at: &str, wrong: &mut Vec<String>) {
    let containers = pod.map_or(&[][..], |pod| list(pod, "/spec/containers"));
    if containers.is_empty() {
        wrong.push(format!("{at}.containers: Required value"));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        let at = format!("{at}.containers[{index}]");
        let name = text(container, "/name");
        if name.is_empty() {
            wrong.push(format!("{at}.name: Required value"));
        } else if seen.contains(&name) {
            wrong.push(format!("{at}.name: Duplicate value: {name:?}"));
        }
        if text(container, "/image").is_empty() {
            wrong.push(format!("{at}.image: Required value"));
        }
        seen.push(name);
    }
}

fn hpa(object: &Value, wrong: &mut Vec<String>) {
    let (low, high) = (int(object, "/spec/minReplicas"), int(object, "/spec/maxReplicas"));
    if low < 1 {
        let why = "must be greater than or equal to 1";
        wrong.push(format!("spec.minReplicas: Invalid value: {low}: {why}"));
    }
    if high < 1 {
        wrong.push(format!("spec.maxReplicas: Invalid value: {high}: must be greater than 0"));
    } else if high < low {
        let why = "must be greater than or equal to `minReplicas`";
        wrong.push(format!("spec.maxReplicas: Invalid value: {high}: {why}"));
    }
}

/// What the schema of the CRD bounds. (Its CEL rules are not modelled.)
fn http_route(object: &Value, wrong: &mut Vec<String>) {
    for (rule, backends) in list(object, "/spec/rules").iter().map(|rule| list(rule, "/backendRefs")).enumerate() {
        for (place, backend) in backends.iter().enumerate() {
            let at = format!("spec.rules[{rule}].backendRefs[{place}]");
            if text(backend, "/name").is_empty() {
                wrong.push(format!("{at}.name: Required value"));
            }
            wrong.extend(out_of_bounds(backend, (&at, "port"), (1, 65_535)));
            wrong.extend(out_of_bounds(backend, (&at, "weight"), (0, 1_000_000)));
        }
    }
}

/// The sentence for a whole number that a schema does not allow.
fn out_of_bounds(object: &Value, (at, name): (&str, &str), (low, high): (i64, i64)) -> Option<String> {
    let is = object.get(name)?.as_i64()?;
    let bound = match is {
        is if is < low => format!("greater than or equal to {low}"),
        is if is > high => format!("less than or equal to {high}"),
        _ => return None,
    };
    Some(format!("{at}.{name}: Invalid value: {is}: {at}.{name} in body should be {bound}"))
}

fn immutable(resource: Resource, object: &Value, before: &Value, wrong: &mut Vec<String>) {
    let scaled = matches!(resource, Resource::Deployments | Resource::ReplicaSets);
    let (is, was) = (object.pointer("/spec/selector"), before.pointer("/spec/selector"));
    if scaled && is != was {
        let is = is.map_or_else(|| "null".to_owned(), Value::to_string);
        wrong.push(format!("spec.selector: Invalid value: {is}: field is immutable"));
    }
}
