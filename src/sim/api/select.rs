//! Label and field selectors of lists and watches, and the real server's words for what cannot be read.

use serde_json::Value;

use super::{catalog::Row, status::Status};
use crate::sim::Resource;

/// Which objects a list or a watch shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sim) struct Filter {
    pub(super) resource: Resource,
    /// None: in all.
    pub(super) namespace: Option<String>,
    labels: Vec<Need>,
    fields: Vec<Need>,
}

/// One requirement: a label's key or a field's path, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Need {
    key: String,
    must: Must,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Must {
    Be(Vec<String>),
    NotBe(Vec<String>),
    Exist,
    NotExist,
}

impl Filter {
    /// Reads both selectors.
    pub(super) fn new(
        row: &Row,
        namespace: Option<&str>,
        labels: Option<&str>,
        fields: Option<&str>,
    ) -> Result<Self, Status> {
        let labels = parse_labels(labels.unwrap_or_default())
            .map_err(|why| Status::bad_request(format!("unable to parse requirement: {why}")))?;
        let fields = parse_fields(row, fields.unwrap_or_default()).map_err(Status::bad_request)?;
        Ok(Self { resource: row.resource, namespace: namespace.map(str::to_owned), labels, fields })
    }

    /// Whether an object is shown.
    pub(super) fn sees(&self, object: &Value) -> bool {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let label = |key: &str| object.get("metadata")?.get("labels")?.get(key)?.as_str();
        let field = |key: &str| Some(text(&format!("/{}", key.replace('.', "/"))).unwrap_or_default());
        self.namespace.as_deref().is_none_or(|namespace| text("/metadata/namespace") == Some(namespace))
            && self.labels.iter().all(|need| need.must.holds(label(&need.key)))
            && self.fields.iter().all(|need| need.must.holds(field(&need.key)))
    }
}

impl Must {
    fn holds(&self, value: Option<&str>) -> bool {
        let among = |values: &[String]| value.is_some_and(|value| values.iter().any(|v| v == value));
        match self {
            Self::Be(values) => among(values),
            Self::NotBe(values) => !among(values),
            Self::Exist => value.is_some(),
            Self::NotExist => value.is_none(),
        }
    }
}

