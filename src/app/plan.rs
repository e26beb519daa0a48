//! `rolldeck plan`: the same way as from a key to a proof, without a screen. The card goes to stdout, then, with `--apply`,
//! each stage of the proof as it is reached.

use std::{
    io::{self, Write},
    time::Duration,
};

use tokio::time::timeout;

use super::{clock::Clock, deck::Signals, exit, follow::Follower, plan_report::PlanReport, steering::Steering};
use crate::{
    cli::{PlanArgs, PlanVerb, StatusForm, Until},
    domain::{
        Args, Card, Deed, DryRun, Flight, Intent, Moment, Name, Outcome, Percent, PlanState, Ref, Text, Verb, Weight,
    },
};

/// How long the cluster has for a whole picture and the plan.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a signal leaves behind.
const LEFT: &str =
    "left before the proof was complete; what was sent goes on, and the next start tells what became of it";
/// Deadlines of the proof pass in silence too.
const TICK: Duration = Duration::from_millis(250);

/// What a verb's arguments ask for.
pub(crate) fn intent(verb: &PlanVerb, target: Ref) -> Intent {
    let (verb, args) = match verb {
        PlanVerb::Pause { .. } => (Verb::Pause, Args::None),
        PlanVerb::Resume { .. } => (Verb::Resume, Args::None),
        PlanVerb::Undo { to_revision, .. } => (Verb::Undo, to_revision.map_or(Args::None, Args::Revision)),
        PlanVerb::Restart { .. } => (Verb::Restart, Args::None),
        PlanVerb::Scale { replicas, .. } => (Verb::Scale, Args::Replicas(*replicas)),
        PlanVerb::SetImage { images, cause, .. } => {
            let image = |(container, image): &(String, String)| (Name::from(container.as_str()), Text::clean(image));
            let images = images.iter().map(image).collect();
            (Verb::SetImage, Args::Images { images, cause: cause.as_deref().map(Text::clean) })
        }
        PlanVerb::Shift { shares, .. } => {
            let share = |(version, share): &(String, Percent)| (Name::from(version.as_str()), *share);
            (Verb::Shift, Args::Shares(shares.iter().map(share).collect()))
        }
    };
    Intent { target, verb, args }
}

/// One run of the command.
pub(crate) struct Planning {
    pub(crate) intent: Intent,
    pub(crate) follower: Follower,
    pub(crate) steering: Steering,
    pub(crate) clock: Clock,
}

impl Planning {
    /// Prints the card; applies it if that is asked for. The exit code.
    pub(crate) async fn run(mut self, how: &PlanArgs) -> io::Result<u8> {
        let code = match self.card().await {
            Err((code, why)) => {
                super::complain(&why);
                report(how, &PlanReport::of(None, None, Some(&why)))?;
                code
            }
            Ok(card) => self.go(how, &card).await?,
        };
        let _open = self.steering.close(&mut self.follower).await;
        Ok(code)
    }

    /// Waits for the picture, then for the card.
    async fn card(&mut self) -> Result<std::sync::Arc<Card>, (u8, String)> {
        let begun = self.clock.elapsed();
        self.follower.look_at(Some(&self.intent.target));
        loop {
            self.turn().await;
            let at = &self.intent.target;
            let late = self.clock.elapsed().saturating_sub(begun) >= PATIENCE;
            let is_there = self.follower.fleet().rollouts.contains_key(at);
            if !is_there && (late || self.follower.lacks(at)) {
                return Err((exit::ERROR, self.absent().await));
            }
            if is_there && (late || self.follower.fleet().is_settled()) {
                self.steering.want(Some(&self.intent), &mut self.follower);
            }
            match self.follower.fleet().desk.plan.as_ref().map(|plan| &plan.state) {
                Some(PlanState::Ready(card)) => return Ok(std::sync::Arc::clone(card)),
                Some(PlanState::Refused(why)) => {
                    let says = format!("{} {at}: {why}", self.intent.verb.word());
                    return Err((exit::GUARDED, says));
                }
                Some(PlanState::Making | PlanState::Journaling(_) | PlanState::Unwritable(..)) | None => {}
            }
            if late && is_there && self.clock.elapsed().saturating_sub(begun) >= PATIENCE * 2 {
                return Err((exit::ERROR, format!("{at}: the cluster gave no whole answer in time")));
            }
        }
    }

    async fn absent(&self) -> String {
        let at = &self.intent.target;
        match self.follower.trouble_with(&at.kind) {
            Some((why, _)) => format!("{at} in namespace {} of {} cannot be read: {why}", at.namespace, at.cluster),
            None => self.follower.why_absent(at).await,
        }
    }

