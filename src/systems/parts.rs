//! What differs between two states of an object, part by part and in an operator's words: `image of app`, `env LOG of app`,
//! `replicas`. It looks at the spec and the annotations, as JSON. It does not know who wrote them, nor what is good.

use serde_json::{Map, Value};

use crate::domain::Text;

/// Longer values are cut, characters.
const LONG: usize = 80;
/// Annotations that say what the machinery noted down, not what anybody wants.
const NOTES: [&str; 2] = ["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What (`image of app`).
    pub what: Text,
    /// As it was.
    pub before: Text,
    /// As it is.
    pub after: Text,
    /// The same place in the words of `managedFields` (`f:spec`, `f:replicas`).
    pub fields: Vec<String>,
}

/// What differs between two states of an object in its spec and its annotations, images first. The revision and
/// `last-applied-configuration` are left out.
pub fn parts(before: &Value, after: &Value) -> Vec<Part> {
    let mut walk = Walk::default();
    for top in ["spec", "metadata"] {
        let side = |whole: &Value| match (top, whole.get(top)) {
            ("metadata", Some(meta)) => Some(serde_json::json!({"annotations": noted(meta)})),
            (_, part) => part.cloned(),
        };
        let (before, after) = (side(before), side(after));
        walk.at_field(top, before.as_ref(), after.as_ref());
    }
    walk.found.sort_by_key(|part| !part.what.starts_with("image of"));
    walk.found
}

/// What differs between the value that was to be at a JSON pointer, and what an object has there.
pub fn at(pointer: &str, before: Option<&Value>, whole: &Value) -> Vec<Part> {
    let mut walk = Walk::default();
    let mut here = Some(whole);
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let item = here.and_then(Value::as_array).and_then(|list| list.get(token.parse::<usize>().ok()?));
        walk.place.push(match item.and_then(name) {
            Some(name) => Step::Named(name.to_owned()),
            None if item.is_some() => Step::Nth(token.clone()),
            None => Step::Field(token.clone()),
        });
        here = item.or_else(|| here?.get(&token));
    }
    walk.compare(before, here);
    walk.found
}

