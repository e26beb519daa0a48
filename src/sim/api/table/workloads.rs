//! The cells of Deployments, ReplicaSets and autoscalers.

use serde_json::{Value, json};

use super::{age, count, items, pairs, text};
use crate::domain::Moment;

pub(super) fn deployment(object: &Value, now: Moment) -> Vec<Value> {
    let (names, images) = containers(object);
    vec![
        json!(text(object, "/metadata/name")),
        json!(format!("{}/{}", count(object, "/status/readyReplicas"), count(object, "/spec/replicas"))),
        json!(count(object, "/status/updatedReplicas")),
        json!(count(object, "/status/availableReplicas")),
        json!(age::since(object, "/metadata/creationTimestamp", now)),
        json!(names),
        json!(images),
        json!(selector(object)),
    ]
}

pub(super) fn replica_set(object: &Value, now: Moment) -> Vec<Value> {
    let (names, images) = containers(object);
    vec![
        json!(text(object, "/metadata/name")),
        json!(count(object, "/spec/replicas")),
        json!(count(object, "/status/replicas")),
        json!(count(object, "/status/readyReplicas")),
        json!(age::since(object, "/metadata/creationTimestamp", now)),
        json!(names),
        json!(images),
        json!(selector(object)),
    ]
}

pub(super) fn autoscaler(object: &Value, now: Moment) -> Vec<Value> {
    let (kind, name) = (text(object, "/spec/scaleTargetRef/kind"), text(object, "/spec/scaleTargetRef/name"));
    let min = object.pointer("/spec/minReplicas").and_then(Value::as_i64);
    vec![
        json!(text(object, "/metadata/name")),
        json!(format!("{kind}/{name}")),
        json!(targets(object)),
        json!(min.map_or_else(|| "<unset>".to_owned(), |min| min.to_string())),
        json!(count(object, "/spec/maxReplicas")),
        json!(count(object, "/status/currentReplicas")),
        json!(age::since(object, "/metadata/creationTimestamp", now)),
    ]
}

fn containers(object: &Value) -> (String, String) {
    let all = items(object, "/spec/template/spec/containers");
    let joined = |pointer| all.iter().map(|container| text(container, pointer)).collect::<Vec<_>>().join(",");
    (joined("/name"), joined("/image"))
}

/// `metav1.FormatLabelSelector`.
fn selector(object: &Value) -> String {
    let mut parts = Vec::new();
    let labels = object.pointer("/spec/selector/matchLabels").filter(|labels| **labels != json!({}));
    if labels.is_some() {
        parts.push(pairs(labels));
    }
    for expression in items(object, "/spec/selector/matchExpressions") {
        let key = text(expression, "/key");
        let values: Vec<&str> = items(expression, "/values").iter().filter_map(Value::as_str).collect();
        let values = values.join(",");
        parts.push(match text(expression, "/operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    if parts.is_empty() { "<none>".to_owned() } else { parts.join(",") }
}

/// Current and wanted value of each metric (`formatHPAMetrics`).
fn targets(object: &Value) -> String {
    let metrics = items(object, "/spec/metrics");
    if metrics.is_empty() {
        return "<none>".to_owned();
    }
    let shown: Vec<String> = metrics.iter().enumerate().map(|(n, metric)| target(object, metric, n)).take(2).collect();
    let more = metrics.len().saturating_sub(shown.len());
    let shown = shown.join(", ");
    if more > 0 { format!("{shown} + {more} more...") } else { shown }
}

fn target(object: &Value, metric: &Value, n: usize) -> String {
    let (member, named) = match text(metric, "/type") {
        "Resource" => ("resource", true),
        "ContainerResource" => ("containerResource", true),
        "Pods" => ("pods", false),
        "Object" => ("object", false),
        "External" => ("external", false),
        _ => return "<unknown type>".to_owned(),
    };
    let spec = metric.get(member).unwrap_or(&Value::Null);
    let current = items(object, "/status/currentMetrics")
        .get(n)
        .and_then(|current| current.pointer(&format!("/{member}/current")));
    let amount = |from: Option<&Value>, field: &str| from.and_then(|from| from.get(field)).and_then(quantity);
    let wanted = spec.get("target");
    let unknown = || "<unknown>".to_owned();
    let shown = if let Some(wanted) = amount(wanted, "averageUtilization") {
        let current = amount(current, "averageUtilization").map_or_else(unknown, |current| format!("{current}%"));
        format!("{current}/{wanted}%")
    } else if let Some(wanted) = amount(wanted, "averageValue") {
        let current = amount(current, "averageValue").unwrap_or_else(unknown);
        let avg = if matches!(member, "object" | "external") { " (avg)" } else { "" };
        format!("{current}/{wanted}{avg}")
    } else {
        let wanted = amount(wanted, "value").unwrap_or_else(unknown);
        format!("{}/{wanted}", amount(current, "value").unwrap_or_else(unknown))
    };
    if named { format!("{}: {shown}", text(spec, "/name")) } else { shown }
}

fn quantity(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|n| n.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_as_the_real_server_made_them() {
        let web = json!({
            "metadata": {"name": "web", "creationTimestamp": "1970-01-01T00:00:00Z"},
            "spec": {
                "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
                "template": {"spec": {"containers": [{"name": "app", "image": "registry/web:1"}]}},
            },
            "status": {"readyReplicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
        });
        let expected = json!(["web", "2/2", 2, 2, "4s", "app", "registry/web:1", "app=web"]);
        assert_eq!(json!(deployment(&web, Moment::from_secs(4))), expected);
        let target = json!({"type": "Utilization", "averageUtilization": 70});
        let hpa = json!({
            "metadata": {"name": "web", "creationTimestamp": "1970-01-01T00:00:00Z"},
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 5,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            },
        });
        let expected = json!(["web", "Deployment/web", "cpu: <unknown>/70%", "2", 5, 0, "4s"]);
        assert_eq!(json!(autoscaler(&hpa, Moment::from_secs(4))), expected);
    }
}