    /// One turn of the loop.
    async fn turn(&mut self) {
        let told = tokio::select! {
            biased;
            told = self.steering.told() => told,
            _ = timeout(TICK, self.follower.take()) => None,
        };
        if let Some(told) = told {
            self.steering.take(told, &mut self.follower);
        }
        self.follower.derive();
        self.steering.follow(&mut self.follower);
    }

    async fn go(&mut self, how: &PlanArgs, card: &Card) -> io::Result<u8> {
        let stopped = card.stopped().cloned();
        if how.output == StatusForm::Text {
            print(&mut io::stdout().lock(), card)?;
        }
        let deed = match stopped {
            None if how.apply => {
                let mut signals = Signals::listen()?;
                tokio::select! {
                    applied = self.apply(how, card) => applied?,
                    number = signals.next() => Err((exit::SIGNAL + number, LEFT.to_owned())),
                }
            }
            Some(_) | None => Ok(None),
        };
        let deed = match deed {
            Ok(deed) => deed,
            Err((code, why)) => {
                super::complain(&why);
                report(how, &PlanReport::of(Some(card), None, Some(&why)))?;
                return Ok(code);
            }
        };
        report(how, &PlanReport::of(Some(card), deed.as_ref(), None))?;
        Ok(match (&stopped, &deed) {
            (Some(_), _) => exit::GUARDED,
            (None, None) => exit::COMPLETE,
            (None, Some(deed)) => verdict(deed, how.until),
        })
    }

    /// Confirms the card and follows the proof as far as it is waited for. Err: the exit code and why nothing was sent.
    async fn apply(&mut self, how: &PlanArgs, card: &Card) -> io::Result<Result<Option<Deed>, (u8, String)>> {
        if matches!(card.dry_run, DryRun::Skipped(_)) {
            return Ok(Err((exit::GUARDED, "read-only: nothing was sent".into())));
        }
        if card.needs_reason && how.reason.trim().is_empty() {
            return Ok(Err((exit::GUARDED, "a reason is required here: --reason TEXT. Nothing was sent".into())));
        }
        let begun = self.clock.elapsed();
        self.steering.confirm(card.id, &Text::clean(&how.reason), None, &mut self.follower);
        let mut said = Vec::new();
        loop {
            let plan = self.follower.fleet().desk.plan.as_ref();
            if let Some(PlanState::Unwritable(_, why)) = plan.map(|plan| &plan.state) {
                let says = format!("{why}. Nothing was sent; name another file with --journal FILE");
                return Ok(Err((exit::ERROR, says)));
            }
            let ours = |deed: &&std::sync::Arc<Deed>| deed.at >= card.made && deed.intent == card.intent;
            let deed = self.follower.fleet().desk.deeds.iter().rev().find(ours).cloned();
            if let Some(deed) = deed {
                if how.output == StatusForm::Text {
                    tell(&deed, &mut said)?;
                }
                let late = self.clock.elapsed().saturating_sub(begun) >= how.timeout;
                if late || is_enough(&deed, how.until) || !self.steering.is_busy_with(&deed.id) {
                    return Ok(Ok(Some((*deed).clone())));
                }
            }
            self.turn().await;
        }
    }
}

/// Whether no more is waited for.
fn is_enough(deed: &Deed, until: Until) -> bool {
    let proof = &deed.proof;
    match &proof.outcome {
        Outcome::Refused(_) | Outcome::Reverted(_) | Outcome::NeverSent(_) | Outcome::NotObserved => true,
        Outcome::Open | Outcome::TookEffect | Outcome::Unknown(_) => match until {
            Until::Observed => proof.observed.is_some(),
            Until::Done => proof.done.is_some(),
            Until::Held => proof.outcome == Outcome::TookEffect && proof.done.is_some(),
        },
    }
}

fn verdict(deed: &Deed, until: Until) -> u8 {
    match &deed.proof.outcome {
        Outcome::Refused(_) => exit::GUARDED,
        Outcome::Reverted(_) => exit::REVERTED,
        Outcome::Open | Outcome::TookEffect if is_enough(deed, until) => exit::COMPLETE,
        Outcome::Open | Outcome::TookEffect | Outcome::NotObserved | Outcome::Unknown(_) | Outcome::NeverSent(_) => {
            exit::UNKNOWN
        }
    }
}

/// Tells what was not said before, one line each.
fn tell(deed: &Deed, said: &mut Vec<String>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in stages(deed) {
        if !said.contains(&line) {
            writeln!(out, "{line}")?;
            said.push(line);
        }
    }
    out.flush()
}

