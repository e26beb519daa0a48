//! What is asked of rollouts by those who run them: the criteria of a verdict, and objectives with their error budgets. Nothing is
//! measured here.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Criteria, Ref, Text, Uid};

/// What the rollouts of a cluster are held to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Aims {
    /// Of verdicts.
    pub criteria: Criteria,
    /// Objectives. The first one that is for a rollout counts.
    pub slos: Vec<Slo>,
}

/// A service level objective: the share of requests that must not fail, over a time that moves on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slo {
    /// Which namespaces, `*` standing for anything.
    pub namespace: Text,
    /// Which rollouts, by name.
    pub rollout: Text,
    /// The share, 0 to 1.
    pub objective: f64,
    /// Over how long.
    pub over: Duration,
}

/// When a budget burns too fast: the rate exceeded over a long window, and over a short one, which says that it still does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// The long window.
    pub long: Duration,
    /// The short one.
    pub short: Duration,
    /// The rate that is too fast: 1 spends the budget in just the time of the objective.
    pub burn: f64,
    /// Whether somebody has to be woken.
    pub pages: bool,
}

/// Part of the budget that is spent in the long window, the windows, and whether somebody has to be woken: *The Site
/// Reliability Workbook* (O'Reilly 2018), chapter 5, table 5-8. Over 30 days these are rates of 14.4, 6 and 1.
const LADDER: [(f64, Duration, Duration, bool); 3] = [
    (0.02, Duration::from_hours(1), Duration::from_mins(5), true),
    (0.05, Duration::from_hours(6), Duration::from_mins(30), true),
    (0.1, Duration::from_hours(72), Duration::from_hours(6), false),
];

impl Slo {
    /// Whether it is for a rollout.
    pub fn is_for(&self, rollout: &Ref) -> bool {
        matches(&self.namespace, &rollout.namespace) && matches(&self.rollout, &rollout.name)
    }

    /// The share of requests that may fail.
    pub fn allowed(&self) -> f64 {
        1.0 - self.objective
    }

    /// When it burns too fast, the most urgent first.
    pub fn ladder(&self) -> [Rung; 3] {
        LADDER.map(|(spent, long, short, pages)| Rung {
            long,
            short,
            burn: spent * self.over.as_secs_f64() / long.as_secs_f64(),
            pages,
        })
    }
}

impl Aims {
    /// The objective of a rollout.
    pub fn of(&self, rollout: &Ref) -> Option<&Slo> {
        self.slos.iter().find(|slo| slo.is_for(rollout))
    }

    /// The windows over which failures have to be known, shortest first.
    pub fn windows(&self) -> Vec<Duration> {
        let ladders =
            self.slos.iter().flat_map(|slo| slo.ladder().into_iter().flat_map(|rung| [rung.long, rung.short]));
        let mut all: Vec<Duration> = ladders.chain(self.slos.iter().map(|slo| slo.over)).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// What is left of a rollout's error budget, and how fast it goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// The objective.
    pub slo: Slo,
    /// The part that is left, 1 for all of it; below 0 it is overspent. None while it is not known.
    pub left: Option<f64>,
    /// How fast it burns over each window that is known, shortest first; 1 spends it in just the time of the objective.
    pub burns: Vec<(Duration, f64)>,
    /// The part of what burnt over the shortest window that each version made, 0 to 1.
    pub by: Vec<(Uid, f64)>,
}

impl Budget {
    /// How fast it burns over a window.
    pub fn burn(&self, window: Duration) -> Option<f64> {
        self.burns.iter().find(|(known, _)| *known == window).map(|(_, burn)| *burn)
    }

    /// The most urgent rung of which both windows burn too fast.
    pub fn alarm(&self) -> Option<Rung> {
        let is_over = |window, rung: &Rung| self.burn(window).is_some_and(|burn| burn >= rung.burn);
        self.slo.ladder().into_iter().find(|rung| is_over(rung.long, rung) && is_over(rung.short, rung))
    }

    /// When nothing is left, at the rate of that window; None if it does not run out, or is not known.
    pub fn gone_in(&self, window: Duration) -> Option<Duration> {
        let (left, burn) = (self.left?.max(0.0), self.burn(window)?);
        (burn > 1.0).then(|| Duration::try_from_secs_f64(left * self.slo.over.as_secs_f64() / burn).ok())?
    }
}

/// Whether a text is what a pattern stands for: `*` is any number of characters, all others are themselves.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(first) else { return false };
    (0..=text.len()).any(|skipped| text.get(skipped..).is_some_and(|text| matches(rest, text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Kind, sample};

    fn slo() -> Slo {
        Slo { namespace: "*".into(), rollout: "*".into(), objective: 0.999, over: Duration::from_hours(720) }
    }

    const MINUTES: fn(u64) -> Duration = Duration::from_mins;

    #[test]
    fn patterns_are_whole_names() {
        let named = |namespace: &str, rollout: &str| {
            let slo = Slo { namespace: namespace.into(), rollout: rollout.into(), ..slo() };
            slo.is_for(&sample::at(Kind::DEPLOYMENT, "web-front"))
        };
        assert!(named("*", "*") && named("shop", "web-*") && named("sh*p", "*b*t") && named("shop", "web-front"));
        assert!(!named("shop", "web") && !named("sho", "*") && !named("*", "*-") && !named("shop*s", "*"));
    }

    #[test]
    fn the_ladder_over_a_month_is_the_workbook_s() {
        let rates = slo().ladder().map(|rung| (rung.burn * 10.0).round() / 10.0);
        assert_eq!(rates.map(|rate| rate.to_string()), ["14.4", "6", "1"]);
        let week = Slo { over: Duration::from_hours(168), ..slo() };
        assert!((week.ladder()[0].burn - 3.36).abs() < 1e-9);
        let windows = Aims { slos: vec![slo()], ..Aims::default() }.windows();
        assert_eq!(windows, [5, 30, 60, 360, 4_320, 43_200].map(MINUTES));
    }

    #[test]
    fn an_alarm_needs_both_windows() {
        let budget = |burns: &[(u64, f64)]| Budget {
            slo: slo(),
            left: Some(0.5),
            burns: burns.iter().map(|(minutes, burn)| (MINUTES(*minutes), *burn)).collect(),
            by: Vec::new(),
        };
        let alarm = |burns: &[(u64, f64)]| budget(burns).alarm().map(|rung| rung.long);
        assert_eq!(alarm(&[(5, 20.0), (60, 15.0)]), Some(MINUTES(60)));
        assert_eq!(alarm(&[(5, 1.0), (60, 15.0)]), None, "it is over");
        assert_eq!(alarm(&[(5, 20.0), (60, 2.0)]), None, "it was short");
        assert_eq!(alarm(&[(5, 7.0), (30, 7.0), (60, 7.0), (360, 6.5)]), Some(MINUTES(360)));
        let gone = budget(&[(60, 36.0)]).gone_in(MINUTES(60));
        assert_eq!(gone, Some(Duration::from_hours(10)));
        assert_eq!(budget(&[(60, 0.5)]).gone_in(MINUTES(60)), None);
    }
}
