//! What happened with numbers, as Markdown for a post-mortem: the state, the versions, then who did what and when, with the
//! numbers of the minute before and the minute after what may have changed them.

use std::fmt::Write as _;

use super::{
    json::teller,
    sheet::{Sheet, Told},
};
use crate::{
    app::report::rfc3339,
    domain::{Finding, Measure, Measured, Moment, Version, num},
};

/// What is unknown.
const UNKNOWN: &str = "";

/// The text, and how many lines of the timeline it has.
pub(super) fn markdown(sheet: &Sheet<'_>) -> (String, usize) {
    let mut page = String::new();
    head(&mut page, sheet);
    versions(&mut page, sheet);
    if !sheet.rollout.findings.is_empty() {
        page.push_str("\n## Findings\n\n");
        sheet.rollout.findings.iter().for_each(|finding| page.push_str(&found(finding)));
    }
    timeline(&mut page, sheet);
    (page, sheet.told.len())
}

// Writing to a String cannot fail: what it answers is let go of.
fn head(page: &mut String, sheet: &Sheet<'_>) {
    let rollout = sheet.rollout;
    let at = &rollout.at;
    let _ = writeln!(page, "# {at} in {} of {}\n", at.namespace, at.cluster);
    let _ = writeln!(page, "State at {}: **{}**. {}\n", utc(sheet.now), rollout.phase.word(), escaped(&rollout.says));
    if let Some(since) = rollout.since {
        let _ = writeln!(page, "In this state since {}.\n", utc(since));
    }
    let window = sheet.gauge.and_then(|gauge| gauge.window);
    let old = if sheet.is_stale() { "; they are old, or there are none" } else { "" };
    if let Some(window) = window {
        let _ = writeln!(page, "Rates are taken over {} s{old}. Times are UTC.", window.as_secs());
    } else {
        page.push_str("There are no metrics. Times are UTC.\n");
    }
}

fn versions(page: &mut String, sheet: &Sheet<'_>) {
    page.push_str("\n## Versions\n\n");
    page.push_str("| version | is | revision | image | pods ready | requests | failed | p50 | p95 | p99 |\n");
    page.push_str("|---|---|---:|---|---:|---:|---:|---:|---:|---:|\n");
    for side in &sheet.versions {
        let version = side.version;
        let revision = version.revision.map_or(String::new(), |revision| revision.to_string());
        let measured = version.metrics.as_deref().copied().unwrap_or_default();
        let numbers = Measure::ALL.map(|measure| number(&measured, measure));
        let _ = writeln!(
            page,
            "| {} | {} | {revision} | {} | {}/{} | {} |",
            escaped(&version.at.name),
            version.role.word(),
            escaped(&version.short_images()),
            version.pods.ready,
            version.pods.desired,
            numbers.join(" | ")
        );
    }
}

fn timeline(page: &mut String, sheet: &Sheet<'_>) {
    page.push_str("\n## Timeline\n\n");
    if sheet.told.is_empty() {
        page.push_str("Nothing has happened since rolldeck began to watch.\n");
        return;
    }
    page.push_str(
        "Numbers are requests per second, share of failed requests and 95th percentile, in the minute before and the \
                   minute after.\n\n",
    );
    page.push_str("| time | who | object | what |");
    for side in &sheet.versions {
        let _ = write!(page, " {} before | after |", escaped(name(side.version)));
    }
    page.push_str("\n|---|---|---|---|");
    sheet.versions.iter().for_each(|_| page.push_str("---|---|"));
    page.push('\n');
    sheet.told.iter().for_each(|told| line(page, told, sheet.versions.len()));
}

fn line(page: &mut String, told: &Told<'_>, versions: usize) {
    let entry = told.entry;
    let who = told.by.as_deref().unwrap_or_else(|| teller(entry.teller));
    let times = if entry.times > 1 { format!(" (×{})", entry.times) } else { String::new() };
    let (about, says) = (entry.about.to_string(), escaped(&entry.says));
    let _ = write!(page, "| {} | {} | {} | {says}{times} |", utc(entry.at), escaped(who), escaped(&about));
    for place in 0..versions {
        let beside = told.beside.get(place);
        let (before, after) = beside.map(|(before, after)| (few(before), few(after))).unwrap_or_default();
        let _ = write!(page, " {before} | {after} |");
    }
    page.push('\n');
}

fn found(finding: &Finding) -> String {
    let since = finding.since.map(|since| format!(" (since {})", utc(since))).unwrap_or_default();
    let (message, advice) = (escaped(&finding.message), escaped(&finding.advice));
    format!("- **{}**{since}: {message}. {advice}\n", finding.rule)
}

/// `8.9/s, 0.19 %, 72 ms`, without what is not known.
fn few(measured: &Measured) -> String {
    let few = [Measure::Rate, Measure::Errors, Measure::P95].map(|measure| number(measured, measure));
    few.into_iter().filter(|number| !number.is_empty()).collect::<Vec<_>>().join(", ")
}

/// A number with its unit; nothing for what is unknown.
fn number(measured: &Measured, measure: Measure) -> String {
    let Some(value) = measured.get(measure) else { return UNKNOWN.to_owned() };
    match measure {
        Measure::Rate => format!("{value:.1}/s"),
        Measure::Errors => format!("{} %", num::percent(value)),
        Measure::P50 | Measure::P95 | Measure::P99 => format!("{:.1} ms", value * 1_000.0),
    }
}

/// `2026-11-21 03:12:07`.
fn utc(at: Moment) -> String {
    let whole = Moment::from_secs(num::whole_seconds(at));
    rfc3339(whole).unwrap_or_default().replace('T', " ").trim_end_matches('Z').to_owned()
}

fn name(version: &Version) -> &str {
    if version.is_workload() { &version.at.name } else { version.tag() }
}

/// Text that is a cell of a table and no markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
