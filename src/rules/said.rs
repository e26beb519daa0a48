//! What a rule says before it is known whose rule it is, and how it becomes a [`Finding`].

use super::{Case, Side, lens::Sick};
use crate::domain::{Finding, Moment, Ref, Severity, Text, Uid};

/// Label, message and advice.
pub(super) type Words = (&'static str, String, String);

/// The words of a rule.
pub(super) struct Said {
    pub(super) severity: Severity,
    pub(super) sticks: bool,
    /// At most three words.
    pub(super) label: &'static str,
    pub(super) message: String,
    pub(super) advice: String,
    pub(super) about: Ref,
    pub(super) since: Option<Moment>,
    pub(super) detail: Vec<Text>,
}

impl Said {
    /// What keeps containers from starting, told of the worst pod, since the first of them was made. None of no pods.
    pub(super) fn unstarted(found: &[Sick<'_>], (label, message, advice): Words) -> Option<Self> {
        Some(Self {
            severity: Severity::Critical,
            sticks: true,
            label,
            message,
            advice,
            about: found.first()?.pod.meta.at.clone(),
            since: found.iter().map(|sick| sick.pod.meta.created).min(),
            detail: Vec::new(),
        })
    }

    /// About one version. What hurts a version that is being replaced is a warning and does not stick: the rollout goes
    /// on without it.
    pub(super) fn of(self, case: &Case<'_>, side: &Side<'_>) -> Finding {
        let replaced = case.replaces(side.version);
        let severity = if replaced { self.severity.max(Severity::Warning) } else { self.severity };
        let sticks = self.sticks && !replaced;
        self.finding(severity, sticks, Some(side.version.uid.clone()))
    }

    /// About the rollout as a whole.
    pub(super) fn of_all(self) -> Finding {
        let (severity, sticks) = (self.severity, self.sticks);
        self.finding(severity, sticks, None)
    }

    fn finding(self, severity: Severity, sticks: bool, version: Option<Uid>) -> Finding {
        Finding {
            rule: "".into(),
            severity,
            message: Text::from(self.message),
            advice: Text::from(self.advice),
            about: self.about,
            version,
            since: self.since,
            sticks,
            label: Text::fixed(self.label),
            detail: self.detail,
        }
    }
}
