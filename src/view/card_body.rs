//! What a plan card says, in the order of what must not be overlooked: what became of the card before, why it cannot be
//! done, what changes, what to know before, what it is expected to do; then the dry run, the requests and the kubectl command.

use ratatui::text::{Line, Span};

use super::{Scene, glyphs, requests, text, theme::Role, when};
use crate::domain::{Card, Change, DryRun, Flight, Guard, PlanState, Text, Weight, num};

/// Lines of changes that leave room for warnings below them, also on a small screen.
const FEW: usize = 5;

/// All lines of it, none wider than `width`.
pub(super) fn lines<'a>(scene: &Scene<'_>, (state, notice): (&PlanState, Option<&Text>), width: u16) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    if let Some(notice) = notice {
        let label = format!("{} changed: ", glyphs::DEGRADED);
        lines.extend(requests::labelled(scene, (Role::Warning, &label), notice, width));
    }
    let trouble = |label: &str, why: &str| {
        requests::labelled(scene, (Role::Critical, &format!("{} {label}: ", glyphs::STUCK)), why, width)
    };
    match state {
        PlanState::Making => {
            let says = "The object is being read, and the server asked whether it would take the change.";
            let label = format!("{} ", glyphs::WAITING);
            lines.extend(requests::labelled(scene, (Role::Progressing, &label), says, width));
        }
        PlanState::Refused(why) => lines.extend(trouble("refused", &why.0)),
        PlanState::Unwritable(card, why) => {
            lines.extend(trouble("nothing was sent", &why.0));
            lines.extend(card_lines(scene, card, width));
        }
        PlanState::Ready(card) | PlanState::Journaling(card) => lines.extend(card_lines(scene, card, width)),
    }
    lines
}

fn card_lines<'a>(scene: &Scene<'_>, card: &Card, width: u16) -> Vec<Line<'a>> {
    let (grave, notes): (Vec<&Guard>, Vec<&Guard>) = card.guards.iter().partition(|guard| guard.weight < Weight::Note);
    let warnings = grave.into_iter().flat_map(|guard| self::guard(scene, guard, width));
    let changes = changes(scene, &card.changes, width);
    let mut answers: Vec<Line<'a>> = card.flight.iter().flat_map(|flight| self::flight(scene, flight, width)).collect();
    answers.extend(dry_run(scene, &card.dry_run, width));
    // A long list of changes must not push what speaks against them out of sight.
    let mut lines = if changes.len() > FEW {
        warnings.chain(answers).chain(changes).collect()
    } else {
        changes.into_iter().chain(warnings).chain(answers).collect::<Vec<_>>()
    };
    lines.extend(notes.into_iter().flat_map(|guard| self::guard(scene, guard, width)));
    lines.push(Line::default());
    lines.extend(kubectl(scene, card, width));
    lines.push(Line::from(scene.span(Role::Dim, "sent is:")));
    lines.extend(requests::whole(scene, &card.writes, width));
    lines
}

/// `replicas      20 → 12`; values that do not fit beside each other stand one above the other, cut in the middle, as they
/// differ at their ends.
fn changes<'a>(scene: &Scene<'_>, changes: &[Change], width: u16) -> Vec<Line<'a>> {
    let widest = changes.iter().map(|change| text::width(&change.what)).max().unwrap_or(0).min(width / 3);
    let room = width.saturating_sub(widest + 2);
    let fits = |change: &Change| text::width(&change.before) + text::width(&change.after) + 3 <= room;
    let before = changes.iter().filter(|change| fits(change)).map(|change| text::width(&change.before)).max();
    let arrow = || scene.span(Role::Dim, format!("{} ", glyphs::ADVICE));
    let mut lines = Vec::new();
    for change in changes {
        let what = text::cut(&change.what, widest).into_owned();
        let pad = usize::from(widest.saturating_sub(text::width(&what)) + 2);
        let head = scene.span(Role::Dim, format!("{what}{:pad$}", ""));
        if fits(change) {
            // As far as all of them keep to one line, the arrows stand below each other.
            let after = text::width(&change.after) + 3;
            let column = before.unwrap_or(0).min(room.saturating_sub(after)).max(text::width(&change.before));
            let gap = usize::from(column - text::width(&change.before) + 1);
            lines.push(Line::from(vec![
                head,
                scene.span(Role::Text, format!("{}{:gap$}", change.before, "")),
                arrow(),
                scene.span(Role::Title, change.after.to_string()),
            ]));
        } else {
            let cut = |value: &str, room| text::cut_middle(value, room).into_owned();
            lines.push(Line::from(vec![head, scene.span(Role::Text, cut(&change.before, room))]));
            let indent = Span::raw(" ".repeat(usize::from(widest)));
            lines.push(Line::from(vec![indent, arrow(), scene.span(Role::Title, cut(&change.after, room))]));
        }
    }
    lines
}

