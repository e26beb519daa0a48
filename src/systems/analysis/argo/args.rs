//! The arguments of an analysis and what they stand for, as Argo's controller resolves them. A Secret is never read: what holds
//! one says so.

use serde_json::Value;

use super::super::{list, text, why, within};
use crate::domain::{Custom, Why};

/// Nobody has more arguments.
const MOST: usize = 100;

/// All arguments that the templates declare.
pub(super) struct Args(Vec<(String, Held)>);

/// What an argument holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Held {
    Value(String),
    Secret,
    Nothing,
}

impl Args {
    /// The arguments that templates declare, with what the Rollout's analysis gives for them. What they do not declare is left
    /// out; one that nobody gives makes a run impossible.
    pub(super) fn of(rollout: &Custom, analysis: &Value, templates: &[&Custom]) -> Result<Self, Why> {
        let mut args = Self(Vec::new());
        for declared in templates.iter().flat_map(|template| list(&template.body, "/spec/args")) {
            args.declare(text(declared, "/name").unwrap_or_default(), held(declared))?;
        }
        for given in list(analysis, "/args") {
            let name = text(given, "/name").unwrap_or_default();
            let value = given_value(given, rollout)?;
            // A Secret is read when the run begins, and so wins over what was given.
            if let Some((_, held)) = args.0.iter_mut().find(|(held, _)| held == name)
                && *held != Held::Secret
            {
                *held = Held::Value(value);
            }
        }
        let lacking = args.0.iter().find(|(_, held)| *held == Held::Nothing);
        lacking.map_or(Ok(()), |(name, _)| Err(why(&format!("nothing is given for its argument {name}"))))?;
        Ok(args)
    }

    /// A second declaration must not say something else.
    fn declare(&mut self, name: &str, held: Held) -> Result<(), Why> {
        let is_full = self.0.len() >= MOST;
        match self.0.iter_mut().find(|(held, _)| held == name) {
            None if is_full => return Err(why(&format!("it has more than {MOST} arguments"))),
            None => self.0.push((name.to_owned(), held)),
            Some((_, before @ (Held::Nothing | Held::Secret))) => *before = held,
            Some((_, before @ Held::Value(_))) => {
                if matches!(held, Held::Value(_)) && *before != held {
                    return Err(why(&format!("its templates give different values for the argument {name}")));
                }
            }
        }
        Ok(())
    }

    /// A text with what stands in `{{args.NAME}}`.
    pub(super) fn fill(&self, template: &str) -> Result<String, Why> {
        let (mut filled, mut rest) = (String::with_capacity(template.len()), template);
        while let Some((before, after)) = rest.split_once("{{") {
            let (tag, after) = after.split_once("}}").ok_or_else(|| why("it holds {{ without its }}"))?;
            filled.push_str(before);
            filled.push_str(self.value(tag.trim())?);
            within(&filled)?;
            rest = after;
        }
        filled.push_str(rest);
        within(&filled)?;
        Ok(filled)
    }

    fn value(&self, tag: &str) -> Result<&str, Why> {
        let name = tag.strip_prefix("args.");
        match name.and_then(|name| self.0.iter().find(|(held, _)| held == name)) {
            Some((_, Held::Value(value))) => Ok(value),
            Some((name, Held::Secret)) => {
                Err(why(&format!("its argument {name} is in a Secret, and Secrets are not read")))
            }
            Some((_, Held::Nothing)) | None => Err(why(&format!("nothing is known of its {{{{{tag}}}}}"))),
        }
    }
}

/// What a template declares for an argument.
fn held(declared: &Value) -> Held {
    if declared.pointer("/valueFrom/secretKeyRef").is_some_and(Value::is_object) {
        return Held::Secret;
    }
    declared.get("value").and_then(Value::as_str).map_or(Held::Nothing, |value| Held::Value(value.to_owned()))
}

/// What the Rollout's analysis gives for an argument.
fn given_value(given: &Value, rollout: &Custom) -> Result<String, Why> {
    let hash = text(given, "/valueFrom/podTemplateHashValue").and_then(|which| match which {
        "Latest" => Some(("/status/currentPodHash", "newest")),
        "Stable" => Some(("/status/stableRS", "stable")),
        _ => None,
    });
    if let Some((place, which)) = hash {
        let hash = text(&rollout.body, place).map(str::to_owned);
        return hash
            .ok_or_else(|| why(&format!("{} does not say yet which version is the {which} one", rollout.meta.at)));
    }
    match text(given, "/valueFrom/fieldRef/fieldPath") {
        Some(path) => {
            field(&rollout.body, path).ok_or_else(|| why(&format!("{} has no field {path}", rollout.meta.at)))
        }
        None => Ok(text(given, "/value").unwrap_or_default().to_owned()),
    }
}

/// A field of the Rollout as text. Of the metadata some are known, with labels and annotations as `metadata.labels['KEY']`
/// (empty where there is none), as in the downward API; all else goes by names and places in lists.
fn field(rollout: &Value, path: &str) -> Option<String> {
    if path.starts_with("metadata") {
        for map in ["labels", "annotations"] {
            let key = path.strip_prefix(&format!("metadata.{map}['")).and_then(|rest| rest.strip_suffix("']"));
            if let Some(key) = key {
                let value = rollout.get("metadata")?.get(map).and_then(|map| map.get(key)).and_then(Value::as_str);
                return Some(value.unwrap_or_default().to_owned());
            }
        }
        let known = ["name", "namespace", "uid"].into_iter().find(|known| path == format!("metadata.{known}"))?;
        return rollout.get("metadata")?.get(known)?.as_str().map(str::to_owned);
    }
    let sections = path.split(['.', '[', ']']).filter(|section| !section.is_empty());
    let found = sections.into_iter().try_fold(rollout, |at, section| match at {
        Value::Array(items) => items.get(section.parse::<usize>().ok()?),
        Value::Object(fields) => fields.get(section),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        // Go's JSON knows no whole numbers: 5.0 is 5.
        Value::Number(number) => number.as_f64().map(|number| number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
