//! One question to both, and whether the answers are the same.

use std::{collections::BTreeMap, process::Command};

use rolldeck::{
    domain::Moment,
    sim::prom::{Tsdb, answer},
};
use serde_json::Value;

/// Values may differ by this share: sums are not added in the same order.
const NEAR: f64 = 1e-9;

/// A request: the path below `/api/v1/`, and its parameters.
pub(crate) struct Ask {
    pub(crate) path: String,
    pub(crate) form: Vec<(String, String)>,
}

/// What came out.
pub(crate) enum Verdict {
    /// How many values there were, and by how much they differed at most.
    Same {
        values: usize,
        error: f64,
    },
    /// The same mistake at the same place, in other words.
    Worded(String),
    Different(String),
}

/// Asks both.
pub(crate) fn compare(url: &str, db: &Tsdb, ask: &Ask) -> Verdict {
    let real = real(url, ask);
    let encode = |text: &str| text.bytes().fold(String::new(), |all, byte| all + &format!("%{byte:02X}"));
    let pairs: Vec<String> = ask.form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let ours = answer(db, &format!("/api/v1/{}", ask.path), &pairs.join("&"), b"", Moment(0));
    if ours.0 != real.0 {
        return Verdict::Different(format!("code {} and not {}: {} / {}", ours.0, real.0, ours.1, real.1));
    }
    if real.0 != 200 {
        let kind = |body: &Value| body["errorType"].to_string();
        let words = |body: &Value| body["error"].as_str().unwrap_or_default().to_owned();
        let ((our_kind, own), (kind, theirs)) = ((kind(&ours.1), words(&ours.1)), (kind(&real.1), words(&real.1)));
        let place = |words: &str| words.split_once("parse error: ").map(|(place, _)| place.to_owned());
        return match (own == theirs, place(&own) == place(&theirs)) {
            _ if our_kind != kind => Verdict::Different(format!("{our_kind} and not {kind}")),
            (true, _) => Verdict::Same { values: 0, error: 0.0 },
            (false, true) => Verdict::Worded(format!("ours {own}\n        real {theirs}")),
            (false, false) => Verdict::Different(format!("ours {own}\n        real {theirs}")),
        };
    }
    same(&ours.1["data"], &real.1["data"])
}

fn real(url: &str, ask: &Ask) -> (u16, Value) {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--get", "-w", "\n%{http_code}", &format!("{url}/api/v1/{}", ask.path)]);
    for (name, value) in &ask.form {
        curl.args(["--data-urlencode", &format!("{name}={value}")]);
    }
    let output = String::from_utf8(curl.output().unwrap().stdout).unwrap();
    let (body, code) = output.rsplit_once('\n').unwrap();
    (code.parse().unwrap(), serde_json::from_str(body).unwrap_or(Value::Null))
}

fn same(ours: &Value, real: &Value) -> Verdict {
    if ours["resultType"] != real["resultType"] {
        return Verdict::Different(format!("type {} and not {}", ours["resultType"], real["resultType"]));
    }
    if !ours["resultType"].is_string() {
        let values = real.as_array().map_or(1, Vec::len);
        return if ours == real {
            Verdict::Same { values, error: 0.0 }
        } else {
            Verdict::Different(format!("{ours} and not {real}"))
        };
    }
    let (ours, real) = (rows(ours), rows(real));
    if let Some(row) = ours.keys().find(|row| !real.contains_key(*row)) {
        return Verdict::Different(format!("only ours has {row}"));
    }
    let (mut values, mut error) = (0, 0.0_f64);
    for (row, theirs) in &real {
        let Some(own) = ours.get(row) else { return Verdict::Different(format!("only the real one has {row}")) };
        let times = |points: &[(String, f64)]| points.iter().map(|(at, _)| at.clone()).collect::<Vec<String>>();
        if times(own) != times(theirs) {
            return Verdict::Different(format!(
                "{row}: values at {:?}\n        and not {:?}",
                times(own),
                times(theirs)
            ));
        }
        for ((at, own), (_, theirs)) in own.iter().zip(theirs) {
            let apart = apart(*own, *theirs);
            if apart > NEAR {
                return Verdict::Different(format!("{row} at {at}: {own} and not {theirs}"));
            }
            (values, error) = (values + 1, error.max(apart));
        }
    }
    Verdict::Same { values, error }
}

fn apart(own: f64, theirs: f64) -> f64 {
    if own.to_bits() == theirs.to_bits() || (own.is_nan() && theirs.is_nan()) {
        return 0.0;
    }
    let apart = (own - theirs).abs() / theirs.abs().max(1e-12);
    if apart.is_nan() { f64::INFINITY } else { apart }
}

/// By labels: times and values, whichever the type of the result.
fn rows(data: &Value) -> BTreeMap<String, Vec<(String, f64)>> {
    let pair = |pair: &Value| -> (String, f64) {
        (pair[0].as_f64().unwrap().to_string(), pair[1].as_str().unwrap().parse().unwrap_or(f64::NAN))
    };
    if data["resultType"] == "scalar" || data["resultType"] == "string" {
        return BTreeMap::from([(data["result"][1].to_string(), vec![pair(&data["result"])])]);
    }
    let row = |row: &Value| {
        let points = match row["values"].as_array() {
            Some(values) => values.iter().map(pair).collect(),
            None => vec![pair(&row["value"])],
        };
        (row["metric"].to_string(), points)
    };
    data["result"].as_array().unwrap().iter().map(row).collect()
}