/// The annotations of an object's metadata that are looked at.
fn noted(meta: &Value) -> Map<String, Value> {
    let all = meta.get("annotations").and_then(Value::as_object);
    let ours = all.into_iter().flatten().filter(|(key, _)| !NOTES.contains(&key.as_str()));
    ours.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// A step on the way to a part.
#[derive(Clone, Debug)]
enum Step {
    /// A member of an object.
    Field(String),
    /// An element of a list whose elements have names.
    Named(String),
    /// An element of a list whose elements have none.
    Nth(String),
}

#[derive(Default)]
struct Walk {
    place: Vec<Step>,
    found: Vec<Part>,
}

impl Walk {
    fn at_field(&mut self, key: &str, before: Option<&Value>, after: Option<&Value>) {
        self.place.push(Step::Field(key.to_owned()));
        self.compare(before, after);
        self.place.pop();
    }

    fn compare(&mut self, before: Option<&Value>, after: Option<&Value>) {
        let null = |value: &&Value| !value.is_null();
        let (before, after) = (before.filter(null), after.filter(null));
        if before == after {
            return;
        }
        if let (Some(Value::Object(before)), Some(Value::Object(after))) = (before, after) {
            let gone = before.iter().map(|(key, value)| (key, Some(value), after.get(key)));
            let new = after.iter().filter(|(key, _)| !before.contains_key(*key));
            for (key, before, after) in gone.chain(new.map(|(key, value)| (key, None, Some(value)))) {
                self.at_field(key, before, after);
            }
        } else if let (Some(old), Some(new)) = (before.and_then(by_name), after.and_then(by_name)) {
            self.by_name(&old, &new);
        } else if let Some(pairs) = pairs(before, after) {
            for (index, (before, after)) in pairs.enumerate() {
                self.place.push(Step::Nth(index.to_string()));
                self.compare(Some(before), Some(after));
                self.place.pop();
            }
        } else {
            let place = &self.place;
            self.found.push(Part {
                what: Text::clean(&words(place)),
                before: show(before, after),
                after: show(after, before),
                fields: place.iter().map(Step::field).collect(),
            });
        }
    }

    fn by_name(&mut self, old: &[(&str, &Value)], new: &[(&str, &Value)]) {
        let find = |list: &[(&str, &Value)], name: &str| list.iter().any(|(held, _)| *held == name);
        let before = self.found.len();
        let added = new.iter().filter(|(name, _)| !find(old, name));
        for (name, _) in old.iter().chain(added) {
            let of =
                |list: &[(&str, &Value)]| list.iter().find(|(held, _)| held == name).map(|(_, value)| (*value).clone());
            self.place.push(Step::Named((*name).to_owned()));
            self.compare(of(old).as_ref(), of(new).as_ref());
            self.place.pop();
        }
        if self.found.len() == before {
            // The same elements in another order.
            let names =
                |list: &[(&str, &Value)]| Text::from(list.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "));
            let what = Text::clean(&format!("order of {}", words(&self.place)));
            let fields = self.place.iter().map(Step::field).collect();
            self.found.push(Part { what, before: names(old), after: names(new), fields });
        }
    }
}

impl Step {
    fn field(&self) -> String {
        match self {
            Self::Field(key) => format!("f:{key}"),
            Self::Named(name) => format!("k:{}", serde_json::json!({"name": name})),
            Self::Nth(index) => format!("i:{index}"),
        }
    }

    fn word(&self) -> &str {
        match self {
            Self::Field(word) | Self::Named(word) | Self::Nth(word) => word,
        }
    }
}

fn name(item: &Value) -> Option<&str> {
    item.get("name")?.as_str()
}

/// The elements of a list by name; None unless each has one of its own.
fn by_name(list: &Value) -> Option<Vec<(&str, &Value)>> {
    let named: Vec<(&str, &Value)> =
        list.as_array()?.iter().map(|item| Some((name(item)?, item))).collect::<Option<_>>()?;
    let unique =
        named.iter().enumerate().all(|(n, (name, _))| named.iter().skip(n + 1).all(|(other, _)| other != name));
    unique.then_some(named)
}

/// The elements of two lists of objects that are as long as each other.
fn pairs<'v>(
    before: Option<&'v Value>,
    after: Option<&'v Value>,
) -> Option<impl Iterator<Item = (&'v Value, &'v Value)>> {
    let (before, after) = (before?.as_array()?, after?.as_array()?);
    let are_objects = before.iter().chain(after).all(Value::is_object);
    (before.len() == after.len() && are_objects).then(|| before.iter().zip(after))
}

/// A place in an operator's words.
fn words(place: &[Step]) -> String {
    let words: Vec<&str> = place.iter().map(Step::word).collect();
    match words.as_slice() {
        ["metadata", "annotations", key] => format!("annotation {key}"),
        ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"] => {
            "restarted at".to_owned()
        }
        ["spec", "template", "metadata", "annotations", key] => format!("pod annotation {key}"),
        ["spec", "template", "metadata", "labels", key] => format!("pod label {key}"),
        ["spec", "template", "spec", "containers", name] => format!("container {name}"),
        ["spec", "template", "spec", "initContainers", name] => format!("init container {name}"),
        ["spec", "template", "spec", "containers" | "initContainers", name, rest @ ..] => {
            format!("{} of {name}", tail(rest))
        }
        ["spec", "template", "spec", rest @ ..] | ["spec", rest @ ..] => tail(rest),
        other => tail(other),
    }
}

fn tail(words: &[&str]) -> String {
    match words {
        ["env", name] | ["env", name, "value"] => format!("env {name}"),
        ["env" | "volumes" | "volumeMounts", name, rest @ ..] if !rest.is_empty() => {
            format!("{} {name} {}", words.first().unwrap_or(&""), rest.join("."))
        }
        ["volumes", name] => format!("volume {name}"),
        ["rules", "0", "backendRefs", name, "weight"] | ["weighted", "services", name, "weight"] => {
            format!("weight of {name}")
        }
        other => other.join("."),
    }
}

