//! An error budget that burns too fast: over a long window, and still so over a short one.

use std::time::Duration;

use super::{
    said::Said,
    traffic::Sight,
    words::{describe, span},
};
use crate::domain::{Budget, Finding, Rollout, Severity};

/// A version that makes more than this part of what burns is named.
const MOST: f64 = 0.5;

/// The most urgent alarm.
pub(super) fn check(sight: &Sight<'_>) -> Vec<Finding> {
    let rollout = sight.rollout;
    let Some(budget) = &rollout.door.budget else { return Vec::new() };
    let Some(rung) = budget.alarm() else { return Vec::new() };
    let rate = |window: Duration| budget.burn(window).map_or_else(|| "?".to_owned(), |rate| format!("{rate:.1}"));
    let gone = match (budget.left, budget.gone_in(rung.long)) {
        (Some(left), _) if left <= 0.0 => "nothing is left".to_owned(),
        (_, Some(gone)) => format!("gone in {}", span(gone)),
        (_, None) => "what is left is not known".to_owned(),
    };
    let message = format!(
        "the error budget of {} over {} burns {}x over {} and {}x over {}: {gone}{}",
        objective(budget.slo.objective),
        span(budget.slo.over),
        rate(rung.long),
        span(rung.long),
        rate(rung.short),
        span(rung.short),
        culprit(rollout, budget),
    );
    let urgent = if rung.pages { "now: it wakes people" } else { "in the next days: it is worth a ticket" };
    let said = Said {
        severity: if rung.pages { Severity::Critical } else { Severity::Warning },
        sticks: false,
        label: "budget burns",
        message,
        advice: format!("from {:.1}x on somebody should look {urgent}; {}", rung.burn, describe(&rollout.at)),
        about: rollout.at.clone(),
        since: None,
        detail: Vec::new(),
    };
    vec![said.of_all()]
}

/// `; app-v2 makes 71 % of it`.
fn culprit(rollout: &Rollout, budget: &Budget) -> String {
    let most = budget.by.iter().filter(|(_, part)| *part > MOST).max_by(|a, b| a.1.total_cmp(&b.1));
    let named = most.and_then(|(uid, part)| Some((rollout.version(uid)?, part)));
    named.filter(|_| budget.by.len() > 1).map_or_else(String::new, |(version, part)| {
        let name = version.called();
        format!("; {name} makes {:.0} % of it", part * 100.0)
    })
}

/// `99.9 %`.
fn objective(share: f64) -> String {
    let percent = format!("{:.4}", share * 100.0);
    format!("{} %", percent.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::super::{story::Story, watch};
    use crate::domain::{
        Budget, Finding, Role, Severity, Slo,
        sample::{self},
    };
    use std::time::Duration;

    /// What is found with this much left, at these rates over so many minutes.
    fn found(left: f64, burns: &[(u64, f64)]) -> Vec<Finding> {
        let story = Story::of(vec![sample::ready("n")]).with(Role::Stable, "web:1", vec![sample::ready("s")]);
        let mut rollout = story.rollout;
        let over = Duration::from_hours(720);
        rollout.door.budget = Some(Budget {
            slo: Slo { namespace: "*".into(), rollout: "*".into(), objective: 0.999, over },
            left: Some(left),
            burns: burns.iter().map(|(minutes, burn)| (Duration::from_mins(*minutes), *burn)).collect(),
            by: vec![(rollout.versions[0].uid.clone(), 0.71), (rollout.versions[1].uid.clone(), 0.29)],
        });
        watch(&mut rollout, None);
        rollout.findings
    }

    #[test]
    fn a_fast_burn_wakes_and_names_who() {
        let finding = &found(0.62, &[(5, 31.0), (60, 14.9), (360, 3.0)])[0];
        assert_eq!(
            finding.message,
            "the error budget of 99.9 % over 30 days burns 14.9x over 60 min and 31.0x over 5 min: gone in \
             29 h; web:2 makes 71 % of it"
        );
        assert_eq!((finding.severity, finding.rule.as_str()), (Severity::Critical, "budget-burns"));
    }

    #[test]
    fn a_slow_burn_is_a_ticket_and_an_empty_budget_says_so() {
        let finding = &found(-0.1, &[(5, 1.5), (60, 1.5), (360, 1.5), (4_320, 1.2)])[0];
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.message.contains(": nothing is left; web:2"), "{}", finding.message);
    }

    #[test]
    fn what_is_over_is_no_finding() {
        assert_eq!(found(0.1, &[(5, 0.3), (30, 0.3), (60, 20.0), (360, 8.0)]), []);
    }
}
