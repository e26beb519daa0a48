//! One version of a rollout in a frame: its pods, its share, its traffic, its restarts, what it is made of.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, BorderType, Widget},
};

use super::{Scene, dots, glyphs, measures::Measures, text, theme::Role, usage, verdict, when};
use crate::domain::{Accord, Ended, Name, Share, Split, Text, Version, num};

/// Rows of dots are limited to this; the rest is a number.
const DOT_ROWS: u16 = 4;
/// So many images have a row each; the rest is a number.
const IMAGES: usize = 4;
/// Rows of what is said of a version beside the stable one.
const VERDICT: usize = 5;
/// Columns of the words at the left.
const LABEL: usize = 9;

/// What the panes of a deck have in common, so that equal things stand in equal rows of neighbours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    dots: u16,
    legend: bool,
    share: bool,
    cause: bool,
    images: usize,
    measures: Option<Measures>,
    verdict: usize,
    /// Rows for what pods use.
    usage: usize,
}

impl Shape {
    /// What the widest of these versions needs in frames of that width.
    pub(super) fn of(scene: &Scene<'_>, versions: &[&Version], width: u16) -> Self {
        let inner = width.saturating_sub(4);
        let any = |test: &dyn Fn(&Version) -> bool| versions.iter().any(|v| test(v));
        Self {
            dots: versions.iter().map(|v| dots::height(&v.pods, inner)).max().unwrap_or(1).min(DOT_ROWS),
            legend: any(&|v| !dots::legend(scene, &v.pods).is_empty()),
            share: any(&|v| v.split != Split::default()),
            cause: any(&|v| v.cause.is_some()),
            images: versions.iter().map(|v| v.images.len()).max().unwrap_or(1).clamp(1, IMAGES),
            measures: Measures::of(scene, versions, inner),
            usage: usize::from(any(&|v| scene.fleet.gauges.usage(v).is_some())),
            verdict: versions
                .iter()
                .filter_map(|v| verdict::of(scene, v))
                .map(|of| verdict::rows(scene, of, inner).len())
                .max()
                .unwrap_or(0)
                .min(VERDICT),
        }
    }

    /// Rows of the frame and all that is in it.
    pub(super) fn height(self) -> u16 {
        let extra = [self.legend, self.share, self.cause];
        let measures = self.measures.map_or(0, Measures::height);
        2 + self.dots
            + 3
            + num::cells(self.images + self.verdict + self.usage)
            + num::cells(extra.into_iter().filter(|is| *is).count())
            + measures
    }

    /// Rows for measures in a frame with so many rows inside: what is left beside dots, counts, restarts and the image, but
    /// one at least.
    fn measured(self, inside: u16) -> u16 {
        let extra = [self.legend, self.share];
        let others = self.dots + 3 + num::cells(extra.into_iter().filter(|is| *is).count());
        self.measures.map_or(0, |measures| inside.saturating_sub(others).clamp(1, measures.height()))
    }
}

/// Draws the frame and as many rows as fit, the most telling ones first.
pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    scene: &Scene<'_>,
    (version, shape, selected): (&Version, Shape, bool),
) {
    let border = scene.style(if selected { Role::BorderSelected } else { Role::Border });
    let block = Block::bordered().border_type(BorderType::Rounded).border_style(border);
    let inner = block.inner(area);
    block.render(area, buffer);
    let title = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: 1, ..area };
    text::put(buffer, title, &self::title(scene, version, selected));
    let inner = super::layout::inset(inner, 1);
    let dot_rows = shape.dots.min(inner.height.saturating_sub(1)).max(1);
    let mut lines = pods(scene, version, inner.width, dot_rows);
    let is_whole = inner.height + 2 >= shape.height();
    lines.extend(facts(scene, version, shape, (inner, is_whole)));
    text::put_all(buffer, inner, &lines);
    if let Some(measures) = shape.measures {
        let border = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area }.intersection(area);
        let is_charted = shape.measured(inner.height) >= measures.height();
        measures.border(buffer, border, scene, (version, is_charted));
    }
}

/// ` new · rev 42 · web:1.9.0 `.
fn title<'a>(scene: &Scene<'_>, version: &'a Version, selected: bool) -> Line<'a> {
    let dot = || scene.span(Role::Dim, format!(" {} ", glyphs::MISSING));
    let mark = if selected { format!(" {} ", glyphs::CHANGE) } else { " ".to_owned() };
    let mut spans =
        vec![scene.span(Role::Accent, mark), scene.span(Role::of_version(version.role), version.role.word())];
    if version.is_workload() {
        spans.extend([dot(), scene.span(Role::Text, version.at.name.as_str())]);
    } else if let Some(revision) = version.revision {
        spans.extend([dot(), scene.span(Role::Text, format!("rev {revision}"))]);
    }
    spans.extend([dot(), scene.span(Role::Title, version.image()), Span::raw(" ")]);
    Line::from(spans)
}

