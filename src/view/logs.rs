//! Log lines of a pod, or of all pods of a version as one. Only the lines in sight are looked at.

use std::{collections::BTreeMap, ops::Range};

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{Scene, board, deck, glyphs, layout, text, theme::Role, timeline, when};
use crate::{
    domain::{LogAsk, LogLine, LogState, Ref, Text, num},
    session::{Finder, Heard, LogOf, Overlay},
};

/// The colours of pods, in the order in which they came: none of those that mean something is wrong.
const VOICES: [Role; 6] = [Role::Info, Role::New, Role::Paused, Role::Waiting, Role::Healthy, Role::Title];
/// Rows for what keeps streams from being read.
const TROUBLES: usize = 2;

/// Draws it; answers how many lines are newer than the last one in sight.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, (at, of): (&Ref, &LogOf)) -> Option<usize> {
    let (title, rest) = layout::take(area, 1);
    text::put(buffer, title, &path(scene, at, of));
    let (status, rest) = layout::take(rest, 1);
    let troubles = troubles(scene, area.width);
    let (trouble, rest) = layout::take(rest, num::cells(troubles.len()).min(rest.height / 3));
    text::put_all(buffer, trouble, &troubles);
    let finder = Finder::new(&scene.session.logs.search);
    let typing = matches!(scene.session.overlay, Some(Overlay::Find(_)));
    let (body, search) = layout::take(rest, rest.height.saturating_sub(u16::from(typing || finder.is_some())));
    search_line(buffer, search, scene, finder.as_ref());
    let scrolled = if scene.fleet.desk.logs.lines.is_empty() {
        let says = text::wrap(&silence(scene), area.width.saturating_sub(6), 3);
        let says: Vec<Line<'_>> =
            says.into_iter().map(|line| Line::from(scene.span(Role::Dim, format!("   {line}")))).collect();
        text::put_all(buffer, body, &says);
        None
    } else {
        Some(lines(buffer, body, scene, finder.as_ref()))
    };
    status_line(buffer, status, scene, scrolled.unwrap_or(0));
    scrolled
}

/// ` prod-eu ▸ shop ▸ web ▸ new web:1.9.0 ▸ logs`.
fn path<'a>(scene: &Scene<'a>, at: &'a Ref, of: &LogOf) -> Line<'a> {
    let mut path = deck::path(scene, at);
    let rollout = scene.fleet.rollouts.get(at);
    let says = match of {
        LogOf::Version(uid) => rollout.and_then(|rollout| rollout.version(uid)).map(|version| {
            let role = scene.span(Role::of_version(version.role), version.role.word());
            vec![role, scene.span(Role::Title, format!(" {}", version.image()))]
        }),
        LogOf::Pod(uid) => {
            let pods = rollout.map(|rollout| rollout.versions.iter().flat_map(|v| &v.pods.list));
            let pod = pods.and_then(|mut pods| pods.find(|pod| pod.meta.uid == *uid)).map(|pod| &pod.meta.at.name);
            let known = pod.or_else(|| scene.session.logs.voices.first().map(|pod| &pod.name));
            known.map(|name| vec![scene.span(Role::Title, format!("pod {name}"))])
        }
    };
    path.spans.push(timeline::step(scene));
    path.spans.extend(says.unwrap_or_else(|| vec![scene.span(Role::Dim, "gone")]));
    path.spans.extend([timeline::step(scene), scene.span(Role::Title, "logs")]);
    path
}

/// Whose lines these are, how their streams are, and what is out of sight.
fn status_line(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, scrolled: usize) {
    let logs = &scene.session.logs;
    let Heard { pods, containers, streams, waiting } = logs.heard;
    let names = scene.session.log_containers(scene.fleet);
    let dot = || scene.span(Role::Dim, format!(" {} ", glyphs::MISSING));
    let mut spans = vec![Span::raw(" ")];
    match scene.session.log_container(&names) {
        Some(name) if names.len() > 1 => {
            let place = names.iter().position(|n| *n == name).map_or(0, |place| place + 1);
            spans.push(scene.span(Role::Title, name.as_str().to_owned()));
            spans.push(scene.span(Role::Dim, format!(" ({place} of {} containers)", names.len())));
        }
        Some(name) => spans.push(scene.span(Role::Title, name.as_str().to_owned())),
        None => spans.push(scene.span(Role::Title, format!("all of {} containers", names.len()))),
    }
    if logs.previous {
        spans.extend([dot(), scene.span(Role::Accent, "previous run")]);
    }
    if containers > streams {
        let one = scene.session.log_container(&names).is_some();
        let (what, whole) = if one { ("pod", "one") } else { ("log", "one pod") };
        let says = format!("{streams} of {}: choose {whole}", when::counted(containers, what));
        spans.extend([dot(), scene.span(Role::Warning, says)]);
    } else if pods != 1 {
        spans.extend([dot(), scene.span(Role::Dim, when::counted(pods, "pod"))]);
    }
    if waiting > 0 {
        let what = if logs.previous { "never restarted" } else { "not started" };
        spans.extend([dot(), scene.span(Role::Dim, format!("{waiting} {what}"))]);
    }
    let right = if scrolled > 0 {
        scene.span(Role::Warning, format!("{} below ", when::counted(scrolled, "newer line")))
    } else {
        scene.span(Role::Dim, format!("{} ", streams_in_words(scene)))
    };
    let room = area.width.saturating_sub(text::width(&right.content) + 1);
    text::put(buffer, Rect { width: room, ..area }, &Line::from(spans));
    text::put_right(buffer, area, &Line::from(right));
}

