//! What hurts is not the release: the version beside the new one hurts as well, or pods of one place do, whatever they run.

use super::{
    said::Said,
    traffic::Sight,
    words::{count, describe},
};
use crate::domain::{Cause, Finding, Judgement, Name, Rollout, Severity, Text, num};

/// One finding at most for all versions: what they have in common is one thing.
pub(super) fn check(sight: &Sight<'_>) -> Vec<Finding> {
    let said = sight.judged.map_or(&[][..], |judged| &judged.said);
    said.iter().find_map(|said| blame(sight.rollout, said)).into_iter().collect()
}

fn blame(rollout: &Rollout, judged: &Judgement) -> Option<Finding> {
    let everywhere = judged.causes.iter().find(|cause| matches!(cause, Cause::Everywhere { .. }));
    let common = judged.causes.iter().find(|cause| matches!(cause, Cause::Common { .. }));
    let place = common.and_then(place);
    let (message, since) = match everywhere {
        Some(Cause::Everywhere { since, before, after, neighbours }) => {
            let stable = rollout.version(&judged.stable)?;
            let name = stable.called();
            let (before, after) = (num::percent(*before), num::percent(*after));
            let others = others(neighbours, place.as_ref());
            (format!("{name} hurts equally ({before} to {after} % fail){others}: undo will not help"), Some(*since))
        }
        _ => (place.as_ref()?.says.clone(), None),
    };
    let advice = match &place {
        Some(Place { kind, value, .. }) if *kind == "node" => {
            format!("look at it: kubectl describe node {value}; its pods may be moved")
        }
        Some(Place { kind, value, .. }) => format!("look at what {kind} {value} has that others have not"),
        None => format!("look at what all of them need: a database, the network, a node; {}", describe(&rollout.at)),
    };
    let detail = place.filter(|_| everywhere.is_some()).map(|place| Text::clean(&place.says));
    let said = Said {
        severity: Severity::Warning,
        sticks: false,
        label: "not the release",
        message,
        advice,
        about: rollout.at.clone(),
        since,
        detail: detail.into_iter().collect(),
    };
    Some(said.of_all())
}

/// What bad pods have in common.
struct Place<'a> {
    kind: &'a Name,
    value: &'a Text,
    neighbours: &'a [Name],
    says: String,
}

fn place(cause: &Cause) -> Option<Place<'_>> {
    let Cause::Common { kind, value, there, elsewhere, pods, neighbours } = cause else { return None };
    let (there, elsewhere) = (num::percent(*there), num::percent(*elsewhere));
    let pods = count(num::count_usize(i32::try_from(*pods).unwrap_or(i32::MAX)), "pod");
    let says = format!("{} {there} % of the requests failed so far ({pods}), elsewhere {elsewhere} %", at(kind, value));
    Some(Place { kind, value, neighbours, says })
}

/// `on node n1`, `in zone b`, `in pool spot`, `on machine type m7g.large`, `with image abc`.
fn at(kind: &Name, value: &Text) -> String {
    let preposition = match kind.as_str() {
        "node" | "machine type" => "on",
        "zone" | "pool" => "in",
        _ => "with",
    };
    format!("{preposition} {kind} {value}")
}

/// `, as do 6 others in pool B`.
fn others(neighbours: &[Name], place: Option<&Place<'_>>) -> String {
    let there = place.filter(|place| !place.neighbours.is_empty());
    let (many, at) = match there {
        Some(place) => (place.neighbours, format!(" {}", at(place.kind, place.value))),
        None => (neighbours, String::new()),
    };
    match (many.len(), many) {
        (0, _) => String::new(),
        (1, [only]) => format!(", as does {only}{at}"),
        (many, _) => format!(", as do {many} others{at}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{story::Story, watch};
    use crate::domain::{
        Cause, Compared, Finding, Judged, Judgement, Name, Readout, Role, Severity, Total, Verdict,
        sample::{self, NOW, ago},
    };

    /// What is found where this is what hurts the canary.
    fn found(causes: Vec<Cause>) -> Vec<Finding> {
        let story = Story::of(vec![sample::ready("n")]).with(Role::Stable, "web:1", vec![sample::ready("s")]);
        let mut rollout = story.rollout;
        let of = |compared| Readout {
            compared,
            verdict: Verdict::Worse,
            effect: None,
            since: None,
            level: 0.01,
            matters: 0.005,
            noise: 1.0,
        };
        let said = vec![Judgement {
            new: rollout.versions[0].uid.clone(),
            stable: rollout.versions[1].uid.clone(),
            at: NOW,
            new_total: Total::default(),
            stable_total: Total::default(),
            errors: of(Compared::Errors),
            latency: of(Compared::Latency { quantile: 0.95, slow: None }),
            causes,
            outliers: vec![],
            unequal: vec![],
        }];
        let judged = Judged { of: rollout.at.clone(), said, crowds: vec![] };
        watch(&mut rollout, Some(&judged));
        rollout.findings
    }

    fn everywhere(neighbours: &[&str]) -> Cause {
        let neighbours = neighbours.iter().map(|name| Name::from(*name)).collect();
        Cause::Everywhere { since: ago(240), before: 0.01, after: 0.1, neighbours }
    }

    fn common(kind: &str, neighbours: usize) -> Cause {
        let neighbours = (0..neighbours).map(|n| Name::from(format!("n{n}"))).collect();
        Cause::Common { kind: kind.into(), value: "b".into(), there: 0.05, elsewhere: 0.001, pods: 4, neighbours }
    }

    #[test]
    fn what_the_release_does_is_no_excuse() {
        assert_eq!(found(vec![Cause::Release]), []);
    }

    #[test]
    fn what_hurts_both_and_others_is_not_undone() {
        let finding = &found(vec![everywhere(&["cart"])])[0];
        assert_eq!(finding.message, "web:1 hurts equally (1 to 10 % fail), as does cart: undo will not help");
        assert_eq!((finding.since, finding.severity), (Some(ago(240)), Severity::Warning));
        let finding = &found(vec![everywhere(&["cart", "pay"]), common("pool", 6)])[0];
        let says = "web:1 hurts equally (1 to 10 % fail), as do 6 others in pool b: undo will not help";
        assert_eq!(finding.message, says);
        assert_eq!(finding.detail, ["in pool b 5 % of the requests failed so far (4 pods), elsewhere 0.1 %"]);
    }

    #[test]
    fn a_bad_node_is_named_with_what_to_do() {
        let finding = &found(vec![common("node", 0)])[0];
        assert_eq!(finding.message, "on node b 5 % of the requests failed so far (4 pods), elsewhere 0.1 %");
        assert!(finding.advice.contains("kubectl describe node b"));
    }
}
