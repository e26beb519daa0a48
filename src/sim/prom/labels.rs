//! Label sets and what selects them, as Prometheus' `model/labels` has them: sorted by name, an empty value is a label that is
//! not there, regular expressions match the whole value.

use std::{fmt, sync::Arc};

use regex::Regex;

/// The label that holds the name of the metric.
pub(crate) const NAME: &str = "__name__";

/// What identifies a series: labels sorted by name, none of them empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LabelSet(Arc<[(Arc<str>, Arc<str>)]>);

impl LabelSet {
    /// Sorts and drops what is empty. Of labels with the same name the first stays.
    pub fn new(mut labels: Vec<(Arc<str>, Arc<str>)>) -> Self {
        labels.retain(|(_, value)| !value.is_empty());
        labels.sort_by(|a, b| a.0.cmp(&b.0));
        labels.dedup_by(|later, first| later.0 == first.0);
        Self(labels.into())
    }

    /// The value of a label; empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(label, _)| &**label == name).map_or("", |(_, value)| value)
    }

    /// Names and values in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Only the labels that are wanted.
    #[must_use]
    pub(super) fn keep(&self, wanted: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, _)| wanted(name)).cloned().collect())
    }

    /// Without the name of the metric: what any calculation does to a series.
    #[must_use]
    pub(super) fn nameless(&self) -> Self {
        self.keep(|name| name != NAME)
    }

    /// With one label set anew; an empty value removes it.
    #[must_use]
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let mut labels = vec![(Arc::from(name), Arc::from(value))];
        labels.extend(self.0.iter().filter(|(label, _)| &**label != name).cloned());
        Self::new(labels)
    }
}

impl fmt::Display for LabelSet {
    /// As Prometheus writes it in its error messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (n, (name, value)) in self.iter().enumerate() {
            write!(f, "{}{name}={value:?}", if n > 0 { ", " } else { "" })?;
        }
        f.write_str("}")
    }
}

/// How a matcher compares.
#[derive(Clone, Debug)]
enum Test {
    Equal,
    NotEqual,
    Like(Regex),
    Unlike(Regex),
}

/// One condition of a selector.
#[derive(Clone, Debug)]
pub struct Matcher {
    name: String,
    value: String,
    test: Test,
}

impl Matcher {
    /// A matcher with one of the operators `=`, `!=`, `=~`, `!~`.
    pub(super) fn new(name: &str, operator: &str, value: &str) -> Result<Self, String> {
        let anchored = || {
            Regex::new(&format!("^(?s:{value})$"))
                .map_err(|why| format!("error parsing regexp: {}", why.to_string().replace('\n', " ")))
        };
        let test = match operator {
            "=" => Test::Equal,
            "!=" => Test::NotEqual,
            "=~" => Test::Like(anchored()?),
            "!~" => Test::Unlike(anchored()?),
            other => return Err(format!("{other:?} does not compare labels")),
        };
        Ok(Self { name: name.to_owned(), value: value.to_owned(), test })
    }

    /// Which label it looks at.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The value that the label must have, if only one will do.
    pub(super) fn exactly(&self) -> Option<&str> {
        matches!(self.test, Test::Equal).then_some(self.value.as_str())
    }

    /// Whether a value satisfies it; a label that is not there has an empty value.
    pub(super) fn matches(&self, value: &str) -> bool {
        match &self.test {
            Test::Equal => value == self.value,
            Test::NotEqual => value != self.value,
            Test::Like(regex) => regex.is_match(value),
            Test::Unlike(regex) => !regex.is_match(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(labels: &[(&str, &str)]) -> LabelSet {
        LabelSet::new(labels.iter().map(|(name, value)| (Arc::from(*name), Arc::from(*value))).collect())
    }

    #[test]
    fn an_empty_label_is_not_there() {
        let labels = set(&[("pod", "a"), ("code", ""), ("__name__", "up")]);
        assert_eq!(labels.to_string(), r#"{__name__="up", pod="a"}"#);
        assert_eq!(labels.get("code"), "");
        assert_eq!(labels.with("pod", ""), set(&[("__name__", "up")]));
    }

    #[test]
    fn regular_expressions_match_whole_values() {
        let like = |regex| Matcher::new("pod", "=~", regex).unwrap();
        assert!(like("web-.*").matches("web-1"));
        assert!(!like("web").matches("web-1"));
        assert!(like("a|b").matches("b"));
        assert!(!like("a|b").matches("bc"));
        assert!(like(".*").matches(""));
        assert!(like("a.b").matches("a\nb"));
        assert!(Matcher::new("pod", "=~", "(").unwrap_err().starts_with("error parsing regexp"));
    }
}
