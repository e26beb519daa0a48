//! Labels and the selectors that match them (`metav1.LabelSelector`).

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::Name;

/// A set of labels, sorted by key and shared: the pods of one ReplicaSet hold one copy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Labels(Arc<[(Name, Name)]>);

impl Default for Labels {
    fn default() -> Self {
        Self(Arc::from([]))
    }
}

impl Labels {
    /// The value of a label.
    pub fn get(&self, key: &str) -> Option<&Name> {
        let at = self.0.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = &(Name, Name)> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every label of `other` is here with the same value.
    pub fn contains(&self, other: &Self) -> bool {
        other.iter().all(|(key, value)| self.get(key) == Some(value))
    }
}

impl FromIterator<(Name, Name)> for Labels {
    fn from_iter<I: IntoIterator<Item = (Name, Name)>>(pairs: I) -> Self {
        let sorted: BTreeMap<Name, Name> = pairs.into_iter().collect();
        Self(sorted.into_iter().collect())
    }
}

/// A label selector. An empty one matches everything, as `metav1.LabelSelectorAsSelector` has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Selector {
    /// Labels that must be present with these values.
    pub equals: Labels,
    /// Further requirements; all must hold.
    pub expressions: Vec<Expression>,
}

/// One `matchExpressions` entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Expression {
    /// The label.
    pub key: Name,
    /// How its value is compared.
    pub operator: Operator,
    /// With what; empty for the two existence operators.
    pub values: Vec<Name>,
}

/// The operators of `matchExpressions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operator {
    /// The value is one of these.
    In,
    /// There is no such label, or its value is none of these.
    NotIn,
    /// There is such a label.
    Exists,
    /// There is no such label.
    DoesNotExist,
    /// An operator this program does not know: it matches nothing, which is the safe side.
    Other,
}

impl Selector {
    /// A selector for exactly these labels (a Service's form).
    pub fn labels(equals: Labels) -> Self {
        Self { equals, expressions: Vec::new() }
    }

    /// Whether an object with these labels is selected.
    pub fn matches(&self, labels: &Labels) -> bool {
        labels.contains(&self.equals) && self.expressions.iter().all(|e| e.holds(labels))
    }
}

impl Expression {
    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In => value.is_some_and(|v| self.values.contains(v)),
            Operator::NotIn => value.is_none_or(|v| !self.values.contains(v)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Other => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(k, v)| (Name::from(*k), Name::from(*v))).collect()
    }

    #[test]
    fn selectors_follow_the_api_rules() {
        let web = labels(&[("app", "web"), ("tier", "front")]);
        let expression = |operator, values: &[&str]| Selector {
            equals: labels(&[("app", "web")]),
            expressions: vec![Expression {
                key: "tier".into(),
                operator,
                values: values.iter().map(|v| Name::from(*v)).collect(),
            }],
        };
        assert!(Selector::default().matches(&web));
        assert!(expression(Operator::In, &["front", "back"]).matches(&web));
        assert!(!expression(Operator::NotIn, &["front"]).matches(&web));
        assert!(expression(Operator::NotIn, &["front"]).matches(&labels(&[("app", "web")])));
        assert!(expression(Operator::Exists, &[]).matches(&web));
        assert!(!expression(Operator::DoesNotExist, &[]).matches(&web));
        assert!(!expression(Operator::Other, &[]).matches(&web));
    }
}
