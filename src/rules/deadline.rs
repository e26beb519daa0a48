//! The progress deadline, exceeded or near, and a rollout in which nothing moves.

use std::time::Duration;

use super::{Case, Noticed, said::Said, words::describe};
use crate::domain::{Moment, Phase, Role, Severity, num};

/// The last stretch before the deadline; of a short deadline its last quarter.
const NEAR: Duration = Duration::from_mins(1);
/// A rollout in which nothing moves for that long is worth a word.
const STILL: Duration = Duration::from_mins(2);

/// Exceeded: the controller says it made no progress. It keeps trying, so a mended cause still ends well. Near: only told
/// when no other cause is known.
pub(super) fn check(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    if let Some(deployment) = case.deployment.filter(|d| d.is_observed() && d.timed_out()) {
        let limit = deployment.deadline_s.map_or(String::new(), |secs| format!(" of {secs} s"));
        let message = format!("the progress deadline{limit} was exceeded: {}", counts(case));
        let since = deployment.progressing().and_then(|c| c.since);
        let advice = "undo, or mend the cause: the controller keeps trying and never rolls back by itself";
        noticed.add(said(case, (Severity::Critical, true), "deadline exceeded", message, (advice, since)).of_all());
        return noticed;
    }
    let mut countdowns = case.rollout.course.countdowns.iter();
    let Some(at) = countdowns.find(|c| c.what == "progress deadline").map(|c| c.at) else { return noticed };
    let left = at.since(case.now);
    let limit = case.deployment.and_then(|d| d.deadline_s).map(|secs| num::clamp_u64(i64::from(secs)));
    let near = limit.map_or(NEAR, |secs| NEAR.min(Duration::from_secs(secs) / 4));
    if left > near {
        noticed.wake([at.shifted(-num::millis(near))]);
    } else if left > Duration::ZERO {
        let message = format!("the progress deadline is near: {}", counts(case));
        let advice = "see why pods do not become available; after it, kubectl and pipelines call this rollout failed";
        noticed.add(said(case, (Severity::Warning, false), "deadline near", message, (advice, None)).of_all());
    }
    noticed
}

/// Nothing moved for two minutes, and no cause is known. What shares traffic between workloads stands as long as its
/// operator wants, and has no pods of its own to wait for.
pub(super) fn stalled(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    let Some(deployment) = case.deployment else { return noticed };
    let is_new = |side: &&super::Side<'_>| side.version.role == Role::New;
    let (Phase::Progressing, Some(new)) = (case.rollout.phase, case.versions.iter().find(is_new)) else {
        return noticed;
    };
    let written = deployment.progressing().and_then(|c| c.updated);
    let pods = new.pods().iter().flat_map(|pod| [Some(pod.meta.created), pod.condition("Ready").and_then(|c| c.since)]);
    let Some(last) = pods.flatten().chain(written).chain([new.version.created]).max() else { return noticed };
    let still = case.now.since(last);
    if still < STILL {
        noticed.wake([last.plus(STILL)]);
    } else {
        let message = format!("nothing moves: {}", counts(case));
        let advice = format!("see the events of the new pods; {}", describe(&case.rollout.at));
        noticed.add(said(case, (Severity::Warning, false), "no progress", message, (&advice, Some(last))).of_all());
    }
    noticed
}

fn said(
    case: &Case<'_>,
    (severity, sticks): (Severity, bool),
    label: &'static str,
    message: String,
    (advice, since): (&str, Option<Moment>),
) -> Said {
    let (advice, about) = (advice.to_owned(), case.rollout.at.clone());
    Said { severity, sticks, label, message, advice, about, since, detail: Vec::new() }
}

/// How far the newest version got.
fn counts(case: &Case<'_>) -> String {
    match case.rollout.newest() {
        Some(new) => format!("{} of {} pods of {} available", new.pods.available, case.rollout.desired, new.image()),
        None => format!("none of {} pods available", case.rollout.desired),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::story::Story, Case};
    use crate::domain::{
        Countdown, Moment, Pod, Severity, Truth,
        sample::{self, ago, condition, later},
    };

    #[test]
    fn an_exceeded_deadline_sticks_behind_a_named_cause() {
        let mut story = Story::of(vec![sample::waiting("a", "ErrImagePull", "not found")]);
        story.deployment.conditions = vec![condition("Progressing", Truth::No, "ProgressDeadlineExceeded", ago(4))];
        let finding = story.one("deadline");
        assert_eq!(finding.message, "the progress deadline of 600 s was exceeded: 0 of 1 pods of web:2 available");
        assert_eq!((finding.sticks, finding.since), (true, Some(ago(4))));
        assert_eq!(story.rules(), ["image-pull", "deadline"]);
        assert_eq!(story.settled().cause.unwrap(), "image pull");
    }

    fn due(at: Moment, pod: Pod) -> Story {
        let mut story = Story::of(vec![pod]);
        story.rollout.course.countdowns = vec![Countdown { what: "progress deadline".into(), at }];
        story
    }

    #[test]
    fn the_last_minute_is_a_warning_only_without_a_cause() {
        let story = due(later(40), sample::starting("a", 10));
        let finding = story.one("deadline");
        assert!(finding.message.starts_with("the progress deadline is near: 0 of 1 pods of web:2"));
        assert_eq!(finding.severity, Severity::Warning);
        assert!(due(later(40), sample::waiting("a", "ErrImagePull", "not found")).all("deadline").is_empty());
        let early = due(later(65), sample::ready("a"));
        assert!(early.all("deadline").is_empty());
        assert_eq!(early.noticed().again, Some(later(5)));
    }

    #[test]
    fn what_shares_traffic_may_stand_still() {
        let story = Story::of(vec![sample::starting("a", 150)]);
        assert!(super::stalled(&story.case()).findings.len() == 1);
        assert!(super::stalled(&Case { deployment: None, ..story.case() }).findings.is_empty());
    }

    #[test]
    fn a_standstill_is_told_after_two_minutes() {
        let mut story = Story::of(vec![sample::starting("a", 150)]);
        story.deployment.conditions = vec![condition("Progressing", Truth::Yes, "ReplicaSetUpdated", ago(140))];
        assert!(story.one("progress-stalled").message.starts_with("nothing moves: 0 of 1"));
        story.deployment.conditions = vec![condition("Progressing", Truth::Yes, "ReplicaSetUpdated", ago(100))];
        assert!(story.all("progress-stalled").is_empty());
        assert_eq!(story.noticed().again, Some(later(20)));
    }
}