fn pods<'a>(scene: &Scene<'_>, version: &Version, width: u16, rows: u16) -> Vec<Line<'a>> {
    let mut lines = if version.pods.known {
        dots::rows(scene, &version.pods, width, rows)
    } else {
        vec![Line::from(scene.span(Role::Dim, "pods may not be read here"))]
    };
    if lines.is_empty() {
        lines.push(Line::from(scene.span(Role::Dim, "no pods")));
    }
    lines.resize(usize::from(rows), Line::default());
    lines
}

/// All facts; where they do not fit, further images come last: a low pane can do without them.
fn facts<'a>(scene: &Scene<'a>, version: &'a Version, shape: Shape, (inner, is_whole): (Rect, bool)) -> Vec<Line<'a>> {
    let width = inner.width;
    let mut lines = vec![ready(scene, version)];
    if shape.legend {
        lines.push(Line::from(dots::legend(scene, &version.pods)));
    }
    if shape.share {
        lines.push(share(scene, version, width));
    }
    let measured = shape.measures.map(|measures| measures.rows(scene, version, shape.measured(inner.height)));
    lines.extend(measured.unwrap_or_default());
    // What was found out goes before what a low pane can do without; that nothing was, behind it.
    let said = verdict::of(scene, version);
    let is_news = said.is_some_and(verdict::is_news);
    let mut verdict = said.map(|said| verdict::rows(scene, said, width)).unwrap_or_default();
    verdict.truncate(shape.verdict);
    if is_news {
        lines.append(&mut verdict);
    }
    lines.push(restarts(scene, version, width));
    lines.extend((0..shape.usage).map(|_| labelled(scene, "uses", usage::spans(scene, version))));
    let mut images = images(scene, version, shape, width).into_iter();
    lines.extend(images.by_ref().take(if is_whole { IMAGES } else { 1 }));
    if is_whole {
        lines.resize(lines.len() + shape.images.saturating_sub(version.images.len()), Line::default());
    }
    lines.push(labelled(scene, "created", vec![scene.span(Role::Text, format!("{} ago", scene.ago(version.created)))]));
    if shape.cause {
        let cause = version.cause.as_ref().map_or(glyphs::MISSING, |cause| cause.as_str());
        lines.push(labelled(scene, "cause", vec![scene.span(Role::Dim, cause)]));
    }
    lines.extend(images);
    lines.extend(verdict);
    lines
}

/// A row per image: the first one names the version, the others stand with the names of their containers.
fn images<'a>(scene: &Scene<'_>, version: &'a Version, shape: Shape, width: u16) -> Vec<Line<'a>> {
    let hidden = version.images.len().saturating_sub(shape.images);
    let row = |(index, (container, image)): (usize, &'a (Name, Text))| {
        let more = if hidden > 0 && index + 1 == shape.images { format!(" +{hidden}") } else { String::new() };
        let name = if index == 0 { String::new() } else { format!("{container} ") };
        let room = width.saturating_sub(num::cells(LABEL + more.len()) + text::width(&name));
        let value = vec![
            scene.span(Role::Dim, name),
            scene.span(Role::Text, text::cut_middle(image, room)),
            scene.span(Role::Dim, more),
        ];
        labelled(scene, if index == 0 { "image" } else { "" }, value)
    };
    version.images.iter().take(shape.images).enumerate().map(row).collect()
}

fn labelled<'a>(scene: &Scene<'_>, label: &'static str, mut value: Vec<Span<'a>>) -> Line<'a> {
    value.insert(0, scene.span(Role::Dim, format!("{label:LABEL$}")));
    Line::from(value)
}

/// `18/20 ready · 17 available · 2 terminating`.
fn ready<'a>(scene: &Scene<'_>, version: &Version) -> Line<'a> {
    let pods = &version.pods;
    let role = match (pods.desired, pods.ready >= pods.desired) {
        (0, _) => Role::Dim,
        (_, true) => Role::Healthy,
        (_, false) => Role::Title,
    };
    let said = format!("{}/{} ready", pods.ready, pods.desired);
    Line::from(vec![
        scene.span(role, said),
        scene.span(Role::Dim, format!(" {} {} available", glyphs::MISSING, pods.available)),
    ])
}

