//! Charts full screen: versions on one axis, what happened along the time, and the numbers under the cursor.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{
    Scene, deck,
    figures::{self, Plot, Source},
    glyphs, layout, marks, measures, plot, text,
    theme::Role,
    ticks::{self, Scale},
    when,
};
use crate::{
    domain::{Gauge, Measure, Parts, Ref, Rollout, Side, num},
    session::Figure,
};

/// Columns of the numbers of an axis, and of its line.
const LABEL: u16 = 9;
const EDGE: u16 = LABEL + 1;
/// Rows of a chart that stands below others, with its head.
const LEAST: u16 = 10;
/// Rows from one number of an axis to the next.
const PER_TICK: u16 = 3;

/// Draws them and answers the axis of time; None where nothing is drawn.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, at: &Ref) -> Option<Parts> {
    let (title, rest) = layout::take(area, 1);
    text::put(buffer, title, &deck::path(scene, at));
    let Some(rollout) = scene.fleet.rollouts.get(at) else {
        let says = "   It is gone, and its charts with it.";
        text::put(buffer, rest, &Line::from(scene.span(Role::Dim, says)));
        return None;
    };
    let columns = figures::columns(rest.width.saturating_sub(EDGE + 1));
    let axis = scene.session.chart.axis(scene.now, (columns, figures::hold(scene, rollout)));
    about(buffer, title, scene, (rollout, axis));
    let rows = [Constraint::Length(1), Constraint::Min(0), Constraint::Length(3)];
    let [tabs, charts, below] = Layout::vertical(rows).areas(rest);
    text::put(buffer, tabs, &tab_line(scene, tabs.width));
    let source = Source::of(scene, rollout, axis);
    let shown = shown(scene, charts.height);
    let heights = shown.iter().map(|_| Constraint::Fill(1));
    for (area, figure) in Layout::vertical(heights).split(charts).iter().zip(&shown) {
        if let Some(plot) = source.plot(*figure) {
            one(buffer, *area, (scene, axis), (*figure, &plot));
        }
    }
    let notes = marks::Marks::of(scene, rollout, axis);
    let under = Rect { x: below.x + EDGE, width: num::cells(columns).min(below.width.saturating_sub(EDGE)), ..below };
    notes.line(buffer, under, scene);
    clocks(buffer, Rect { y: under.y + 1, height: 1, ..under }.intersection(below), scene, &axis);
    text::put(buffer, Rect { y: below.y + 2, height: 1, ..below }.intersection(below), &notes.told(scene, below.width));
    Some(axis)
}

/// The figures that are drawn: the selected one, with its neighbours where there is room.
fn shown(scene: &Scene<'_>, height: u16) -> Vec<Figure> {
    let selected = scene.session.chart.figure;
    let room = usize::from((height / LEAST).clamp(1, 3));
    if scene.session.chart.alone || room == 1 {
        return vec![selected];
    }
    let (rate, errors) = (Figure::Measure(Measure::Rate), Figure::Measure(Measure::Errors));
    // What is selected changes places with the latency; a query is seen beside what it may explain.
    let last = if selected == rate || selected == errors { Figure::Measure(Measure::P95) } else { selected };
    match room {
        2 if last == selected => vec![errors, last],
        2 => vec![rate, errors],
        _ => vec![rate, errors, last],
    }
}

/// How long, over what, and whether it goes on: at the right end of the title.
fn about(buffer: &mut Buffer, title: Rect, scene: &Scene<'_>, (rollout, axis): (&Rollout, Parts)) {
    let gauge = scene.fleet.gauges.source(&rollout.at.cluster);
    let pack = gauge.and_then(|gauge| gauge.packs.versions.as_ref()).map(|pack| format!("{} ", pack.name));
    let over = gauge.and_then(|gauge| gauge.window).map(|window| {
        format!("{}over {} {} ", pack.unwrap_or_default(), measures::span(window.as_secs()), glyphs::MISSING)
    });
    let long = measures::span(axis.length.as_secs());
    let mut spans = vec![scene.span(Role::Dim, over.unwrap_or_default())];
    match (gauge.and_then(Gauge::stale_since), scene.session.chart.end) {
        (Some(since), _) => spans.push(scene.span(Role::Stale, format!(" metrics {} old ", scene.ago(since)))),
        (None, Some(end)) => {
            let says = format!("{long} until {}", scene.clock(end));
            spans.push(scene.span(Role::Paused, says));
        }
        (None, None) => spans.push(scene.span(Role::Dim, format!("{long} until now"))),
    }
    spans.push(Span::raw(" "));
    let mut line = Line::from(spans);
    let room = title.width.saturating_sub(text::width(&deck::path(scene, &rollout.at).to_string()) + 2);
    if num::cells(line.width()) > room {
        line.spans.remove(0);
    }
    if num::cells(line.width()) <= room {
        text::put_right(buffer, title, &line);
    }
}

