//! What is said of a version beside the stable one, in rows of its pane: whether more requests fail, whether they take longer,
//! how sure that is, and whether it is the release at all. Advice: nothing acts on it.

use ratatui::text::Line;

use super::{Scene, glyphs, text, theme::Role, when};
use crate::domain::{Cause, Compared, Judgement, Readout, Unequal, Verdict, Version, num};

/// What is said of a version, if it was compared.
pub(super) fn of<'s>(scene: &'s Scene<'_>, version: &Version) -> Option<&'s Judgement> {
    scene.fleet.judged.as_ref()?.said.iter().find(|said| said.new == version.uid)
}

/// Whether anything was found out.
pub(super) fn is_news(said: &Judgement) -> bool {
    [&said.errors, &said.latency].iter().any(|one| one.verdict.is_alarm() || one.verdict == Verdict::Same)
        || !said.causes.is_empty()
}

/// The sentences about a version, the heaviest first; none where there is nothing to compare.
pub(super) fn rows<'a>(scene: &Scene<'_>, said: &Judgement, width: u16) -> Vec<Line<'a>> {
    let is_silent = |one: &Readout| one.verdict == Verdict::NoTraffic;
    let cold = said.unequal.iter().find(|one| matches!(one, Unequal::WarmUp { .. }));
    if is_silent(&said.errors) && is_silent(&said.latency) {
        let says = cold.map(|cold| format!("not compared yet: {}", unequal(cold)));
        return says.map(|says| Line::from(scene.span(Role::Dim, says))).into_iter().collect();
    }
    let mut lines: Vec<(Role, String)> =
        [&said.errors, &said.latency].into_iter().map(|one| fitting(scene, one, width)).collect();
    lines.extend(said.causes.iter().filter_map(|cause| blames(scene, cause)).map(|says| (Role::Warning, says)));
    let outlier = said.outliers.first().map(|one| {
        let (part, of) = (num::percent(one.of_failures), num::percent(one.of_requests));
        (Role::Warning, format!("{} makes {part} % of the failures, with {of} % of the requests", one.pod))
    });
    lines.extend(outlier);
    lines.extend(said.unequal.iter().map(|one| (Role::Dim, unequal(one))));
    lines.push((Role::Dim, criteria(said, width)));
    lines.into_iter().map(|(role, says)| Line::from(scene.span(role, says))).collect()
}

/// `held to 0.5 points, p95 10 %, 1 % false alarms`: what is said is said by these.
fn criteria(said: &Judgement, width: u16) -> String {
    let what = compared(&said.latency);
    let (points, change) = (num::percent(said.errors.matters), num::percent(said.latency.matters));
    let matters = format!("what matters: {points} points of errors, {change} % of {what}");
    let whole = format!("{matters} {} {} % false alarms", glyphs::MISSING, num::percent(said.errors.level));
    first_fitting([whole, matters, format!("matters: {points} points, {what} {change} %")], width)
}

/// The first one that is not wider; the last one if all are.
fn first_fitting<const N: usize>(forms: [String; N], width: u16) -> String {
    let mut forms = forms.into_iter();
    let first = forms.next().unwrap_or_default();
    forms.fold(first, |held, next| if text::width(&held) <= width { held } else { next })
}

/// `errors`, `p95`.
fn compared(one: &Readout) -> String {
    match one.compared {
        Compared::Errors => "errors".to_owned(),
        Compared::Latency { quantile, .. } => format!("p{}", num::percent(quantile)),
    }
}

/// The sentence about one thing; without its interval where that would be cut, then without since when.
fn fitting(scene: &Scene<'_>, one: &Readout, width: u16) -> (Role, String) {
    let since = one.since.map(|at| format!(", since {}", scene.ago(at))).unwrap_or_default();
    let forms = [(effect(one, false), since.as_str()), (effect(one, true), since.as_str()), (effect(one, true), "")];
    let [whole, shorter, shortest] = forms.map(|(by, since)| told(one, &by, since));
    (whole.0, first_fitting([whole.1, shorter.1, shortest.1], width))
}

/// `errors ▲ worse by 0.9 points (0.4 to 1.5), since 3m`.
fn told(one: &Readout, by: &str, since: &str) -> (Role, String) {
    let what = compared(one);
    match one.verdict {
        Verdict::Worse => (Role::Stuck, format!("{what} {} worse{by}{since}", glyphs::DEGRADED)),
        Verdict::Better => (Role::Healthy, format!("{what} {} better{by}{since}", glyphs::HEALTHY)),
        Verdict::Same => (Role::Healthy, format!("{what} the same, as far as it matters{since}")),
        Verdict::NotEnough { requests, time } => {
            let more = match (requests, time) {
                (Some(requests), Some(time)) => {
                    format!(": about {} more requests, {}", scale(requests), when::age(time))
                }
                _ => String::new(),
            };
            (Role::Dim, format!("{what} not enough data yet{more}"))
        }
        Verdict::TooFewPods { pods } => {
            (Role::Dim, format!("{what} not comparable: {pods} pods differ among themselves by as much"))
        }
        Verdict::TooCoarse { from, to } => {
            let to = to.map_or_else(|| "more".to_owned(), |to| format!("{:.0} ms", to * 1_000.0));
            (Role::Dim, format!("{what} between {:.0} ms and {to}: buckets too coarse", from * 1_000.0))
        }
        Verdict::NoTraffic => (Role::Dim, format!("{what} not comparable: no traffic on one side")),
    }
}

/// ` by 0.9 points (0.4 to 1.5)`, ` by 31 % (24 to 38)`.
fn effect(one: &Readout, is_brief: bool) -> String {
    let Some(effect) = one.effect else { return String::new() };
    let number = |change: f64| if change.is_finite() { num::percent(change) } else { "?".to_owned() };
    let change = effect.change;
    let unit = match one.compared {
        Compared::Errors => "points",
        Compared::Latency { .. } => "%",
    };
    let between = format!(" ({} to {})", number(change.low), number(change.high));
    format!(" by {} {unit}{}", number(change.guess), if is_brief { "" } else { &between })
}

fn scale(requests: u64) -> String {
    when::count(usize::try_from(requests).unwrap_or(usize::MAX))
}

/// What else it is than the release; nothing where it is the release.
fn blames(scene: &Scene<'_>, cause: &Cause) -> Option<String> {
    match cause {
        Cause::Release => None,
        Cause::Everywhere { since, neighbours, .. } => {
            let others = match neighbours.len() {
                0 => String::new(),
                1 => ", and one neighbour".to_owned(),
                many => format!(", and {many} neighbours"),
            };
            let at = scene.clock(*since);
            Some(format!("the version beside it hurts too since {at}{others}: undo will not help"))
        }
        Cause::Common { kind, value, there, elsewhere, pods, .. } => {
            let (there, elsewhere) = (num::percent(*there), num::percent(*elsewhere));
            Some(format!("the {pods} pods of {kind} {value} fail {there} %, others {elsewhere} %"))
        }
    }
}

fn unequal(one: &Unequal) -> String {
    match one {
        Unequal::Pods { new, stable } => {
            format!("{new} pods beside {stable}: one odd pod weighs more on the small side")
        }
        Unequal::WarmUp { pods, within } => {
            let pods = if *pods == 1 { "one new pod is".to_owned() } else { format!("{pods} new pods are") };
            format!("the first {} of {pods} left out", when::age(*within))
        }
        Unequal::Place { kind, value, new, stable } => {
            let (new, stable) = (num::percent(*new), num::percent(*stable));
            format!("{new} % of its requests are answered in {kind} {value}, {stable} % of the other's")
        }
    }
}