/// `routed   80 % ━━━━━━━━──`; what is seen of it in one line with it: `wanted 80 · routed 80 · seen 79.6 (78.1-81.0) %`.
fn share<'a>(scene: &Scene<'_>, version: &Version, width: u16) -> Line<'a> {
    let split = &version.split;
    if split.wanted.is_some() || split.seen.is_some() {
        return truths(scene, split, width);
    }
    let Some(Share(share)) = split.routed else {
        return labelled(scene, "routed", vec![scene.span(Role::Dim, "unknown")]);
    };
    let label = "routed";
    let room = width.saturating_sub(num::cells(LABEL) + 6).min(30);
    let [full, empty] = text::bar(share, room, scene.style(Role::of_version(version.role)), scene.style(Role::Border));
    let percent = format!("{:>3} % ", num::round_i32(share * 100.0));
    labelled(scene, label, vec![scene.span(Role::Text, percent), full, empty])
}

/// What is wanted, what the router is told, what was seen; what disagrees stands out, and what still counts requests of before
/// the last change says so. In a narrow pane what is told as wanted stands once, and the interval is left out where there is
/// no room for all of it: half a number is a wrong one.
fn truths<'a>(scene: &Scene<'_>, split: &Split, width: u16) -> Line<'a> {
    let percent = |share: Option<Share>| share.map_or_else(|| "?".to_owned(), |share| num::percent(share.0));
    let dot = || scene.span(Role::Dim, format!(" {} ", glyphs::MISSING));
    let fits = |spans: &[Span<'_>], more: usize| {
        LABEL + spans.iter().map(Span::width).sum::<usize>() + more <= usize::from(width)
    };
    let is_told = split.wanted.is_none() || split.routed == split.wanted;
    let routed = || scene.span(if is_told { Role::Text } else { Role::Warning }, percent(split.routed));
    let (role, settling) = match split.accord {
        Accord::Settling { .. } => (Role::Dim, " settling"),
        Accord::Apart { .. } => (Role::Warning, ""),
        Accord::Together | Accord::Unknown => (Role::Text, ""),
    };
    let seen = split.seen.as_ref().map_or_else(Vec::new, |seen| {
        vec![dot(), scene.span(Role::Dim, "seen "), scene.span(role, num::percent(seen.share.0))]
    });
    let whole = split.wanted.map(|_| {
        let wanted = scene.span(Role::Text, percent(split.wanted));
        [vec![wanted, dot(), scene.span(Role::Dim, "routed "), routed()], seen.clone()].concat()
    });
    let (label, mut spans) = match whole.filter(|spans| !is_told || fits(spans, settling.len() + 2)) {
        Some(spans) => ("wanted", spans),
        None => ("routed", [vec![routed()], seen].concat()),
    };
    let between = split.seen.as_ref().filter(|_| settling.is_empty());
    let between = between.map(|seen| format!(" ({}-{})", num::percent(seen.low.0), num::percent(seen.high.0)));
    if let Some(between) = between.filter(|between| fits(&spans, between.len() + 2)) {
        spans.push(scene.span(role, between));
    }
    let unit = [format!(" %{settling}"), " %".to_owned()].into_iter().find(|unit| fits(&spans, unit.len()));
    spans.extend(unit.map(|unit| scene.span(Role::Dim, unit)));
    labelled(scene, label, spans)
}

/// `restarts 3, last OOMKilled 2m03s ago`; which container, where a pod has several.
fn restarts<'a>(scene: &Scene<'_>, version: &Version, width: u16) -> Line<'a> {
    if !version.pods.known {
        return labelled(scene, "restarts", vec![scene.span(Role::Dim, "unknown")]);
    }
    let restarts = version.pods.restarts();
    if restarts == 0 {
        return labelled(scene, "restarts", vec![scene.span(Role::Dim, "0")]);
    }
    let mut spans = vec![scene.span(Role::Warning, when::count(num::count_usize(restarts)))];
    if let Some((pod, container, end)) = version.pods.last_restart() {
        let last = if width >= 44 { ", last".to_owned() } else { format!(" {}", glyphs::MISSING) };
        let which = if pod.containers.len() > 1 { format!(" {}", container.name) } else { String::new() };
        let when = end.at.map(|at| format!(" {} ago", scene.ago(at))).unwrap_or_default();
        spans.push(scene.span(Role::Text, format!("{last}{which} {}{when}", ending(end))));
    }
    labelled(scene, "restarts", spans)
}

/// `OOMKilled`, `Error (exit 1)`, `signal 9`.
pub(super) fn ending(end: &Ended) -> String {
    let reason = if end.reason.is_empty() { "ended" } else { end.reason.as_str() };
    match (end.exit, end.signal) {
        _ if end.reason == "OOMKilled" || end.reason == "Completed" => reason.to_owned(),
        (0, 0) => reason.to_owned(),
        (exit, 0) => format!("{reason} (exit {exit})"),
        (_, signal) => format!("{reason} (signal {signal})"),
    }
}