/// ` requests  failed  p50 [p95] p99  queue length`: what can be chosen.
fn tab_line<'a>(scene: &Scene<'_>, width: u16) -> Line<'a> {
    let own: Vec<String> = scene.session.own_queries(scene.fleet).map(|query| query.name.to_string()).collect();
    let all = Figure::all(own.len());
    let name = |figure: &Figure| match figure {
        Figure::Measure(measure) => figures::title(*measure).to_owned(),
        Figure::Own(place) => own.get(*place).map_or_else(String::new, |name| text::cut(name, 28).into_owned()),
    };
    let selected = all.iter().position(|figure| *figure == scene.session.chart.figure).unwrap_or(0);
    let names: Vec<String> = all.iter().map(name).collect();
    // From the first one on that leaves the selected one in sight.
    let wide = |from: usize| -> u16 {
        names.get(from..=selected).unwrap_or_default().iter().map(|name| text::width(name) + 3).sum()
    };
    let from = (0..=selected).find(|from| wide(*from) + 2 <= width).unwrap_or(selected);
    let mut spans = vec![Span::raw(" ")];
    for (place, name) in names.into_iter().enumerate().skip(from) {
        let mut span = scene.span(if place == selected { Role::Title } else { Role::Dim }, format!(" {name} "));
        if place == selected {
            span.style = span.style.patch(scene.style(Role::Selected));
        }
        spans.extend([span, Span::raw(" ")]);
    }
    Line::from(spans)
}

