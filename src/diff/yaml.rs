//! A template as lines of YAML, each with the place that it is at. It is for reading: keys stand in one order, names first.

use serde_json::{Map, Value};

use super::align::{COMMENT, key_of};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Row {
    /// The keys and names of elements that lead to it.
    pub(super) path: Vec<String>,
    /// The line.
    pub(super) text: String,
}

/// The lines of a template.
pub(super) fn rows(template: &Value) -> Vec<Row> {
    let mut writer = Writer { path: Vec::new(), rows: Vec::new() };
    if let Value::Object(members) = template {
        writer.members(members, 0, "");
    }
    writer.rows
}

struct Writer {
    path: Vec<String>,
    rows: Vec<Row>,
}

impl Writer {
    fn row(&mut self, text: String) {
        self.rows.push(Row { path: self.path.clone(), text });
    }

    /// The members of a map; `lead` stands before the first one in place of the last two columns.
    fn members(&mut self, members: &Map<String, Value>, columns: usize, lead: &str) {
        let mut keys: Vec<&String> = members.keys().collect();
        keys.sort_by_key(|key| (rank(key), key.strip_prefix(COMMENT).unwrap_or(key), !key.starts_with(COMMENT)));
        for (index, key) in keys.into_iter().enumerate() {
            let Some(value) = members.get(key) else { continue };
            let before = if index == 0 { lead } else { "" };
            let start = format!("{:1$}{before}", "", columns - before.len());
            self.path.push(key.clone());
            self.member(key, value, columns, &start);
            self.path.pop();
        }
    }

    fn member(&mut self, key: &str, value: &Value, columns: usize, start: &str) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                self.row(format!("{start}{key}:"));
                self.members(members, columns + 2, "");
            }
            Value::Array(items) if !items.is_empty() => {
                self.row(format!("{start}{key}:"));
                for item in items {
                    self.item(key, item, columns);
                }
            }
            Value::String(text) if key.starts_with(COMMENT) => self.row(format!("{start}{key}: {text}")),
            Value::String(text) if is_block(text) => {
                self.row(format!("{start}{key}: {}", opening(text)));
                self.block(text, columns + 2);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                self.row(format!("{start}{}: {}", quoted(key), scalar(value)));
            }
        }
    }

    fn item(&mut self, field: &str, item: &Value, columns: usize) {
        self.path.push(key_of(field, item).unwrap_or_default());
        match item {
            Value::Object(members) if !members.is_empty() => self.members(members, columns + 2, "- "),
            Value::String(text) if is_block(text) => {
                self.row(format!("{:columns$}- {}", "", opening(text)));
                self.block(text, columns + 2);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                self.row(format!("{:columns$}- {}", "", scalar(item)));
            }
        }
        self.path.pop();
    }

    fn block(&mut self, text: &str, columns: usize) {
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            self.row(format!("{:columns$}{}", "", line.replace('\t', "\\t")));
        }
    }
}

/// What names a thing stands before what it is like.
fn rank(key: &str) -> usize {
    ["name", "image"].iter().position(|first| *first == key).unwrap_or(2)
}

/// How a block of lines opens: it tells whether line breaks end it.
fn opening(text: &str) -> &'static str {
    match (text.ends_with("\n\n"), text.ends_with('\n')) {
        (true, _) => "|+",
        (false, true) => "|",
        (false, false) => "|-",
    }
}

/// Scripts are read line by line; other control characters than line breaks and tabs would be lost in them.
fn is_block(text: &str) -> bool {
    text.contains('\n') && !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t')
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// A text in quotes where YAML would take it for something else, or where an end could not be seen.
fn quoted(text: &str) -> String {
    const WORDS: [&str; 8] = ["true", "false", "null", "yes", "no", "on", "off", "~"];
    let starts_odd = |c: char| "-?:,[]{}#&*!|>'\"%@` ".contains(c);
    let is_odd = text.is_empty()
        || text.starts_with(starts_odd) && !is_flag(text)
        || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #")
        || text.contains(char::is_control)
        || text.parse::<f64>().is_ok()
        || WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_odd { Value::from(text).to_string() } else { text.to_owned() }
}

/// `-v` and `--port=80` are no elements of a list: no space follows the dash.
fn is_flag(text: &str) -> bool {
    text.starts_with('-') && text.trim_start_matches('-').starts_with(char::is_alphanumeric)
}
