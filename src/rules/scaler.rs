//! Autoscalers that disagree with the spec, or that cannot do their work. What they will do is said, not what should be.

use std::time::Duration;

use super::{
    Case, Noticed,
    said::Said,
    words::{brief, describe},
};
use crate::domain::{Hpa, Severity, Truth};

/// A scaling that is younger was undone by whoever wrote another number since.
const JUST_NOW: Duration = Duration::from_mins(1);

/// The label of an autoscaler without metrics.
const BLIND: &str = "hpa blind";

/// One finding for each autoscaler at most; never sticks.
pub(super) fn check(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    for hpa in &case.scalers {
        let Some((severity, label, message)) = quarrel(case, hpa) else { continue };
        let advice = match label {
            BLIND => "see whether its metrics are served",
            _ => "change the autoscaler's bounds rather than replicas",
        };
        let said = Said {
            severity,
            sticks: false,
            label,
            message,
            advice: format!("{advice}; {}", describe(&hpa.meta.at)),
            about: hpa.meta.at.clone(),
            since: None,
            detail: Vec::new(),
        };
        noticed.add(said.of_all());
    }
    // A scaling stops being young without a word from the server.
    let young = case.scalers.iter().filter_map(|hpa| hpa.scaled).map(|at| at.plus(JUST_NOW));
    noticed.wake(young.filter(|at| *at > case.now));
    noticed
}

fn quarrel(case: &Case<'_>, hpa: &Hpa) -> Option<(Severity, &'static str, String)> {
    let name = format!("autoscaler {}", hpa.meta.at.name);
    let wanted = case.rollout.desired;
    let condition = |what: &str, truth| hpa.conditions.iter().find(move |c| c.name == what && c.truth == truth);
    if wanted == 0 {
        return None; // switched off by scaling to 0, as documented
    }
    if wanted < hpa.min || wanted > hpa.max {
        let (bound, word) = if wanted > hpa.max { (hpa.max, "maximum") } else { (hpa.min, "minimum") };
        let message = format!("{name} will bring replicas from {wanted} to its {word} of {bound}");
        return Some((Severity::Warning, "hpa fighting", message));
    }
    let just_now = hpa.scaled.is_some_and(|at| case.now.since(at) < JUST_NOW);
    if just_now && hpa.desired > 0 && hpa.desired != wanted {
        let message = format!(
            "{name} set replicas to {} just now, and the spec says {wanted}: someone else writes it",
            hpa.desired
        );
        return Some((Severity::Warning, "hpa fighting", message));
    }
    if let Some(c) = condition("ScalingActive", Truth::No).filter(|c| c.reason != "ScalingDisabled") {
        let message = format!("{name} cannot scale ({}): {}", c.reason, brief(&c.message, 120));
        return Some((Severity::Warning, BLIND, message));
    }
    let limited = condition("ScalingLimited", Truth::Yes).filter(|c| c.reason == "TooManyReplicas");
    let message = format!("{name} is at its maximum of {} and would scale further", hpa.max);
    (limited.is_some() && hpa.current >= hpa.max).then_some((Severity::Info, "hpa at maximum", message))
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        Hpa, Severity, Truth,
        sample::{self, ago, condition, later},
    };

    fn four(hpa: Hpa) -> Story {
        let mut story = Story::of(["a", "b", "c", "d"].map(sample::ready).into());
        story.scalers = vec![hpa];
        story
    }

    #[test]
    fn agreement_is_silent() {
        assert!(four(sample::hpa()).all("hpa-fighting").is_empty());
    }

    #[test]
    fn outside_of_the_bounds_it_will_correct() {
        let finding = four(Hpa { max: 3, ..sample::hpa() }).one("hpa-fighting");
        assert_eq!(finding.message, "autoscaler web will bring replicas from 4 to its maximum of 3");
        assert!(!finding.sticks);
        let finding = four(Hpa { min: 6, ..sample::hpa() }).one("hpa-fighting");
        assert_eq!(finding.message, "autoscaler web will bring replicas from 4 to its minimum of 6");
    }

    #[test]
    fn a_number_written_after_its_own_is_a_fight_for_a_minute() {
        let story = four(Hpa { desired: 7, scaled: Some(ago(20)), ..sample::hpa() });
        assert!(story.one("hpa-fighting").message.contains("set replicas to 7 just now, and the spec says 4"));
        assert_eq!(story.noticed().again, Some(later(40)));
        assert!(four(Hpa { desired: 7, ..sample::hpa() }).all("hpa-fighting").is_empty());
    }

    #[test]
    fn blind_or_at_its_end() {
        let with = |c| four(Hpa { max: 4, conditions: vec![c], ..sample::hpa() }).all("hpa-fighting");
        let blind = with(condition("ScalingActive", Truth::No, "FailedGetResourceMetric", ago(9)));
        assert_eq!((blind[0].severity, blind[0].label.as_str()), (Severity::Warning, "hpa blind"));
        let limited = with(condition("ScalingLimited", Truth::Yes, "TooManyReplicas", ago(9)));
        assert_eq!((limited[0].severity, limited[0].label.as_str()), (Severity::Info, "hpa at maximum"));
        assert!(with(condition("ScalingActive", Truth::No, "ScalingDisabled", ago(9))).is_empty());
    }
}
