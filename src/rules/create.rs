//! Pods, or the ReplicaSet itself, that the API server refuses to create: `ReplicaFailure` on a version, and
//! `ReplicaSetCreateError` on the Deployment.

use super::{Case, Noticed, Side, refusal::Refusal, refusal::parse, said::Said, words::describe};
use crate::domain::{Moment, Ref, Severity, Truth};

/// A refusal and where it was found.
struct Refused<'a> {
    side: Option<&'a Side<'a>>,
    about: &'a Ref,
    message: &'a str,
    since: Option<Moment>,
}

/// A ResourceQuota admits no more.
pub(super) fn quota(case: &Case<'_>) -> Noticed {
    each(case, |refused, refusal| {
        let Refusal::Quota { name, says } = refusal else { return None };
        let advice = format!(
            "raise quota {name}, free some of it, or scale down; kubectl -n {} describe resourcequota {name}",
            refused.about.namespace
        );
        Some(("quota", format!("quota {name} admits no more: {says} ({})", refused.reach()), advice))
    })
}

/// An admission webhook or policy says no, or does not answer.
pub(super) fn webhook(case: &Case<'_>) -> Noticed {
    each(case, |refused, refusal| match refusal {
        Refusal::Webhook { what, name, says } => {
            let advice = format!("change what {what} {name} objects to, or undo; {}", describe(refused.about));
            Some(("webhook", format!("{what} {name} refuses the pods: {says} ({})", refused.reach()), advice))
        }
        Refusal::WebhookDown { name, says } => {
            let advice = format!("bring the service behind webhook {name} back; pods are created again by themselves");
            Some(("webhook", format!("webhook {name} does not answer: {says} ({})", refused.reach()), advice))
        }
        Refusal::Quota { .. } | Refusal::Other { .. } => None,
    })
}

/// Anything else: pod security, a `LimitRange`, a missing service account.
pub(super) fn other(case: &Case<'_>) -> Noticed {
    each(case, |refused, refusal| {
        let Refusal::Other { label, says } = refusal else { return None };
        let advice = format!("change the template or what forbids it; {}", describe(refused.about));
        Some((label, format!("pods cannot be created: {says} ({})", refused.reach()), advice))
    })
}

type Words = (&'static str, String, String);

fn each(case: &Case<'_>, words: impl Fn(&Refused<'_>, Refusal<'_>) -> Option<Words>) -> Noticed {
    let mut noticed = Noticed::default();
    for refused in refusals(case) {
        let Some((label, message, advice)) = words(&refused, parse(refused.message)) else { continue };
        let said = Said {
            severity: Severity::Critical,
            sticks: !case.frees(),
            label,
            message,
            advice,
            about: refused.about.clone(),
            since: refused.since,
            detail: Vec::new(),
        };
        noticed.add(match refused.side {
            Some(side) => said.of(case, side),
            None => said.of_all(),
        });
    }
    noticed
}

impl Refused<'_> {
    /// How far it got.
    fn reach(&self) -> String {
        match self.side {
            Some(side) => {
                let pods = &side.version.pods;
                format!("{} of {} pods of {} exist", pods.have, pods.desired, side.version.image())
            }
            None => "no ReplicaSet for the new template".to_owned(),
        }
    }
}

fn refusals<'c>(case: &'c Case<'_>) -> Vec<Refused<'c>> {
    let mut all: Vec<_> = case.living().filter_map(|side| of_version(case, side)).collect();
    let failed = case.deployment.and_then(|d| d.progressing()).filter(|c| c.reason == "ReplicaSetCreateError");
    all.extend(failed.map(|c| Refused { side: None, about: &case.rollout.at, message: &c.message, since: c.since }));
    all
}

/// The condition is current: the controller removes it once a creation succeeds. Without the ReplicaSet, its last
/// event must do, as long as pods are missing.
fn of_version<'c>(case: &'c Case<'_>, side: &'c Side<'c>) -> Option<Refused<'c>> {
    let version = side.version;
    if let Some(set) = side.set {
        let failure = set.conditions.iter().find(|c| c.name == "ReplicaFailure" && c.truth == Truth::Yes)?;
        return Some(Refused { side: Some(side), about: &version.at, message: &failure.message, since: failure.since });
    }
    let lacks = version.pods.have < version.pods.desired;
    let event = case.events.iter().find(|e| lacks && e.reason == "FailedCreate" && e.about_uid == version.uid)?;
    Some(Refused { side: Some(side), about: &version.at, message: &event.message, since: Some(event.first) })
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        Condition, Role, Truth,
        sample::{self, ago, condition},
    };

    const QUOTA: &str =
        "pods \"web-x\" is forbidden: exceeded quota: tight, requested: pods=1, used: pods=2, limited: pods=2";

    fn refused(message: &str) -> Story {
        let mut story = Story::of(vec![sample::ready("a"), sample::ready("b")]);
        let failure = condition("ReplicaFailure", Truth::Yes, "FailedCreate", ago(50));
        story.sets[0].conditions = vec![Condition { message: message.into(), ..failure }];
        story.rollout.versions[0].pods.desired = 4;
        story
    }

    #[test]
    fn a_quota_sticks_and_is_named() {
        let finding = refused(QUOTA).one("quota");
        assert_eq!(
            finding.message,
            "quota tight admits no more: 2 of 2 pods used, 1 more asked for (2 of 4 pods of web:2 exist)"
        );
        assert_eq!((finding.sticks, finding.since), (true, Some(ago(50))));
        assert!(finding.advice.ends_with("kubectl -n shop describe resourcequota tight"));
    }

    #[test]
    fn pods_that_end_may_free_the_quota() {
        let mut leaving = sample::ready("c");
        leaving.meta.deleting = Some(ago(-20));
        let story = refused(QUOTA).with(Role::Stable, "web:1", vec![leaving]);
        assert!(!story.one("quota").sticks);
    }

    #[test]
    fn a_webhook_and_other_refusals_are_told_apart() {
        let story = refused("admission webhook \"sign.example\" denied the request: not signed");
        assert_eq!(story.one("webhook-refusal").label, "webhook");
        assert_eq!(story.rules(), ["webhook-refusal"]);
        let story = refused("pods \"a\" is forbidden: maximum memory usage per Container is 1Gi, but limit is 5Gi");
        assert_eq!(story.one("create-refused").label, "limit range");
    }

    #[test]
    fn a_replica_set_that_cannot_be_created_is_found_on_the_deployment() {
        let mut story = Story::of(vec![]);
        let message = "Failed to create new replica set \"web-5\": replicasets.apps \"web-5\" is forbidden: exceeded quota: rs, requested: count/replicasets.apps=1, used: count/replicasets.apps=7, limited: count/replicasets.apps=7";
        let failed = condition("Progressing", Truth::No, "ReplicaSetCreateError", ago(9));
        story.deployment.conditions = vec![Condition { message: message.into(), ..failed }];
        let finding = story.one("quota");
        assert_eq!((finding.version.clone(), finding.sticks), (None, true));
        assert!(finding.message.contains("7 of 7 count/replicasets.apps used"), "{}", finding.message);
    }
}
