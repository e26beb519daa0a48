//! What is shown, as plain data: the versions with their points over the stretch of time that charts show, the curves of the
//! selected query, and what happened. How it is written is decided by its form.

use std::time::Duration;

use crate::{
    domain::{
        Curve, Entry, Fleet, Gauge, Health, Measure, Measured, Moment, NoteKind, OwnQuery, Parts, Ref, Rollout,
        Version, num,
    },
    session::{Screen, Session},
};

/// Numbers before and after something are taken over so long.
const BESIDE: Duration = Duration::from_mins(1);

/// All of it.
pub(crate) struct Sheet<'f> {
    pub(super) rollout: &'f Rollout,
    pub(super) now: Moment,
    pub(super) from: Moment,
    pub(super) to: Moment,
    pub(super) gauge: Option<&'f Gauge>,
    pub(super) versions: Vec<Side<'f>>,
    pub(super) query: Option<(&'f OwnQuery, &'f [Curve])>,
    pub(super) told: Vec<Told<'f>>,
}

/// A version and its points, oldest first.
pub(super) struct Side<'f> {
    pub(super) version: &'f Version,
    pub(super) points: Vec<Measured>,
}

/// A line of the timeline, with the numbers of each version before and after it where it is something that may change them.
pub(super) struct Told<'f> {
    pub(super) entry: &'f Entry,
    pub(super) kind: Option<NoteKind>,
    /// Who did it, if the journal knows.
    pub(super) by: Option<String>,
    pub(super) beside: Vec<(Measured, Measured)>,
}

impl<'f> Sheet<'f> {
    /// What a session shows; None where it shows no rollout that is there.
    pub(crate) fn of(fleet: &'f Fleet, session: &'f Session, now: Moment) -> Option<Self> {
        let rollout = fleet.rollouts.get(session.focus()?)?;
        let is_charted = matches!(session.screen(), Screen::Chart(_));
        let (span, to) =
            if is_charted { (session.chart.span, session.chart.end.unwrap_or(now)) } else { (session.deck.span, now) };
        let from = to.shifted(-num::millis(span.length()));
        let side = |version: &'f Version| {
            let line = fleet.gauges.whole_line(&version.at);
            Side {
                version,
                points: line.map(|line| line.between(from, to).map(shortest).collect()).unwrap_or_default(),
            }
        };
        let curves = session.answered(fleet).map(|curves| curves.curves.as_slice());
        let sheet = Self {
            rollout,
            now,
            from,
            to,
            gauge: fleet.gauges.source(&rollout.at.cluster),
            versions: session.panes(rollout).into_iter().map(side).collect(),
            query: session.own_query(fleet).zip(curves).filter(|_| is_charted),
            told: Vec::new(),
        };
        Some(Self { told: fleet.timeline.iter().map(|entry| sheet.told(fleet, entry)).collect(), ..sheet })
    }

    fn told(&self, fleet: &Fleet, entry: &'f Entry) -> Told<'f> {
        let kind = NoteKind::of(entry);
        let beside = |side: &Side<'_>| {
            let line = fleet.gauges.whole_line(&side.version.at).unwrap_or_default();
            let over = |end: Moment| Parts { end, length: BESIDE, columns: 1, hold: Duration::ZERO };
            let taken = |end| {
                let mut taken = Measured { at: end, ..Measured::default() };
                for measure in Measure::ALL {
                    taken.set(measure, line.values(measure, over(end)).into_iter().next().flatten());
                }
                shortest(taken)
            };
            (taken(entry.at), taken(entry.at.plus(BESIDE)))
        };
        let beside = if kind.is_some() { self.versions.iter().map(beside).collect() } else { Vec::new() };
        Told { entry, kind, by: doer(fleet, entry), beside }
    }

    /// Whether the numbers are old.
    pub(super) fn is_stale(&self) -> bool {
        self.gauge.is_none_or(|gauge| gauge.health != Health::Live)
    }
}

/// Numbers in as few digits as they were kept with.
fn shortest(mut point: Measured) -> Measured {
    for measure in Measure::ALL {
        point.set(measure, point.get(measure).map(num::shortest));
    }
    point
}

/// Who did what a line tells of.
fn doer(fleet: &Fleet, entry: &Entry) -> Option<String> {
    let is_it = |about: &Ref, title: &str| *about == entry.about && entry.says.starts_with(title);
    let mut deeds = fleet.desk.deeds.iter().rev().filter(|deed| deed.at <= entry.at);
    deeds.find(|deed| is_it(&deed.intent.target, &deed.title)).map(|deed| deed.by.to_string())
}
