//! Three truths about weight: what is written, what the router was told, and what rolldeck says it has seen, beside what the
//! pods counted. Over disjoint windows the 95 % interval must hold the pods' share about as often as it says.

use std::{fs, thread::sleep, time::Duration};

use serde_json::Value;

use crate::{
    Verdict,
    kube::Lab,
    shift::Shift,
    stories::{
        shifting::{HTTP_ROUTE, begin, counts, plan},
        traffic::Field,
    },
};

/// Three samples of the lab's Prometheus.
const WINDOW: Duration = Duration::from_secs(15);
const WINDOWS: u32 = 20;
/// So many of them at least hold it: of 20 true 95 % intervals 16 or fewer do in 1.6 % of all runs.
const HOLD: u32 = 17;
/// What app-v2 gets, in percent.
const SHARES: [&str; 3] = ["30", "1", "0"];

pub(crate) fn seen(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let shift = begin(&field, "story-seen")?;
    measured_by(&field, &shift, (SCRAPED, WINDOW))?;
    // It ends by itself if the story does not get so far.
    field.order("story", &format!("host={}&rate=100&seconds=1800", HTTP_ROUTE.host))?;
    let verdict = SHARES.into_iter().try_for_each(|share| holds(&field, &shift, share));
    field.order("story", "rate=0")?;
    verdict
}

/// How often the lab's Prometheus scrapes.
pub(super) const SCRAPED: Duration = Duration::from_secs(5);

/// Tells the shift's rolldeck of the lab's Prometheus, how often to ask it, and over how long to take rates.
pub(super) fn measured_by(field: &Field, shift: &Shift<'_>, (every, window): (Duration, Duration)) -> Verdict {
    let settings = shift.folder.join("config/rolldeck");
    let (port, every, window) = (field.port + 6, every.as_secs(), window.as_secs());
    let config = format!(
        "[prometheus]\nurl = \"http://127.0.0.1:{port}\"\nscrape_interval = \"{every}s\"\nwindow = \"{window}s\"\n"
    );
    fs::create_dir_all(&settings)
        .and_then(|()| fs::write(settings.join("config.toml"), config))
        .map_err(|e| e.to_string())
}

/// The windows of one split.
fn holds(field: &Field, shift: &Shift<'_>, share: &str) -> Verdict {
    plan(shift, &HTTP_ROUTE, &[&format!("app-v2={share}"), "--apply", "--reason", "seen", "--until", "done"])?
        .expect(0)?;
    // Until no sample of the window is from before.
    sleep(WINDOW * 2);
    let (mut inside, mut said) = (0, Vec::new());
    for _ in 0..WINDOWS {
        let before = counts(field, shift)?;
        sleep(WINDOW);
        let after = counts(field, shift)?;
        let (v1, v2) = (after.0 - before.0, after.1 - before.1);
        let counted = 100.0 * v2 / (v1 + v2);
        let (low, high) = interval(shift)?;
        inside += u32::from((low..=high).contains(&counted));
        said.push(format!("{counted:.2} in {low:.2}-{high:.2}"));
    }
    println!("        app-v2={share}: {inside} of {WINDOWS} intervals hold what the pods counted: {}", said.join(", "));
    if inside >= HOLD { Ok(()) } else { Err(format!("app-v2={share}: only {inside} of {WINDOWS}: {said:#?}")) }
}

/// Where rolldeck says that app-v2's share of the requests is, in percent.
fn interval(shift: &Shift<'_>) -> Result<(f64, f64), String> {
    let [_, v2] = versions(shift)?;
    let end = |end: &str| v2["split"]["seen"][end].as_f64();
    end("low").zip(end("high")).ok_or_else(|| format!("nothing was seen: {v2:#}"))
}

/// What rolldeck says of app-v1 and app-v2.
pub(super) fn versions(shift: &Shift<'_>) -> Result<[Value; 2], String> {
    let answer = shift.run(&["status", HTTP_ROUTE.name, "--output", "json"])?;
    let report: Value = serde_json::from_str(&answer.out).map_err(|error| format!("{error}: {}", answer.out))?;
    let named = |name: &str| {
        let version = report["versions"].as_array().into_iter().flatten().find(|version| version["name"] == name);
        version.cloned().ok_or_else(|| format!("no version {name}: {report:#}"))
    };
    Ok([named("app-v1")?, named("app-v2")?])
}
