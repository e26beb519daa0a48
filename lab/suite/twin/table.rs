//! The table of agreement.

use std::fmt::Write;

use super::{Judged, Played, Script, known};
use crate::Verdict;

/// One script's line.
pub(super) struct Row {
    name: String,
    points: usize,
    /// What differs and is not known to.
    complaints: Vec<String>,
    /// Causes of what is known to differ.
    known: Vec<&'static str>,
}

impl Row {
    /// A script that could not be played to its end.
    pub(super) fn broken(script: &Script, why: &str) -> Self {
        Self { name: script.name.clone(), points: 0, complaints: vec![why.to_owned()], known: Vec::new() }
    }

    /// What the lab showed beside what the simulator showed.
    pub(super) fn compared(script: &Script, real: &Played, simulated: &Played) -> Self {
        let mut row = Self { name: script.name.clone(), points: 0, complaints: Vec::new(), known: Vec::new() };
        let skipped = match script.judged {
            Judged::Points => 0,
            Judged::End => real.stops.len().saturating_sub(1),
        };
        for (here, there) in real.stops.iter().zip(&simulated.stops).skip(skipped) {
            row.points += 1;
            for (fact, real, simulated) in here.differences(there) {
                match known::cause(&fact, &real, &simulated) {
                    Some(cause) => row.known.push(cause),
                    None => row.complaints.push(format!(
                        "after move {} {}: {fact}\n    real       {real}\n    simulated  {simulated}",
                        here.at, here.step
                    )),
                }
            }
        }
        for (who, played) in [("the lab", real), ("the simulator", simulated)] {
            row.complaints.extend(crossed(script, played).map(|what| format!("{who} {what}")));
        }
        row.known.dedup();
        row
    }
}

/// The bound that was crossed.
fn crossed(script: &Script, played: &Played) -> Option<String> {
    let (most, least) = script.bounds?;
    let (had, ready) = played.extremes;
    if had > most {
        return Some(format!("had {had} pods wanted at once, more than {most}"));
    }
    match ready {
        Some(ready) if ready >= least => None,
        Some(ready) => Some(format!("had only {ready} pods ready, fewer than {least}")),
        None => Some("never had all pods ready".into()),
    }
}

/// Prints it.
pub(super) fn print(rows: &[Row]) {
    for row in rows {
        let (word, why) = match (row.complaints.as_slice(), row.known.as_slice()) {
            ([], []) => ("agree", String::new()),
            ([], known) => ("known", known.join("; ")),
            (complaints, _) => ("DISAGREE", format!("{} facts", complaints.len())),
        };
        println!("        {:<34} {:>3} points  {word:<9} {why}", row.name, row.points);
    }
    let points: usize = rows.iter().map(|row| row.points).sum();
    let count = |what: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| what(row)).count();
    println!(
        "        {} scripts, {points} points compared: {} agree, {} differ for known causes, {} disagree",
        rows.len(),
        count(&|row| row.complaints.is_empty() && row.known.is_empty()),
        count(&|row| row.complaints.is_empty() && !row.known.is_empty()),
        count(&|row| !row.complaints.is_empty()),
    );
}

/// What is not known to differ, and does.
pub(super) fn verdict(rows: &[Row]) -> Verdict {
    let mut said = String::new();
    for row in rows {
        for complaint in &row.complaints {
            let _ = writeln!(said, "{}: {complaint}", row.name);
        }
    }
    if said.is_empty() { Ok(()) } else { Err(said) }
}