/// A value, short. What is absent is `none`, or `no` beside a `yes`.
fn show(value: Option<&Value>, other: Option<&Value>) -> Text {
    let text = match value {
        None if matches!(other, Some(Value::Bool(_))) => "no".to_owned(),
        None => "none".to_owned(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    if text.chars().count() <= LONG {
        return Text::clean(&text);
    }
    let cut: String = text.chars().take(LONG - 1).collect();
    Text::clean(&(cut + "…"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(before: &Value, after: &Value) -> Vec<String> {
        parts(before, after).iter().map(|part| format!("{}: {} → {}", part.what, part.before, part.after)).collect()
    }

    fn pods(container: &Value) -> Value {
        json!({"spec": {"template": {"spec": {"containers": [container]}}}})
    }

    #[test]
    fn parts_have_names_that_operators_use() {
        let before = pods(&json!({"name": "app", "env": [{"name": "LOG", "value": "info"}], "image": "web:1",
            "resources": {"limits": {"cpu": "1"}}}));
        let after = pods(&json!({"name": "app", "env": [{"name": "LOG", "value": "debug"}], "image": "web:2",
            "resources": {}, "readinessProbe": {"httpGet": {"port": 80}}}));
        assert_eq!(
            told(&before, &after),
            [
                "image of app: web:1 → web:2",
                "env LOG of app: info → debug",
                "resources.limits of app: {\"cpu\":\"1\"} → none",
                "readinessProbe of app: none → {\"httpGet\":{\"port\":80}}",
            ]
        );
        let fields = &parts(&before, &after)[0].fields;
        assert_eq!(fields[3..], ["f:containers", "k:{\"name\":\"app\"}", "f:image"]);
    }

    #[test]
    fn what_machinery_notes_down_is_no_difference() {
        let noted = |revision: &str, cause: &str| json!({"metadata": {"annotations": {"deployment.kubernetes.io/revision": revision, "cause": cause}}});
        assert_eq!(told(&noted("1", "a"), &noted("2", "a")), [""; 0]);
        assert_eq!(told(&noted("1", "a"), &noted("2", "b")), ["annotation cause: a → b"]);
        assert_eq!(told(&json!({"metadata": {}}), &noted("2", "b")), ["annotation cause: none → b"]);
    }

    #[test]
    fn absent_beside_yes_is_no_and_order_counts() {
        assert_eq!(told(&json!({"spec": {"paused": true}}), &json!({"spec": {}})), ["paused: yes → no"]);
        let list = |names: [&str; 2]| json!({"spec": {"list": names.map(|name| json!({"name": name}))}});
        assert_eq!(told(&list(["a", "b"]), &list(["b", "a"])), ["order of list: a, b → b, a"]);
    }

    #[test]
    fn weights_are_told_by_the_backend() {
        let route = |v1: u32, v2: u32| {
            let backends = json!([{"name": "app-v1", "weight": v1}, {"name": "app-v2", "weight": v2}]);
            json!({"spec": {"rules": [{"backendRefs": backends}]}})
        };
        let (before, after) = (route(70, 30), route(95, 5));
        assert_eq!(told(&before, &after), ["weight of app-v1: 70 → 95", "weight of app-v2: 30 → 5"]);
        let fields = &parts(&before, &after)[0].fields;
        assert_eq!(fields[1..], ["f:rules", "i:0", "f:backendRefs", "k:{\"name\":\"app-v1\"}", "f:weight"]);
        let found = at("/spec/rules/0/backendRefs/1/weight", Some(&json!(30)), &after);
        assert_eq!((&*found[0].what, &*found[0].after), ("weight of app-v2", "5"));
    }

    #[test]
    fn a_pointer_meets_the_name_of_its_container() {
        let whole = pods(&json!({"name": "app", "image": "web:3"}));
        let found = at("/spec/template/spec/containers/0/image", Some(&json!("web:2")), &whole);
        assert_eq!((found[0].what.as_str(), found[0].after.as_str()), ("image of app", "web:3"));
        assert!(at("/spec/paused", None, &whole).is_empty());
    }
}
