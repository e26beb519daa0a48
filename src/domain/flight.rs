//! What a change is expected to do, computed before it is confirmed, and the way back from where a rollout is.

use serde::{Deserialize, Serialize};

use super::{Ref, Text};

/// What a change is expected to do. What is not known is None, never 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// Pods that will be created.
    pub start: i32,
    /// Pods that will be deleted.
    pub stop: i32,
    /// How long it takes, from the request to *done*; None where no pod was seen starting, and where it does not end.
    pub takes: Option<Estimate>,
    /// The fewest pods that are ready at any time on the way, this moment included.
    pub lowest_ready: i32,
    /// Pods that are wanted in the end.
    pub wanted: i32,
    /// Whether there is a time at which no pod is ready, though one is now.
    pub downtime: Downtime,
    /// What is gone afterwards (`the 3 ready pods of web:1.9`).
    pub lost: Vec<Text>,
    /// Limits that are met on the way or at the end.
    pub limits: Vec<Text>,
    /// Why it does not get done by itself, if so.
    pub stuck: Option<Text>,
    /// What is taken for granted.
    pub assumes: Vec<Text>,
}

impl Flight {
    /// `14 pods start, 10 stop, about 95 s (70 to 130), lowest ready 15 of 20`.
    pub fn says(&self) -> String {
        let moves = match (self.start, self.stop) {
            (0, 0) => "no pod starts or stops".to_owned(),
            (start, 0) => format!("{} {}", pods(start), verb(start, "start")),
            (0, stop) => format!("{} {}", pods(stop), verb(stop, "stop")),
            (start, stop) => {
                format!("{} {}, {stop} {}", pods(start), verb(start, "start"), verb(stop, "stop"))
            }
        };
        let time = match (&self.takes, &self.stuck) {
            (Some(span), _) => format!(", {}", span.says()),
            (None, Some(_)) => String::new(),
            (None, None) => ", time unknown".to_owned(),
        };
        let down = match self.downtime {
            Downtime::None => String::new(),
            Downtime::For(span) => format!(", none ready for {}", span.says()),
            Downtime::Unknown => ", none ready in between".to_owned(),
            Downtime::Lasting => ", none ready afterwards".to_owned(),
        };
        let lowest = if self.downtime == Downtime::None && self.start + self.stop > 0 {
            format!(", lowest ready {} of {}", self.lowest_ready, self.wanted)
        } else {
            String::new()
        };
        moves + &time + &down + &lowest
    }
}

/// Whether nothing is ready for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Downtime {
    /// Something is ready all the time, or nothing is ready now.
    None,
    /// For so long.
    For(Estimate),
    /// There is one, and nobody knows how long.
    Unknown,
    /// Nothing is ready in the end.
    Lasting,
}

/// A span of time as far as it can be told, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// If everything goes as fast as the fastest that was seen.
    pub fastest: u64,
    /// If it goes as it did.
    pub likely: u64,
    /// If everything goes as slowly as the slowest that was seen.
    pub slowest: u64,
}

impl Estimate {
    /// `about 95 s (70 to 130)`; `about 95 s` where all are the same.
    pub fn says(&self) -> String {
        let Self { fastest, likely, slowest } = *self;
        let range = if fastest == slowest { String::new() } else { format!(" ({fastest} to {slowest})") };
        if slowest == 0 { "at once".to_owned() } else { format!("about {likely} s{range}") }
    }
}

/// The way back from where a rollout is: what undo would do now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayBack {
    /// Of which rollout.
    pub of: Ref,
    /// The revision that undo goes to.
    pub revision: i64,
    /// What that runs: the tag of its image (`1.8.2`).
    pub to: Text,
    /// What it would do.
    pub flight: Flight,
}

/// `1 pod`, `3 pods`.
fn pods(count: i32) -> String {
    if count == 1 { "1 pod".to_owned() } else { format!("{count} pods") }
}

/// `start` of several, `starts` of one.
fn verb(count: i32, word: &str) -> String {
    if count == 1 { format!("{word}s") } else { word.to_owned() }
}

impl WayBack {
    /// `undo to 1.8.2: 6 pods, about 40 s`: the pods that must start, or those that stop where none must.
    pub fn says(&self) -> String {
        let Flight { start, stop, takes, stuck, .. } = &self.flight;
        let moves = match (*start, *stop) {
            (0, 0) => "no pod moves".to_owned(),
            (0, stop) => format!("{} {}", pods(stop), verb(stop, "stop")),
            (start, _) => pods(start),
        };
        let time = match (takes, stuck) {
            (Some(Estimate { slowest: 0, .. }), _) => ", at once".to_owned(),
            (Some(span), _) => format!(", about {} s", span.likely),
            (None, Some(_)) => ", but it fails too".to_owned(),
            (None, None) => String::new(),
        };
        format!("undo to {}: {moves}{time}", self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight() -> Flight {
        Flight {
            start: 14,
            stop: 10,
            takes: Some(Estimate { fastest: 70, likely: 95, slowest: 130 }),
            lowest_ready: 15,
            wanted: 20,
            downtime: Downtime::None,
            lost: Vec::new(),
            limits: Vec::new(),
            stuck: None,
            assumes: Vec::new(),
        }
    }

    #[test]
    fn it_says_what_is_known_and_no_more() {
        assert_eq!(flight().says(), "14 pods start, 10 stop, about 95 s (70 to 130), lowest ready 15 of 20");
        let unknown = Flight { start: 1, stop: 0, takes: None, ..flight() };
        assert_eq!(unknown.says(), "1 pod starts, time unknown, lowest ready 15 of 20");
        let span = Estimate { fastest: 7, likely: 7, slowest: 7 };
        let recreated = Flight { downtime: Downtime::For(span), lowest_ready: 0, takes: Some(span), ..flight() };
        assert_eq!(recreated.says(), "14 pods start, 10 stop, about 7 s, none ready for about 7 s");
        let at_once = Estimate { fastest: 0, likely: 0, slowest: 0 };
        let nothing = Flight { start: 0, stop: 0, takes: Some(at_once), ..flight() };
        assert_eq!(nothing.says(), "no pod starts or stops, at once");
    }

    #[test]
    fn the_way_back_is_short() {
        let of = crate::domain::sample::at(crate::domain::Kind::DEPLOYMENT, "web");
        let way = |flight| WayBack { of: of.clone(), revision: 1, to: "1.8.2".into(), flight }.says();
        assert_eq!(way(flight()), "undo to 1.8.2: 14 pods, about 95 s");
        let fails = Flight { takes: None, stuck: Some("web:1 crashes".into()), ..flight() };
        assert_eq!(way(fails), "undo to 1.8.2: 14 pods, but it fails too");
        assert_eq!(way(Flight { start: 0, takes: None, ..flight() }), "undo to 1.8.2: 10 pods stop");
    }
}
