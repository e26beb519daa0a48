//! Flagger's query templates: Go's `text/template` with eight functions. What they stand for, variables, comments and trimmed
//! blanks are worked out; conditions, loops and pipes are not, and say so.

use serde_json::Value;

use super::super::{text, why, within};
use crate::domain::{Custom, Why};

/// What a template may hold.
pub(super) struct Model<'a> {
    words: [(&'static str, &'a str); 7],
    variables: Option<&'a Value>,
}

impl<'a> Model<'a> {
    /// The words of a Canary's metric (`toMetricModel`).
    pub(super) fn of(canary: &'a Custom, metric: &'a Value, interval: &'a str) -> Self {
        let target = text(&canary.body, "/spec/targetRef/name").unwrap_or_default();
        let or_target = |pointer| text(&canary.body, pointer).unwrap_or(target);
        Self {
            words: [
                ("name", &canary.meta.at.name),
                ("namespace", &canary.meta.at.namespace),
                ("target", target),
                ("service", or_target("/spec/service/name")),
                ("ingress", or_target("/spec/ingressRef/name")),
                ("route", or_target("/spec/routeRef/name")),
                ("interval", interval),
            ],
            variables: metric.get("templateVariables"),
        }
    }

    /// A template with what its actions stand for.
    pub(super) fn render(&self, template: &str) -> Result<String, Why> {
        let (mut rendered, mut rest) = (String::with_capacity(template.len()), template);
        while let Some((before, after)) = rest.split_once("{{") {
            let (action, after) = after.split_once("}}").ok_or_else(|| why("its template holds {{ without its }}"))?;
            // A dash with a blank behind it takes away the blanks outside.
            let opened = action.strip_prefix('-').filter(|rest| rest.starts_with(is_blank));
            let closed = action.strip_suffix('-').filter(|rest| rest.ends_with(is_blank));
            rendered.push_str(if opened.is_some() { before.trim_end_matches(is_blank) } else { before });
            let inner = opened.unwrap_or(action);
            let inner = if closed.is_some() { inner.strip_suffix('-').unwrap_or(inner) } else { inner };
            rendered.push_str(&self.value(inner.trim_matches(is_blank))?);
            within(&rendered)?;
            rest = if closed.is_some() { after.trim_start_matches(is_blank) } else { after };
        }
        rendered.push_str(rest);
        within(&rendered)?;
        Ok(rendered)
    }

    fn value(&self, action: &str) -> Result<String, Why> {
        if action.starts_with("/*") && action.ends_with("*/") {
            return Ok(String::new());
        }
        if let Some((_, word)) = self.words.iter().find(|(name, _)| *name == action) {
            return Ok((*word).to_owned());
        }
        let of = |key: &str| self.variables.and_then(|all| all.get(key)).and_then(Value::as_str).map(str::to_owned);
        let is_name = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if let Some(name) = action.strip_prefix("variables.").filter(is_name) {
            return of(name).ok_or_else(|| why(&format!("nothing is given for its variable {name}")));
        }
        // A map answers nothing for a key that it does not have.
        let indexed = action.strip_prefix("index variables").map(|rest| rest.trim_matches(is_blank));
        let quoted = indexed.and_then(|rest| rest.strip_prefix('"')?.strip_suffix('"'));
        if let Some(key) = quoted.filter(|key| !key.contains(['"', '\\'])) {
            return Ok(of(key).unwrap_or_default());
        }
        Err(why(&format!("its template holds {{{{{action}}}}}, which is not worked out here")))
    }
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}
