//! What differs between an object as a card was made from it and as it is now, and who did it.

use serde_json::Value;

use super::who::{self, Hand};
use crate::{
    domain::{Moment, Text},
    systems::parts::{Part, parts},
};

/// Parts that are named; more are counted.
const NAMED: usize = 3;

/// What differs between an object as a card was made from it and as it is now, in one sentence that names who wrote it last
/// (`image of app: web:1 → web:2, by kubectl-set 3 s ago`); None when nothing that anybody steers differs.
pub fn changed(before: &Value, now: &Value, at: Moment) -> Option<Text> {
    let uid = |whole: &Value| whole.pointer("/metadata/uid").cloned();
    if uid(before) != uid(now) {
        return Some(Text::fixed("it was deleted and created again"));
    }
    let deleting = |whole: &Value| whole.pointer("/metadata/deletionTimestamp").is_some_and(Value::is_string);
    if deleting(now) && !deleting(before) {
        return Some(Text::fixed("it is being deleted"));
    }
    let parts = parts(before, now);
    let hands = who::since(now, &who::marks(before));
    let lines: Vec<String> = grouped(&parts, &hands, at);
    (!lines.is_empty()).then(|| Text::clean(&lines.join("; ")))
}

/// The parts, each writer named once, after the last of a row of parts that are his.
fn grouped(parts: &[Part], hands: &[Hand<'_>], at: Moment) -> Vec<String> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for part in parts.iter().take(NAMED) {
        let says = format!("{}: {} → {}", part.what, part.before, part.after);
        let by = by(part, hands, at);
        match lines.last_mut() {
            Some((said, writer)) if *writer == by => *said = format!("{said}, {says}"),
            Some(_) | None => lines.push((says, by)),
        }
    }
    let mut lines: Vec<String> = lines.into_iter().map(|(says, by)| format!("{says}{by}")).collect();
    if parts.len() > NAMED {
        lines.push(format!("and {} more", parts.len() - NAMED));
    }
    lines
}

/// Who wrote it since. A field that was taken away has no owner any more: the last one to write the spec may have done it.
fn by(part: &Part, hands: &[Hand<'_>], at: Moment) -> String {
    match (who::wrote(hands, &part.fields), who::newest(hands)) {
        (Some(hand), _) => format!(", by {}", hand.told(at)),
        // Whoever writes the object itself becomes the owner of the number.
        (None, _) if part.what == *"replicas" => " (through /scale, by somebody who left no name)".to_owned(),
        (None, Some(hand)) => format!(" (the spec was last written by {})", hand.told(at)),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::sample::NOW,
        steer::fixture::{hand, managed},
        systems::fixture::{deployment, with},
    };
    use serde_json::json;

    fn says(before: &Value, now: &Value) -> Option<String> {
        changed(before, now, NOW).map(|text| text.to_string())
    }

    fn image(manager: &str, secs: i64) -> Value {
        let containers = json!({"k:{\"name\":\"app\"}": {".": {}, "f:image": {}}});
        hand(manager, "", secs, &json!({"f:spec": {"f:template": {"f:spec": {"f:containers": containers}}}}))
    }

    #[test]
    fn it_names_who_wrote_what() {
        let now = managed(deployment("web:4"), &[image("helm", -300), image("kubectl-set", -3)]);
        assert_eq!(says(&deployment("web:3"), &now).unwrap(), "image of app: web:3 → web:4, by kubectl-set 3 s ago");
    }

    #[test]
    fn an_hpa_is_known_by_its_door() {
        let scale = hand("kube-controller-manager", "scale", -15, &json!({"f:spec": {"f:replicas": {}}}));
        let status = hand("kube-controller-manager", "status", -1, &json!({"f:status": {}, "f:spec": {}}));
        let now = managed(
            with(deployment("web:4"), "/spec/replicas", json!(5)),
            &[image("kubectl-set", -130), scale, status],
        );
        assert_eq!(
            says(&deployment("web:3"), &now).unwrap(),
            "image of app: web:3 → web:4, by kubectl-set 2 min ago; \
             replicas: 3 → 5, by an HPA (kube-controller-manager, scale) 15 s ago"
        );
    }

    #[test]
    fn who_owns_a_whole_list_wrote_its_items() {
        let route = |v1: u32, v2: u32| {
            let backends = json!([{"name": "app-v1", "weight": v1}, {"name": "app-v2", "weight": v2}]);
            json!({"metadata": {"uid": "1"}, "spec": {"rules": [{"backendRefs": backends}]}})
        };
        let now = managed(route(95, 5), &[hand("kubectl-patch", "", -2, &json!({"f:spec": {"f:rules": {}}}))]);
        assert_eq!(
            says(&route(70, 30), &now).unwrap(),
            "weight of app-v1: 70 → 95, weight of app-v2: 30 → 5, by kubectl-patch 2 s ago"
        );
    }

    #[test]
    fn what_was_taken_away_has_no_owner() {
        let before = with(deployment("web:3"), "/spec/paused", json!(true));
        let now = managed(deployment("web:3"), &[image("kubectl-rollout", -4)]);
        assert_eq!(
            says(&before, &now).unwrap(),
            "paused: yes → no (the spec was last written by kubectl-rollout 4 s ago)"
        );
        assert_eq!(says(&before, &deployment("web:3")).unwrap(), "paused: yes → no");
        let before = managed(before, &[image("kubectl-rollout", -4)]);
        assert_eq!(says(&before, &now).unwrap(), "paused: yes → no", "he has not written since");
    }

    #[test]
    fn a_scale_without_a_name_is_nobody_elses() {
        let now = managed(with(deployment("web:3"), "/spec/replicas", json!(5)), &[image("kubectl-set", -4)]);
        let says = says(&deployment("web:3"), &now).unwrap();
        assert_eq!(says, "replicas: 3 → 5 (through /scale, by somebody who left no name)");
    }

    #[test]
    fn many_parts_are_counted_and_notes_of_the_machinery_are_not() {
        let spec = json!({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5});
        let (before, after) =
            (json!({"metadata": {"uid": "web"}, "spec": {}}), json!({"metadata": {"uid": "web"}, "spec": spec}));
        assert!(says(&before, &after).unwrap().ends_with("c: none → 3; and 2 more"));
        let churn = with(deployment("web:3"), "/metadata/annotations/deployment.kubernetes.io~1revision", json!("4"));
        assert_eq!(says(&deployment("web:3"), &churn), None);
        let other = with(deployment("web:3"), "/metadata/uid", json!("other"));
        assert_eq!(says(&deployment("web:3"), &other).unwrap(), "it was deleted and created again");
    }
}