/// The fields by which a resource can be selected, besides name and namespace.
const fn known_fields(resource: Resource) -> &'static [&'static str] {
    match resource {
        Resource::Pods => {
            &["spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "status.phase", "status.podIP"]
        }
        Resource::Namespaces => &["status.phase"],
        Resource::ReplicaSets => &["status.replicas"],
        Resource::Nodes => &["spec.unschedulable"],
        Resource::Events => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        Resource::Services
        | Resource::ConfigMaps
        | Resource::Quotas
        | Resource::Budgets
        | Resource::Deployments
        | Resource::Slices
        | Resource::Hpas
        | Resource::HttpRoutes
        | Resource::Canaries
        | Resource::MetricTemplates => &[],
    }
}

fn parse_fields(row: &Row, text: &str) -> Result<Vec<Need>, String> {
    let term = |term: &str| {
        let (key, rest) = term
            .find(['=', '!'])
            .and_then(|at| term.split_at_checked(at))
            .ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{term}'"))?;
        let known = known_fields(row.resource);
        if !matches!(key, "metadata.name" | "metadata.namespace") && !known.contains(&key) {
            let all = ["metadata.name", "metadata.namespace"];
            let all: Vec<String> = all.iter().chain(known).map(|field| format!("{field:?}")).collect();
            return Err(format!("{key:?} is not a known field selector: only {}", all.join(", ")));
        }
        let plain = |value: &str| vec![value.replace("\\,", ",").replace("\\=", "=")];
        let must = if let Some(value) = rest.strip_prefix("!=") {
            Must::NotBe(plain(value))
        } else {
            let value = rest.strip_prefix("==").or_else(|| rest.strip_prefix('=')).unwrap_or_default();
            Must::Be(plain(value))
        };
        Ok(Need { key: key.to_owned(), must })
    };
    text.split(',').filter(|part| !part.is_empty()).map(term).collect()
}

/// `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
fn parse_labels(text: &str) -> Result<Vec<Need>, String> {
    let mut words = tokens(text).into_iter().peekable();
    let mut needs = Vec::new();
    while let Some(first) = words.next() {
        let (key, absent) = if first == "!" { (words.next().unwrap_or_default(), true) } else { (first, false) };
        if key.is_empty() || !is_word(&key) {
            return Err(format!("found '{key}', expected: !, identifier, or 'end of string'"));
        }
        let must = match words.peek().map(String::as_str) {
            None | Some(",") if absent => Must::NotExist,
            None | Some(",") => Must::Exist,
            Some("=" | "==") => {
                words.next();
                Must::Be(vec![value(&mut words)?])
            }
            Some("!=") => {
                words.next();
                Must::NotBe(vec![value(&mut words)?])
            }
            Some("in") => {
                words.next();
                Must::Be(set(&mut words)?)
            }
            Some("notin") => {
                words.next();
                Must::NotBe(set(&mut words)?)
            }
            Some(other) => return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt")),
        };
        needs.push(Need { key, must });
        match words.next().as_deref() {
            None => {}
            Some(",") if words.peek().is_some() => {}
            Some(",") => return Err("found '', expected: identifier after ','".to_owned()),
            Some(other) => return Err(format!("found '{other}', expected: ',' or 'end of string'")),
        }
    }
    Ok(needs)
}

type Words = std::iter::Peekable<std::vec::IntoIter<String>>;

fn is_word(token: &str) -> bool {
    token.chars().next().is_some_and(|c| !"=!,()".contains(c))
}

/// The value after `=`: none at all is the empty one.
fn value(words: &mut Words) -> Result<String, String> {
    match words.peek() {
        None => Ok(String::new()),
        Some(comma) if comma == "," => Ok(String::new()),
        Some(word) if is_word(word) => Ok(words.next().unwrap_or_default()),
        Some(other) => Err(format!("found '{other}', expected: identifier")),
    }
}

fn set(words: &mut Words) -> Result<Vec<String>, String> {
    let open = words.next().unwrap_or_default();
    if open != "(" {
        return Err(format!("found '{open}' expected: '('"));
    }
    let mut values = Vec::new();
    loop {
        let word = words.next().unwrap_or_default();
        match word.as_str() {
            ")" => return Ok(values),
            "," => {}
            word if is_word(word) => values.push(word.to_owned()),
            other => return Err(format!("found '{other}', expected: ',', or ')'")),
        }
    }
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    // Whether the next character may join the last token.
    let mut joins = false;
    for c in text.chars() {
        let last = tokens.last_mut().filter(|_| joins);
        match (c, last) {
            (' ' | '\t', _) => joins = false,
            ('=', Some(last)) if matches!(last.as_str(), "=" | "!") => {
                last.push(c);
                joins = false;
            }
            ('=' | '!' | ',' | '(' | ')', _) => {
                tokens.push(c.to_string());
                joins = matches!(c, '=' | '!');
            }
            (_, Some(last)) if is_word(last) => last.push(c),
            _ => {
                tokens.push(c.to_string());
                joins = true;
            }
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filter(labels: &str, fields: &str) -> Result<Filter, String> {
        let row = Row::of(Resource::Pods).unwrap();
        Filter::new(row, Some("shop"), Some(labels), Some(fields)).map_err(|status| status.message)
    }

    #[test]
    fn labels_and_fields_select() {
        let pod = json!({
            "metadata": {"name": "a", "namespace": "shop", "labels": {"app": "web", "tier": "x"}},
            "status": {"phase": "Running"},
        });
        let sees = |labels, fields| filter(labels, fields).unwrap().sees(&pod);
        for yes in ["app=web", "app==web,tier!=y", "app in (web, api)", "zone notin (a)", "app,!zone", "zone!=a", ""] {
            assert!(sees(yes, ""), "{yes}");
        }
        for no in ["app=api", "app!=web", "app in (api)", "app notin (web)", "!app", "zone", "app="] {
            assert!(!sees(no, ""), "{no}");
        }
        assert!(sees("", "metadata.name=a,status.phase=Running,status.phase!=Failed,spec.nodeName="));
        assert!(!sees("", "metadata.name!=a"));
        let elsewhere = json!({"metadata": {"namespace": "other"}});
        assert!(!filter("", "").unwrap().sees(&elsewhere));
    }

    /// The sentences of kube-apiserver 1.36.1.
    #[test]
    fn what_cannot_be_read_is_said_in_the_servers_words() {
        assert_eq!(filter("a===b", "").unwrap_err(), "unable to parse requirement: found '=', expected: identifier");
        assert_eq!(filter("a in", "").unwrap_err(), "unable to parse requirement: found '' expected: '('");
        assert_eq!(filter("", "zzz").unwrap_err(), "invalid selector: 'zzz'; can't understand 'zzz'");
        assert!(
            filter("", "spec.x=b").unwrap_err().starts_with("\"spec.x\" is not a known field selector: only \"meta")
        );
    }
}
