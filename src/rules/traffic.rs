//! Rules that look at what is measured: numbers come every few seconds and for all rollouts, so they are asked apart from the
//! others, and with nothing but the rollout and what was made of its numbers.

use super::{blame, burn, order, split};
use crate::domain::{Finding, Judged, Name, Rollout};

/// All that these rules may look at.
pub struct Sight<'a> {
    /// The rollout with its newest numbers.
    pub rollout: &'a Rollout,
    /// What is said of its versions; None unless it is looked at.
    pub judged: Option<&'a Judged>,
}

/// A row of the table.
pub struct TrafficRule {
    /// Its name; a contract of `status --output json`.
    pub name: &'static str,
    /// What it notices, for the documentation.
    pub about: &'static str,
    /// The rule.
    pub check: fn(&Sight<'_>) -> Vec<Finding>,
}

/// All of them; the order breaks ties.
pub const OF_TRAFFIC: &[TrafficRule] = &[
    TrafficRule { name: "budget-burns", about: "an error budget burns too fast", check: burn::check },
    TrafficRule { name: "not-the-release", about: "what hurts is not the release", check: blame::check },
    TrafficRule {
        name: "share-off",
        about: "a version does not get the share that is routed to it",
        check: split::seen,
    },
    TrafficRule { name: "route-off", about: "the router is told another share than is wanted", check: split::routed },
];

/// Puts what these rules notice in the place of what they noticed before.
pub fn watch(rollout: &mut Rollout, judged: Option<&Judged>) {
    let is_ours = |finding: &Finding| OF_TRAFFIC.iter().any(|rule| finding.rule == *rule.name);
    let sight = Sight { rollout, judged };
    let found = OF_TRAFFIC.iter().flat_map(|rule| {
        let named = |finding: Finding| Finding { rule: Name::fixed(rule.name), ..finding };
        (rule.check)(&sight).into_iter().map(named)
    });
    let found: Vec<Finding> = found.collect();
    rollout.findings.retain(|finding| !is_ours(finding));
    if !found.is_empty() {
        rollout.findings.extend(found);
        rollout.findings.sort_by_key(order);
    }
}
