//! What a pod writes about its requests: one of the good ones a second, and each failed one up to a few. Drawn from the pod's
//! identity and the second alone, so that who reads it twice reads the same; the samples of `export` are drawn apart, with
//! the same shares.

use serde_json::Value;

use super::{Traffic, scene::Manner};
use crate::{
    domain::{Moment, num},
    sim::{
        Line,
        objects::{json::text, luck::Luck},
    },
};

/// Older lines were rotated away.
const KEPT_MS: i64 = 10 * 60_000;
/// No more failed requests are written a second.
const FAILED: usize = 3;

const PATHS: [&str; 6] = ["/", "/items", "/items/17", "/search", "/orders", "/health"];

impl Traffic {
    /// The lines of a pod between two moments.
    pub(in crate::sim) fn access_log(&self, pod: &Value, (from, to): (Moment, Moment)) -> Vec<Line> {
        let named = (text(pod, "/metadata/namespace").to_owned(), text(pod, "/metadata/name").to_owned());
        let Some(known) = self.scene.pods.get(&named) else { return Vec::new() };
        let site = |site: &&super::Site| site.endpoints.iter().any(|one| one.pod == named.1 && one.ready);
        let Some(site) = self.scene.sites.values().find(site) else { return Vec::new() };
        let Some(since) = known.ready_since else { return Vec::new() };
        let ready = site.endpoints.iter().filter(|one| one.ready).count();
        let rate = (site.load + site.routed.unwrap_or(0.0)) / num::count_f64(ready.max(1));
        let from = from.max(since).max(to.shifted(-KEPT_MS));
        let uid = text(pod, "/metadata/uid").bytes().fold(17_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte));
        let seconds = from.0.div_euclid(1_000)..=to.0.div_euclid(1_000);
        let lines = seconds.flat_map(|second| written(uid, second, known.manner, rate));
        lines.filter(|(at, _)| (from..=to).contains(at)).collect()
    }
}

/// The lines of one second.
fn written(uid: u64, second: i64, manner: Manner, rate: f64) -> Vec<Line> {
    let mut luck = Luck::new(uid ^ num::clamp_u64(second));
    let mut unit = || num::unit(luck.bits());
    let mut lines = Vec::new();
    let mut line = |fails: bool, unit: &mut dyn FnMut() -> f64| {
        let at = Moment(second * 1_000 + i64::from(num::round_i32(unit() * 999.0)));
        let path = PATHS.get(num::count_usize(num::round_i32(unit() * 5.0))).copied().unwrap_or("/");
        let spread = (manner.spread * 2.0 * (unit() + unit() - 1.0)).exp();
        let took = (manner.median * 1_000.0 * spread).ceil();
        let (level, code) = if fails { ("error", 500) } else { ("info", 200) };
        lines.push((at, format!("level={level} msg=\"request\" method=GET path={path} status={code} took={took}ms")));
    };
    if unit() < rate {
        line(false, &mut unit);
    }
    for place in 0..FAILED {
        if unit() < rate * manner.errors - num::count_f64(place) {
            line(true, &mut unit);
        }
    }
    lines
}
