//! The error budget of a rollout in one row: what is left, how fast it goes, and who spends it.

use std::time::Duration;

use ratatui::text::Line;

use super::{Scene, glyphs, text, theme::Role, when};
use crate::domain::{Budget, Rollout, num};

/// The windows that are shown, of those that are known.
const SHOWN: [Duration; 2] = [Duration::from_mins(5), Duration::from_hours(1)];

/// The row, where there is an objective and anything is known; without what does not fit.
pub(super) fn row<'a>(scene: &Scene<'_>, rollout: &Rollout, width: u16) -> Option<Line<'a>> {
    let budget = rollout.door.budget.as_ref()?;
    let role = match (budget.alarm(), budget.left) {
        (Some(rung), _) if rung.pages => Role::Stuck,
        (_, Some(left)) if left <= 0.0 => Role::Stuck,
        (Some(_), _) => Role::Warning,
        (None, _) => Role::Text,
    };
    let says = says(rollout, budget);
    let label = "   budget   ";
    let mut shown = String::new();
    for part in says {
        if text::width(label) + text::width(&shown) + text::width(&part) <= width {
            shown += &part;
        }
    }
    Some(Line::from(vec![scene.span(Role::Dim, label), scene.span(role, shown)]))
}

/// `99.9 % over 30d: 62 % left`, `, burning 14x (5m), 9x (1h)`, `, gone in 2h10m`, ` · app-v2 makes 71 % of it`.
fn says(rollout: &Rollout, budget: &Budget) -> Vec<String> {
    let objective = format!("{:.4}", budget.slo.objective * 100.0);
    let objective = objective.trim_end_matches('0').trim_end_matches('.');
    let left = match budget.left {
        Some(left) if left <= 0.0 => "nothing left".to_owned(),
        Some(left) => format!("{:.0} % left", left * 100.0),
        None => "what is left is not known".to_owned(),
    };
    let mut parts = vec![format!("{objective} % over {}: {left}", window(budget.slo.over))];
    let burns = SHOWN.iter().filter_map(|window| Some((*window, budget.burn(*window)?)));
    let burns: Vec<String> =
        burns.map(|(window, burn)| format!("{}x ({})", rate(burn), self::window(window))).collect();
    if !burns.is_empty() {
        parts.push(format!(", burning {}", burns.join(", ")));
    }
    let gone = SHOWN.iter().rev().find_map(|window| budget.gone_in(*window));
    parts.extend(gone.filter(|gone| !gone.is_zero()).map(|gone| format!(", gone in {}", when::age(gone))));
    let most = budget.by.iter().max_by(|a, b| a.1.total_cmp(&b.1)).filter(|_| budget.by.len() > 1);
    let named = most.and_then(|(uid, part)| Some((rollout.version(uid)?, *part)));
    parts.extend(named.map(|(version, part)| {
        let name = version.called();
        format!(" {} {name} makes {:.0} % of it", glyphs::MISSING, part * 100.0)
    }));
    parts
}

/// `5m`, `1h`, `30d`.
fn window(length: Duration) -> String {
    match length.as_secs() {
        secs if secs.is_multiple_of(86_400) => format!("{}d", secs / 86_400),
        secs if secs.is_multiple_of(3_600) => format!("{}h", secs / 3_600),
        secs => format!("{}m", secs / 60),
    }
}

/// `14`, `9.2`, `0.3`.
fn rate(burn: f64) -> String {
    if burn >= 10.0 { when::count(num::count_usize(num::round_i32(burn))) } else { format!("{burn:.1}") }
}