/// `following`, or how many streams do what.
fn streams_in_words(scene: &Scene<'_>) -> String {
    let states = &scene.fleet.desk.logs.streams;
    let count = |is: fn(&LogState) -> bool| states.values().filter(|state| is(state)).count();
    let counted = [
        (count(|s| *s == LogState::Following), "following"),
        (count(|s| *s == LogState::Opening), "opening"),
        (count(|s| *s == LogState::Ended), "ended"),
        (count(|s| matches!(s, LogState::Broken(_))), "broken"),
    ];
    let some: Vec<(usize, &str)> = counted.into_iter().filter(|(count, _)| *count > 0).collect();
    match some.as_slice() {
        [(_, word)] => (*word).to_owned(),
        several => several.iter().map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", "),
    }
}

/// Why streams broke, those of one reason together.
fn troubles<'a>(scene: &Scene<'a>, width: u16) -> Vec<Line<'a>> {
    let mut reasons: BTreeMap<&Text, Vec<&LogAsk>> = BTreeMap::new();
    for (ask, state) in &scene.fleet.desk.logs.streams {
        if let LogState::Broken(why) = state {
            reasons.entry(why).or_default().push(ask);
        }
    }
    let hidden = reasons.len().saturating_sub(TROUBLES);
    let line = |(why, asks): (&Text, Vec<&LogAsk>)| {
        let who = match asks.as_slice() {
            [ask] => format!("{}/{}", text::cut_middle(&ask.pod.name, width / 2), ask.container),
            several => when::counted(several.len(), "stream"),
        };
        Line::from(vec![
            scene.span(Role::Warning, format!(" {} {who}: ", glyphs::DEGRADED)),
            scene.span(Role::Text, why.as_str().to_owned()),
        ])
    };
    let mut lines: Vec<Line<'a>> = reasons.into_iter().take(TROUBLES).map(line).collect();
    if let Some(last) = lines.last_mut().filter(|_| hidden > 0) {
        last.spans.push(scene.span(Role::Dim, format!("  and {}", when::counted(hidden, "other reason"))));
    }
    lines
}

/// Why there are no lines.
fn silence(scene: &Scene<'_>) -> String {
    let Heard { pods, streams, waiting, .. } = scene.session.logs.heard;
    let states = &scene.fleet.desk.logs.streams;
    let any = |is: fn(&LogState) -> bool| states.values().any(is);
    let opening = states.is_empty() || any(|s| *s == LogState::Opening);
    let says = match (pods, streams, waiting) {
        (0, ..) => "The pods are gone, and what they wrote with them.",
        (_, 0, 1..) => "No container has started yet. Lines appear here as soon as one writes.",
        (_, 0, _) => "No container of this name is in these pods.",
        _ if opening => return format!("{} {} being opened\u{2026}", when::counted(streams, "log"), are(streams)),
        _ if any(|s| *s == LogState::Following) => "Nothing was written yet. Lines appear here as they come.",
        _ if any(|s| *s == LogState::Ended) => "It ended without a line.",
        _ => "No log could be read.",
    };
    says.to_owned()
}

const fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// The word that is searched, and how many lines have it.
fn search_line(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, finder: Option<&Finder>) {
    let mut spans = vec![Span::raw(" "), scene.span(Role::Key, "/ ")];
    if let Some(Overlay::Find(prompt)) = &scene.session.overlay {
        spans.extend(board::typed(scene, prompt));
    } else {
        spans.push(scene.span(Role::Text, scene.session.logs.search.as_str()));
    }
    text::put(buffer, area, &Line::from(spans));
    if let Some(finder) = finder {
        let lines = &scene.fleet.desk.logs.lines;
        let found = lines.iter().filter(|line| finder.is_in(&line.says)).count();
        let says = format!(" {} of {} ", when::count(found), when::counted(lines.len(), "line"));
        text::put_right(buffer, area, &Line::from(scene.span(Role::Dim, says)));
    }
}

