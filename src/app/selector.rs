//! A Deployment's selector as the text that list and watch requests take, so that a deck of one rollout reads only its pods.

use serde_json::Value;

/// The selector of a whole Deployment; None if it has none, or one that cannot be written down.
pub(crate) fn of_deployment(whole: &Value) -> Option<String> {
    let selector = whole.pointer("/spec/selector")?;
    let labels = selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    let mut terms = Vec::new();
    for (key, value) in labels {
        terms.push(format!("{key}={}", value.as_str()?));
    }
    for expression in selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
        terms.push(term(expression)?);
    }
    (!terms.is_empty()).then(|| terms.join(","))
}

fn term(expression: &Value) -> Option<String> {
    let text = |field: &str| expression.get(field).and_then(Value::as_str);
    let key = text("key")?;
    let values = expression.get("values").and_then(Value::as_array).into_iter().flatten();
    let values = values.map(Value::as_str).collect::<Option<Vec<_>>>()?.join(",");
    match text("operator")? {
        "In" => Some(format!("{key} in ({values})")),
        "NotIn" => Some(format!("{key} notin ({values})")),
        "Exists" => Some(key.to_string()),
        "DoesNotExist" => Some(format!("!{key}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selector_is_written_as_kubectl_takes_it() {
        let whole = json!({"spec": {"selector": {"matchLabels": {"app": "web"}, "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]}, {"key": "old", "operator": "DoesNotExist"}]}}});
        assert_eq!(of_deployment(&whole).as_deref(), Some("app=web,tier in (a,b),!old"));
        assert_eq!(of_deployment(&json!({"spec": {}})), None);
    }
}
