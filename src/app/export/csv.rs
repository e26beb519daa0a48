//! Numbers as comma separated values (RFC 4180): a row per moment, times as RFC 3339 in UTC, the unit in the header. What is
//! unknown is empty, and never 0.

use std::collections::{BTreeMap, BTreeSet};

use super::sheet::Sheet;
use crate::{
    app::report::rfc3339,
    domain::{Measure, Moment},
};

/// The text, and how many rows it has below its header.
pub(super) fn csv(sheet: &Sheet<'_>) -> (String, usize) {
    let mut header = vec!["time".to_owned()];
    let mut columns: Vec<BTreeMap<Moment, f64>> = Vec::new();
    for side in &sheet.versions {
        for measure in Measure::ALL {
            header.push(format!("{} {}", side.version.at.name, title(measure)));
            columns.push(side.points.iter().filter_map(|point| Some((point.at, point.get(measure)?))).collect());
        }
    }
    if let Some((query, curves)) = sheet.query {
        for curve in curves {
            let name = if curve.name.is_empty() { String::new() } else { format!(" {{{}}}", curve.name) };
            let unit = if query.unit.is_empty() { String::new() } else { format!(" ({})", query.unit) };
            header.push(format!("{}{name}{unit}", query.name));
            columns.push(curve.points.iter().filter_map(|(at, value)| Some((*at, (*value)?))).collect());
        }
    }
    let times: BTreeSet<Moment> =
        sheet.versions.iter().flat_map(|side| side.points.iter().map(|point| point.at)).collect();
    let own = sheet.query.iter().flat_map(|(_, curves)| curves.iter()).flat_map(|curve| curve.points.iter());
    let times: BTreeSet<Moment> = times.into_iter().chain(own.map(|(at, _)| *at)).collect();
    let mut text = row(header);
    for at in &times {
        let cells = columns.iter().map(|column| column.get(at).map(ToString::to_string).unwrap_or_default());
        text.push_str(&row(std::iter::once(rfc3339(*at).unwrap_or_default()).chain(cells)));
    }
    (text, times.len())
}

/// A measure and its unit.
const fn title(measure: Measure) -> &'static str {
    match measure {
        Measure::Rate => "requests (1/s)",
        Measure::Errors => "failed (share of requests)",
        Measure::P50 => "p50 (s)",
        Measure::P95 => "p95 (s)",
        Measure::P99 => "p99 (s)",
    }
}

fn row(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell with quotes around it where it needs them. A name that a spreadsheet would take for a formula is marked as text.
fn cell(text: String) -> String {
    let is_formula = text.starts_with(['=', '+', '@']) || text.starts_with('-') && text.parse::<f64>().is_err();
    let text = if is_formula { format!("'{text}") } else { text };
    let is_special = |c: char| matches!(c, ',' | '"' | '\r' | '\n');
    if text.contains(is_special) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
