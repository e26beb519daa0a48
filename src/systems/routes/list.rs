//! The rules and backends of one route, read as its row of the table says. What is behind a backend is not looked at.

use serde_json::Value;

use super::ListRouter;
use crate::domain::{Name, Text};

/// A rule: what it matches, and who shares what it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// A JSON pointer to it.
    pub(super) pointer: String,
    /// Its name, if it has one: an anchor for a patch.
    pub(super) name: Option<Text>,
    /// Whether it takes only what asks for it by more than a path.
    pub(super) is_narrow: bool,
    /// Its backends.
    pub(super) backends: Vec<Backend>,
}

/// A backend of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backend {
    /// A JSON pointer to it.
    pub(super) pointer: String,
    /// The name that stands there.
    pub(super) name: Name,
    /// What it is.
    pub(super) is: Behind,
    /// Its weight as it counts.
    pub(super) weight: u64,
    /// Its weight as it stands there.
    pub(super) written: Option<u64>,
}

/// What a backend is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// A Service of the same namespace.
    Service,
    /// Another route of the same kind.
    Router,
    /// Something that is not followed: another namespace, another kind.
    Elsewhere,
}

impl ListRouter {
    /// The rules of a route, whole as the server sent it.
    pub(super) fn rules_of(&self, whole: &Value) -> Vec<Rule> {
        if self.rules.is_empty() {
            return vec![self.rule(whole, String::new())];
        }
        let rules = whole.pointer(self.rules).and_then(Value::as_array);
        let rules = rules.into_iter().flatten().enumerate();
        rules.map(|(index, rule)| self.rule(rule, format!("{}/{index}", self.rules))).collect()
    }

    fn rule(&self, rule: &Value, pointer: String) -> Rule {
        let backends = rule.pointer(self.backends).and_then(Value::as_array).into_iter().flatten().enumerate();
        let backends = backends.map(|(index, backend)| {
            let written = backend.get("weight").and_then(Value::as_u64);
            Backend {
                pointer: format!("{pointer}{}/{index}", self.backends),
                name: Name::from(text(backend, "name").unwrap_or_default()),
                is: self.behind(backend),
                weight: written.unwrap_or(self.absent),
                written,
            }
        });
        let backends = backends.collect();
        let matches = rule.pointer(self.matches).filter(|_| !self.matches.is_empty()).and_then(Value::as_array);
        // Any of several matches is enough; a rule without one takes whatever comes.
        let is_narrow = matches.is_some_and(|all| !all.is_empty() && all.iter().all(is_more_than_a_path));
        let name = if self.rules.is_empty() { None } else { text(rule, "name") };
        Rule { pointer, name: name.map(Text::clean), is_narrow, backends }
    }

    fn behind(&self, backend: &Value) -> Behind {
        if text(backend, "namespace").is_some() {
            return Behind::Elsewhere;
        }
        match (text(backend, "kind"), text(backend, "group").unwrap_or_default()) {
            (None | Some("Service"), "") => Behind::Service,
            (Some(kind), group) if *kind == *self.kind.kind && (group.is_empty() || *group == *self.kind.group) => {
                Behind::Router
            }
            _ => Behind::Elsewhere,
        }
    }
}

impl Rule {
    /// The sum of all weights.
    pub(super) fn total(&self) -> u64 {
        self.backends.iter().map(|backend| backend.weight).sum()
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Headers, methods and query parameters pick some of the requests of a path.
fn is_more_than_a_path(of: &Value) -> bool {
    of.as_object().is_some_and(|of| of.keys().any(|key| key != "path"))
}