/// Draws upwards from the line that is read, then downwards if the oldest line does not fill the screen; answers how
/// many lines are newer than the last one drawn whole.
fn lines(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, finder: Option<&Finder>) -> usize {
    let book = &scene.fleet.desk.logs;
    let room = usize::from(area.height);
    let mut last = scene.session.logs.place(book).unwrap_or(0);
    let pen = Pen::new(scene, area.width, finder, last.saturating_sub(room)..last + room);
    let mut rows: Vec<Line<'_>> = book.lines.get(last).map(|line| pen.rows(line, room)).unwrap_or_default();
    let mut first = last;
    while rows.len() < room && first > 0 {
        first -= 1;
        let mut above = book.lines.get(first).map(|line| pen.rows(line, usize::MAX)).unwrap_or_default();
        above.drain(..(above.len() + rows.len()).saturating_sub(room));
        above.append(&mut rows);
        rows = above;
    }
    if first == 0 && rows.len() < room && book.dropped > 0 {
        let says = format!(" {} were let go of", when::counted(book.dropped, "older line"));
        rows.insert(0, Line::from(scene.span(Role::Dim, says)));
    }
    while let Some(below) = book.lines.get(last + 1).map(|line| pen.rows(line, usize::MAX)) {
        let fits = rows.len() + below.len() <= room;
        rows.extend(below);
        if !fits {
            break;
        }
        last += 1;
    }
    for (row, line) in area.rows().zip(&rows) {
        if line.style != Style::default() {
            buffer.set_style(row, line.style);
        }
        text::put(buffer, row, line);
    }
    book.lines.len() - 1 - last
}

/// What each line is drawn with.
struct Pen<'s, 'a> {
    scene: &'s Scene<'a>,
    finder: Option<&'s Finder>,
    /// Columns for the names of pods and containers; 0 when there is only one.
    named: u16,
    /// Whether containers are named.
    several: bool,
    room: u16,
}

impl<'s, 'a> Pen<'s, 'a> {
    fn new(scene: &'s Scene<'a>, width: u16, finder: Option<&'s Finder>, near: Range<usize>) -> Self {
        let logs = &scene.session.logs;
        let names = scene.session.log_containers(scene.fleet);
        let several = names.len() > 1 && scene.session.log_container(&names).is_none();
        let mut pen = Self { scene, finder, named: 0, several, room: width.saturating_sub(1) };
        if logs.voices.len() > 1 || several {
            let lines = &scene.fleet.desk.logs.lines;
            let seen = near.filter_map(|place| lines.get(place)).map(|line| text::width(&pen.name(line)));
            pen.named = seen.max().unwrap_or(0).min(width / 3);
            pen.room = width.saturating_sub(pen.named + 4);
        }
        pen
    }

    /// `x2k4p`, with the container behind it where there are several.
    fn name(&self, line: &LogLine) -> String {
        let pod = line.of.pod.name.rsplit('-').next().unwrap_or_default();
        if self.several { format!("{pod} {}", line.of.container) } else { pod.to_owned() }
    }

    /// The rows of a line, at most that many; the last of them then holds the rest, to be cut.
    fn rows(&self, line: &LogLine, most: usize) -> Vec<Line<'a>> {
        let scene = self.scene;
        let is_found = scene.session.logs.found.as_ref() == Some(line);
        let ground = if is_found { scene.style(Role::Selected) } else { Style::default() };
        let places = self.finder.map(|finder| finder.places(&line.says)).unwrap_or_default();
        let whole = 0..line.says.len();
        let mut parts = if scene.session.logs.wrap { text::rows(&line.says, self.room.max(1)) } else { vec![whole] };
        parts.truncate(most);
        if let Some(last) = parts.last_mut() {
            last.end = line.says.len();
        }
        let row = |(index, part): (usize, Range<usize>)| {
            let mut spans = self.lead(line, index == 0);
            spans.extend(self.marked(&line.says, &part, &places));
            Line::from(spans).style(ground)
        };
        parts.into_iter().enumerate().map(row).collect()
    }

    fn lead(&self, line: &LogLine, is_first: bool) -> Vec<Span<'a>> {
        if self.named == 0 {
            return vec![Span::raw(" ")];
        }
        let voice = self.scene.session.logs.voices.iter().position(|pod| *pod == line.of.pod).unwrap_or(0);
        let role = VOICES.get(voice % VOICES.len()).copied().unwrap_or(Role::Text);
        let columns = usize::from(self.named);
        let name = if is_first { self.name(line) } else { String::new() };
        let name = text::cut(&name, self.named);
        vec![
            self.scene.span(role, format!(" {name:columns$} ")),
            self.scene.span(Role::Border, format!("{} ", glyphs::QUOTE)),
        ]
    }

    /// A part of a line with the words found in it marked.
    fn marked(&self, says: &str, part: &Range<usize>, places: &[Range<usize>]) -> Vec<Span<'a>> {
        let mut spans = Vec::new();
        let mut from = part.start;
        let mut push = |role, range: Range<usize>| {
            if let Some(text) = says.get(range).filter(|text| !text.is_empty()) {
                spans.push(self.scene.span(role, text.to_owned()));
            }
        };
        for place in places {
            let (start, end) = (place.start.clamp(from, part.end.max(from)), place.end.min(part.end));
            if start < end {
                push(Role::Text, from..start);
                push(Role::Matched, start..end);
                from = end;
            }
        }
        push(Role::Text, from..part.end);
        spans
    }
}
