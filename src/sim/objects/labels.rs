//! `LabelSelector`s over labels, as controllers use them. The selectors of queries are text and the API's concern.

use serde_json::Value;

use super::json::{list, pairs, text};

/// Whether a `LabelSelector` (`matchLabels`, `matchExpressions`) selects labels. An empty one selects nothing here: the
/// controllers that use it refuse to work with everything.
pub(crate) fn selects(selector: &Value, labels: &Value) -> bool {
    let has = |key: &str| labels.get(key).and_then(Value::as_str);
    let expressions = list(selector, "/matchExpressions");
    let mut exact = pairs(selector, "/matchLabels").peekable();
    (exact.peek().is_some() || !expressions.is_empty())
        && exact.all(|(key, value)| has(key) == Some(value))
        && expressions.iter().all(|expression| {
            let is = has(text(expression, "/key"));
            let listed = is.is_some_and(|is| list(expression, "/values").iter().any(|value| value == is));
            match text(expression, "/operator") {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => is.is_some(),
                "DoesNotExist" => is.is_none(),
                _ => false,
            }
        })
}

/// Whether the plain selector of a Service selects labels. An empty one selects nothing.
pub(crate) fn serves(selector: &Value, labels: &Value) -> bool {
    let mut wanted = pairs(selector, "").peekable();
    wanted.peek().is_some() && wanted.all(|(key, value)| labels.get(key).is_some_and(|is| is == value))
}

/// A selector as text, as `/scale` tells it: `app=web,tier in (a,b)`.
pub(crate) fn written(selector: &Value) -> String {
    let exact = pairs(selector, "/matchLabels").map(|(key, value)| format!("{key}={value}"));
    let expression = |one: &Value| {
        let key = text(one, "/key");
        let values: Vec<&str> = list(one, "/values").iter().filter_map(Value::as_str).collect();
        match text(one, "/operator") {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        }
    };
    let mut all: Vec<String> = exact.chain(list(selector, "/matchExpressions").iter().map(expression)).collect();
    all.sort();
    all.join(",")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors_select_what_they_say() {
        let labels = json!({"app": "web", "tier": "front"});
        assert!(selects(&json!({"matchLabels": {"app": "web"}}), &labels));
        assert!(!selects(&json!({"matchLabels": {"app": "api"}}), &labels));
        assert!(!selects(&json!({}), &labels));
        let among = json!({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["front", "back"]}]});
        assert!(selects(&among, &labels));
        assert_eq!(written(&among), "tier in (front,back)");
        assert!(serves(&json!({"app": "web"}), &labels));
        assert!(!serves(&json!({}), &labels));
    }
}
