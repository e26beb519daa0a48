//! `[verdict]` and `[[slo]]` in the configuration: what a verdict and a rollout are held to. What makes no sense is refused where
//! it is written.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use crate::domain::{Criteria, Slo, Text};

/// Criteria of a verdict. What is left out is as usual.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verdict {
    /// The chance that two equal versions are ever called better or worse, 0.0001 to 0.2. 0.01: one release in a hundred;
    /// what tests are held to elsewhere (0.05) is for one look, and would be one alarm in twenty releases.
    level: Option<Number<1, 2_000>>,
    /// A difference of error shares that always matters, in percentage points. 0.5: half of the budget of a 99 % objective.
    error_points: Option<Number<10, 500_000>>,
    /// So many times the stable version's error share matters too: of a small one half as much again (1.5) is much.
    error_ratio: Option<Number<10_100, 1_000_000>>,
    /// ... unless the difference is smaller than this, in percentage points. 0.1: a tenth of the failures that a 99 %
    /// objective allows.
    error_least: Option<Number<1, 500_000>>,
    /// The quantile of latency that is compared, 0.5 to 0.999. 0.95: of a canary with few requests a higher one says little.
    quantile: Option<Number<5_000, 9_990>>,
    /// A relative change of it that matters, in percent. 10: what buckets of ±10 % can tell.
    latency_change: Option<Number<10_000, 10_000_000>>,
    /// For how long after its start a pod is cold and its requests are left out. `60s`: connection pools, JITs, caches.
    warm_up: Option<Span<0, 3_600>>,
}

impl Verdict {
    /// These, and where nothing is said, those.
    pub(super) fn over(self, other: Self) -> Self {
        Self {
            level: self.level.or(other.level),
            error_points: self.error_points.or(other.error_points),
            error_ratio: self.error_ratio.or(other.error_ratio),
            error_least: self.error_least.or(other.error_least),
            quantile: self.quantile.or(other.quantile),
            latency_change: self.latency_change.or(other.latency_change),
            warm_up: self.warm_up.or(other.warm_up),
        }
    }

    /// All of them.
    pub(super) fn criteria(self) -> Criteria {
        let usual = Criteria::default();
        Criteria {
            level: self.level.map_or(usual.level, Number::get),
            points: self.error_points.map_or(usual.points, Number::percent),
            ratio: self.error_ratio.map_or(usual.ratio, Number::get),
            least: self.error_least.map_or(usual.least, Number::percent),
            quantile: self.quantile.map_or(usual.quantile, Number::get),
            slower: self.latency_change.map_or(usual.slower, Number::percent),
            warm_up: self.warm_up.map_or(usual.warm_up, Span::seconds),
        }
    }
}

/// `[[slo]]`: the share of requests that must not fail.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Goal {
    /// Which namespaces, `*` standing for anything.
    #[serde(default = "any")]
    namespace: String,
    /// Which rollouts, by name.
    #[serde(default = "any")]
    rollout: String,
    /// Percent of the requests.
    objective: Number<500_000, 999_999>,
    /// Over how long.
    #[serde(default)]
    over: Over,
}

fn any() -> String {
    "*".to_owned()
}

impl Goal {
    pub(super) fn slo(&self) -> Slo {
        let Over(over) = self.over;
        Slo {
            namespace: Text::clean(&self.namespace),
            rollout: Text::clean(&self.rollout),
            objective: self.objective.percent(),
            over,
        }
    }
}

/// A number between two bounds, which are in ten-thousandths.
#[derive(Clone, Copy, Debug)]
struct Number<const LEAST: u32, const MOST: u32>(f64);

impl<const LEAST: u32, const MOST: u32> Number<LEAST, MOST> {
    const fn get(self) -> f64 {
        self.0
    }

    /// As a share. Rounded to the ten-thousandths that bounds are told in: a hundredth of 99.9 is no 0.999 in binary.
    fn percent(self) -> f64 {
        (self.0 * 10_000.0).round() / 1_000_000.0
    }
}

impl<'de, const LEAST: u32, const MOST: u32> Deserialize<'de> for Number<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(number: D) -> Result<Self, D::Error> {
        let (least, most) = (f64::from(LEAST) / 10_000.0, f64::from(MOST) / 10_000.0);
        let number = f64::deserialize(number)?;
        if (least..=most).contains(&number) {
            return Ok(Self(number));
        }
        Err(de::Error::custom(format!("{number} is out of range: from {least} to {most}")))
    }
}

/// A length of time between two bounds in seconds: `60s`, `5m`, `1h`, `30d`.
#[derive(Clone, Copy, Debug)]
struct Span<const LEAST: u32, const MOST: u32>(u32);

impl<const LEAST: u32, const MOST: u32> Span<LEAST, MOST> {
    const fn seconds(self) -> u32 {
        self.0
    }
}

impl<'de, const LEAST: u32, const MOST: u32> Deserialize<'de> for Span<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let text = String::deserialize(text)?;
        let units = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
        let read = |(unit, secs): (&str, u32)| text.strip_suffix(unit)?.parse::<u32>().ok()?.checked_mul(secs);
        let seconds = units.into_iter().find_map(read);
        let seconds =
            seconds.ok_or_else(|| de::Error::custom(format!("{text:?} is no time; write 60s, 5m, 1h or 30d")))?;
        if (LEAST..=MOST).contains(&seconds) {
            return Ok(Self(seconds));
        }
        Err(de::Error::custom(format!("{text} is out of range: from {LEAST}s to {MOST}s")))
    }
}

/// Over how long an objective is kept: a day to 90 days.
#[derive(Clone, Copy, Debug)]
struct Over(Duration);

impl Default for Over {
    fn default() -> Self {
        Self(Duration::from_hours(30 * 24))
    }
}

impl<'de> Deserialize<'de> for Over {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        Span::<86_400, 7_776_000>::deserialize(text).map(|span| Self(Duration::from_secs(span.seconds().into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objective_is_the_share_that_was_written() {
        let goal: Goal = toml::from_str("objective = 99.9\nover = \"7d\"").unwrap();
        let slo = goal.slo();
        assert_eq!((slo.objective.to_string(), slo.over), ("0.999".to_owned(), Duration::from_hours(168)));
        assert_eq!((slo.namespace.as_str(), slo.rollout.as_str()), ("*", "*"));
    }
}