/// The stages that were reached, and how it stands.
fn stages(deed: &Deed) -> Vec<String> {
    let proof = &deed.proof;
    let after = |at: Moment| format!("{:.1} s", at.since(deed.at).as_secs_f64());
    let mut lines: Vec<String> = [("accepted", proof.accepted), ("observed", proof.observed)]
        .into_iter()
        .filter_map(|(stage, at)| at.map(|at| format!("{stage:9} after {}", after(at))))
        .collect();
    lines.extend(proof.done.map(|at| match deed.predicted() {
        Some(secs) => format!("done      after {} (predicted {secs})", after(at)),
        None => format!("done      after {}", after(at)),
    }));
    lines.extend(match &proof.outcome {
        Outcome::Open => None,
        Outcome::TookEffect => Some("held      nobody reverted it for 30 s: it took effect".to_owned()),
        Outcome::NotObserved => Some("accepted, not observed: the controller has not seen it within 10 s".to_owned()),
        Outcome::Refused(why) => Some(format!("refused   {why}")),
        Outcome::Reverted(who) => Some(format!("reverted  {who}")),
        Outcome::Unknown(why) => Some(format!("unknown   {why}")),
        Outcome::NeverSent(why) => Some(format!("not done  {why}")),
    });
    lines
}

/// The contract, if it was asked for: whatever happened, stdout is one JSON document.
fn report(how: &PlanArgs, report: &PlanReport<'_>) -> io::Result<()> {
    if how.output == StatusForm::Json {
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, report).map_err(io::Error::from)?;
        writeln!(out)?;
    }
    Ok(())
}

/// The flight plan as sentences.
fn print_flight(out: &mut impl Write, flight: &Flight) -> io::Result<()> {
    writeln!(out, "  flight: {}", flight.says())?;
    if let Some(why) = &flight.stuck {
        writeln!(out, " ! does not get done by itself: {why}")?;
    }
    flight.limits.iter().try_for_each(|limit| writeln!(out, " ! limit: {limit}"))?;
    flight.lost.iter().try_for_each(|lost| writeln!(out, "  lost: {lost}"))?;
    flight.assumes.iter().try_for_each(|assumed| writeln!(out, "  if {assumed}"))
}

/// The card as sentences.
fn print(out: &mut impl Write, card: &Card) -> io::Result<()> {
    writeln!(out, "{}", card.title)?;
    for change in &card.changes {
        writeln!(out, "  {}: {} -> {}", change.what, change.before, change.after)?;
    }
    if let Some(flight) = &card.flight {
        print_flight(out, flight)?;
    }
    for guard in &card.guards {
        let mark = match guard.weight {
            Weight::Stop => "!!",
            Weight::Warn => " !",
            Weight::Note => " -",
        };
        writeln!(out, "{mark} {}: {}", guard.rule, guard.says)?;
    }
    for write in &card.writes {
        let sub = if write.sub.segment().is_empty() { String::new() } else { format!("/{}", write.sub.segment()) };
        writeln!(out, "  PATCH {}{sub} in {}: {}", write.target, write.target.namespace, write.patch())?;
    }
    match &card.kubectl {
        Ok(command) => writeln!(out, "  kubectl: {command}")?,
        Err(why) => writeln!(out, "  kubectl: {why}")?,
    }
    match &card.dry_run {
        DryRun::Accepted(warnings) if warnings.is_empty() => writeln!(out, "  dry run: accepted"),
        DryRun::Accepted(warnings) => {
            warnings.iter().try_for_each(|warning| writeln!(out, "  dry run: accepted, with a warning: {warning}"))
        }
        DryRun::Refused(why) => writeln!(out, "!! dry run: refused: {why}"),
        DryRun::Skipped(why) => writeln!(out, "  dry run: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Proof,
        sample::{NOW, later},
    };

    #[test]
    fn each_stage_is_told_whatever_was_said_before() {
        let target = crate::domain::sample::deployment("web:1", 3).meta.at;
        let intent = Intent { target, verb: Verb::Pause, args: Args::None };
        let text = Text::from;
        let mut deed = Deed {
            id: text("1"),
            by: text("me@bastion"),
            at: NOW,
            intent,
            title: text("pause web"),
            reason: text(""),
            writes: Vec::new(),
            flight: None,
            proof: Proof { outcome: Outcome::Unknown(text("reset")), ..Proof::default() },
        };
        assert_eq!(stages(&deed), ["unknown   reset"]);
        deed.proof = Proof { accepted: Some(later(3)), ..Proof::default() };
        let mut said = stages(&deed);
        assert_eq!(said, ["accepted  after 3.0 s"]);
        deed.proof.observed = Some(later(4));
        tell(&deed, &mut said).unwrap();
        assert_eq!(said, ["accepted  after 3.0 s", "observed  after 4.0 s"]);
    }
}