/// One chart: a head with the numbers that are read, the axis, and the curves.
fn one(buffer: &mut Buffer, area: Rect, (scene, axis): (&Scene<'_>, Parts), (figure, plot): (Figure, &Plot)) {
    let column = scene.session.chart.cursor.and_then(|cursor| axis.part(cursor));
    let heads = head(scene, (figure, plot), column, area.width);
    let (head, rest) = layout::take(area, num::cells(heads.len()).min(area.height.saturating_sub(3).max(1)));
    text::put_all(buffer, head, &heads);
    let width = num::cells(axis.columns).min(rest.width.saturating_sub(EDGE));
    let field = Rect { x: rest.x + EDGE, width, ..rest };
    let scale = Scale::of(plot.range(figure), (rest.height / PER_TICK).max(1));
    edge(buffer, rest, scene, (&scale, plot));
    let curves: Vec<&plot::Curve> = plot.curves.iter().map(|named| &named.curve).collect();
    let is_plain = scene.session.options.ascii || scene.style(Role::New).fg.is_none();
    plot::draw(buffer, field, &scale, (&curves, is_plain));
    for limit in plot.limits.iter().filter(|limit| (scale.bottom..=scale.top).contains(&limit.at)) {
        plot::across(buffer, field, plot::row(field, &scale, limit.at), scene.span(Role::Warning, "").style);
    }
    if let Some(column) = column {
        plot::down(buffer, field, column, scene.span(Role::Accent, "").style);
    }
    if let Some((role, says)) = &plot.trouble {
        let rows = text::wrap(says, field.width.saturating_sub(4), usize::from(field.height.min(4)));
        let top = field.y + field.height.saturating_sub(num::cells(rows.len())) / 2;
        for (y, row) in (top..).zip(rows) {
            let row = Line::from(scene.span(*role, format!(" {row} ")));
            text::put(buffer, Rect { x: field.x + 1, y, width: field.width.saturating_sub(1), height: 1 }, &row);
        }
    }
}

/// The axis of numbers at the left.
fn edge(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, (scale, plot): (&Scale, &Plot)) {
    let border = scene.span(Role::Border, "").style;
    for y in area.y..area.bottom() {
        buffer.set_stringn(area.x + LABEL, y, glyphs::UPRIGHT, 1, border);
    }
    let label = |y| Rect { y, height: 1, width: LABEL.min(area.width), ..area };
    // An axis of nothing would be made up.
    let is_empty = plot.curves.iter().all(|named| named.curve.fine.iter().all(Option::is_none));
    for (value, says) in scale.ticks(&plot.unit).into_iter().filter(|_| !is_empty) {
        let row = label(plot::row(area, scale, value));
        text::put_right(buffer, row, &Line::from(scene.span(Role::Dim, format!("{says} "))));
    }
}

/// `failed  ● new 2.0.0 0.19 %  □ current 1.9.3 0.07 %  +0.12 points  limit 1 %`, in one row if it fits, else two.
fn head<'a>(scene: &Scene<'_>, (figure, plot): (Figure, &Plot), column: Option<usize>, width: u16) -> Vec<Line<'a>> {
    let is_selected = scene.session.chart.figure == figure;
    let title = scene.span(if is_selected { Role::Accent } else { Role::Title }, title_of(plot, is_selected));
    let mut parts = vec![vec![title]];
    let gap = || scene.span(Role::Dim, "  ");
    for named in &plot.curves {
        let value = Plot::value(named, column);
        let says = value.map_or_else(|| glyphs::MISSING.to_owned(), |value| plot.unit.says(value));
        parts.push(vec![
            gap(),
            scene.span(named.role, format!("{} ", named.curve.mark)),
            scene.span(Role::Dim, format!("{} ", text::cut(&named.name, 44))),
            scene.span(Role::Text, says),
        ]);
    }
    if let (Figure::Measure(_), [new, other, ..]) = (figure, plot.curves.as_slice())
        && let (Some(value), Some(from)) = (Plot::value(new, column), Plot::value(other, column))
    {
        parts.push(vec![gap(), scene.span(Role::Text, plot.unit.differs(value, from))]);
    }
    for limit in &plot.limits {
        let side = if limit.side == Side::Above { "<=" } else { ">=" };
        parts.push(vec![gap(), scene.span(Role::Warning, format!("wanted {side} {}", plot.unit.says(limit.at)))]);
    }
    if let Some(by) = &plot.said_by {
        parts.push(vec![gap(), scene.span(Role::Dim, format!("by {by}"))]);
    }
    if plot.more > 0 {
        parts.push(vec![gap(), scene.span(Role::Dim, format!("and {}", when::counted(plot.more, "lower curve")))]);
    }
    in_rows(parts, width)
}

fn title_of(plot: &Plot, is_selected: bool) -> String {
    let mark = if is_selected { glyphs::CHANGE } else { " " };
    format!("{mark} {}", text::cut(&plot.title, 60))
}

/// Parts one after the other, at most three rows of them.
fn in_rows(parts: Vec<Vec<Span<'_>>>, width: u16) -> Vec<Line<'_>> {
    let mut rows = vec![Line::default()];
    for part in parts {
        let wide: usize = part.iter().map(Span::width).sum();
        let last = rows.last().map_or(0, Line::width);
        if last > 0 && last + wide > usize::from(width) && rows.len() < 3 {
            rows.push(Line::default());
        }
        if let Some(row) = rows.last_mut() {
            row.spans.extend(part);
        }
    }
    rows
}

/// Clock times below their columns.
fn clocks(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, axis: &Parts) {
    let mut free = area.x;
    for (column, says) in ticks::clocks(axis, scene.session.options.utc_offset_s) {
        let wide = text::width(&says);
        let x = (area.x + num::cells(column)).saturating_sub(wide / 2).min(area.right().saturating_sub(wide));
        if x >= free {
            let place = Rect { x, width: wide, ..area };
            text::put(buffer, place, &Line::from(scene.span(Role::Dim, says)));
            free = x + wide + 1;
        }
    }
}