/// `flight: 14 pods start, 10 stop, about 95 s (70 to 130), lowest ready 15 of 20`, and what is to be known about it: why it
/// does not end, what is lost, which limits are met; what it takes for granted comes last, and dim.
fn flight<'a>(scene: &Scene<'_>, flight: &Flight, width: u16) -> Vec<Line<'a>> {
    let mut says = flight.says();
    for lost in &flight.lost {
        says = format!("{says}; {lost}");
    }
    let mut lines = requests::labelled(scene, (Role::Title, "flight: "), &says, width);
    let mut add =
        |role, label: String, says: &str| lines.extend(requests::labelled(scene, (role, &label), says, width));
    if let Some(why) = &flight.stuck {
        add(Role::Warning, format!("{} does not get done by itself: ", glyphs::DEGRADED), why);
    }
    for limit in &flight.limits {
        add(Role::Warning, format!("{} limit: ", glyphs::DEGRADED), limit);
    }
    if !flight.assumes.is_empty() {
        lines.extend(requests::labelled(scene, (Role::Dim, "  if "), &flight.assumes.join("; "), width));
    }
    lines
}

fn guard<'a>(scene: &Scene<'_>, guard: &Guard, width: u16) -> Vec<Line<'a>> {
    let (role, glyph, word) = match guard.weight {
        Weight::Stop => (Role::Critical, glyphs::STUCK, "stop"),
        Weight::Warn => (Role::Warning, glyphs::DEGRADED, "warning"),
        Weight::Note => (Role::Info, glyphs::INFO, "note"),
    };
    requests::labelled(scene, (role, &format!("{glyph} {word}: ")), &guard.says, width)
}

fn dry_run<'a>(scene: &Scene<'_>, dry_run: &DryRun, width: u16) -> Vec<Line<'a>> {
    let labelled = |role, label: String, says: &str| requests::labelled(scene, (role, &label), says, width);
    match dry_run {
        DryRun::Accepted(warnings) => {
            let role = if warnings.is_empty() { Role::Healthy } else { Role::Warning };
            let glyph = if warnings.is_empty() { glyphs::HEALTHY } else { glyphs::DEGRADED };
            let says = format!("accepted, {}", when::counted(warnings.len(), "warning"));
            let mut lines = labelled(role, format!("{glyph} dry run: "), &says);
            lines.extend(warnings.iter().flat_map(|says| labelled(Role::Warning, "  server: ".to_owned(), says)));
            lines
        }
        DryRun::Refused(why) => labelled(Role::Critical, format!("{} dry run: refused: ", glyphs::STUCK), why),
        DryRun::Skipped(why) => labelled(Role::Warning, format!("{} not dry-run: ", glyphs::MISSING), why),
    }
}

/// The command that does the same, to be copied: broken anywhere but cut nowhere.
fn kubectl<'a>(scene: &Scene<'_>, card: &Card, width: u16) -> Vec<Line<'a>> {
    match &card.kubectl {
        Ok(command) => {
            let mut lines = vec![Line::from(scene.span(Role::Dim, "the same by hand:"))];
            let rows = text::wrap(command, width.saturating_sub(num::cells(2)), usize::MAX);
            lines.extend(rows.into_iter().map(|row| Line::from(scene.span(Role::Text, format!("  {row}")))));
            lines
        }
        Err(why) => requests::labelled(scene, (Role::Dim, "no kubectl command: "), &why.0, width),
    }
}
