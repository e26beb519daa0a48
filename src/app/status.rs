//! `rolldeck status`: how a rollout stands, in sentences or as JSON, with an exit code that a pipeline can use.

use std::{
    io::{self, Write},
    time::Duration,
};

use tokio::time::timeout;

use super::{clock::Clock, exit, follow::Follower, gauges::Gauges, report::Report};
use crate::{
    cli::StatusForm,
    domain::{Phase, Ref, Rollout, Severity, Standing},
};

/// How long the cluster has for its first whole answer, when no other limit was given.
const FIRST_ANSWER: Duration = Duration::from_secs(30);
/// How long the log ends and events that explain a rollout are waited for, once its state is known.
const EXPLANATIONS: Duration = Duration::from_secs(3);
/// How long a source of metrics that answers has for all that a verdict rests on.
const MEASURES: Duration = Duration::from_secs(10);
/// Facts are judged at least this often: a deadline may pass in silence.
const TICK: Duration = Duration::from_secs(1);

/// What was asked.
pub(crate) struct Ask {
    pub(crate) on: Ref,
    pub(crate) wait: bool,
    pub(crate) limit: Option<Duration>,
    pub(crate) fail_fast: bool,
    pub(crate) form: StatusForm,
}

/// Answers on stdout; the exit code.
pub(crate) async fn status(ask: &Ask, (mut follower, mut gauges): (Follower, Gauges), clock: Clock) -> io::Result<u8> {
    let out = &mut io::stdout().lock();
    follower.look_at(Some(&ask.on));
    let begun = clock.elapsed();
    let limit = ask.limit.map(|limit| begun.saturating_add(limit));
    let mut said = String::new();
    let mut known_at = None;
    loop {
        let _ = timeout(TICK, follower.take()).await;
        follower.derive();
        follower.fetch_wants();
        gauges.want_counts(&ask.on, &follower);
        let now = clock.elapsed();
        let timed_out = limit.is_some_and(|limit| now >= limit);
        let Some(rollout) = follower.fleet().rollouts.get(&ask.on).cloned() else {
            match absent(ask, &follower, now.saturating_sub(begun), timed_out).await {
                Some(code) => return Ok(code),
                None => continue,
            }
        };
        let known = *known_at.get_or_insert(now);
        let waited = now.saturating_sub(known);
        let is_whole = !follower.fleet().is_loading() || waited >= FIRST_ANSWER;
        let explained = follower.is_settled() || (is_whole && waited >= EXPLANATIONS);
        let explained = explained && (gauges.are_settled(&follower) || waited >= MEASURES);
        let code = verdict(&rollout, ask.fail_fast);
        let is_final = !ask.wait || code != exit::PROGRESSING || timed_out;
        if is_final && (explained || timed_out) {
            finish(out, ask, &rollout, &follower, &said)?;
            return Ok(code);
        }
        if ask.wait && ask.form == StatusForm::Text && explained && rollout.status.says != *said {
            said = rollout.status.says.to_string();
            writeln!(out, "{said}")?;
        }
    }
}

/// The exit code that a rollout deserves now.
fn verdict(rollout: &Rollout, fail_fast: bool) -> u8 {
    match rollout.status.standing {
        _ if rollout.phase == Phase::Paused => exit::PAUSED,
        Standing::Failed => exit::FAILED,
        Standing::Waiting if fail_fast && rollout.phase == Phase::Stuck => exit::FAILED,
        Standing::Waiting => exit::PROGRESSING,
        Standing::Done => exit::COMPLETE,
    }
}

/// There is no such rollout (yet): why, once that is certain.
async fn absent(ask: &Ask, follower: &Follower, waited: Duration, timed_out: bool) -> Option<u8> {
    let place = format!("{} in namespace {} of {}", ask.on, ask.on.namespace, ask.on.cluster);
    let trouble = follower.trouble_with(&ask.on.kind);
    // A server that is away may come back; one that refuses will not change its mind.
    if let Some((why, _)) = trouble.filter(|(_, refused)| *refused || !ask.wait || timed_out) {
        super::complain(&format!("{place} cannot be read: {why}"));
        return Some(exit::ERROR);
    }
    if follower.lacks(&ask.on) {
        super::complain(&follower.why_absent(&ask.on).await);
        return Some(exit::ERROR);
    }
    if timed_out || (!ask.wait && waited >= FIRST_ANSWER) {
        super::complain(&format!("{place}: the cluster gave no whole answer in time"));
        return Some(if timed_out { exit::PROGRESSING } else { exit::ERROR });
    }
    None
}

fn finish(out: &mut impl Write, ask: &Ask, rollout: &Rollout, follower: &Follower, said: &str) -> io::Result<()> {
    let unread = follower.unread();
    match ask.form {
        StatusForm::Json => {
            serde_json::to_writer_pretty(&mut *out, &Report::of(rollout, unread, follower.fleet()))
                .map_err(io::Error::from)?;
            writeln!(out)
        }
        StatusForm::Text => {
            if rollout.status.says != *said {
                writeln!(out, "{}", rollout.status.says)?;
            }
            explain(out, rollout)?;
            unread.iter().try_for_each(|what| writeln!(out, " ? not read: {what}"))
        }
    }
}

/// What kubectl's sentence does not say.
fn explain(out: &mut impl Write, rollout: &Rollout) -> io::Result<()> {
    let cause = rollout.cause.as_ref().map_or_else(String::new, |cause| format!(" ({cause})"));
    writeln!(out, "{}{cause}: {}", rollout.phase.word(), rollout.says)?;
    for finding in &rollout.findings {
        let mark = match finding.severity {
            Severity::Critical => "!!",
            Severity::Warning => " !",
            Severity::Info => " -",
        };
        writeln!(out, "{mark} {}: {}", finding.rule, finding.message)?;
        for line in &finding.detail {
            writeln!(out, "     | {line}")?;
        }
        if !finding.advice.is_empty() {
            writeln!(out, "   > {}", finding.advice)?;
        }
    }
    Ok(())
}
