//! How a pod answers, as its annotation `lab.rolldeck/behaviour` says: `median=40ms p99=160ms errors=1% warmup=30s cold=3
//! capacity=50`. What is not said is as below. It is read anew whenever the pod changes: `kubectl annotate` takes effect at once.

use std::time::Duration;

use crate::{Answer, chance::Chance};

/// The annotation.
pub(crate) const ANNOTATION: &str = "lab.rolldeck/behaviour";
/// How many standard deviations the 99th percentile of a normal distribution lies above its middle.
const Z99: f64 = 2.326_347_874;

/// How a pod answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Behaviour {
    /// Half of all answers are faster.
    pub(crate) median: Duration,
    /// All but one in a hundred are faster; times are lognormal.
    pub(crate) p99: Duration,
    /// The share of answers that are a 500, from 0 to 1.
    pub(crate) errors: f64,
    /// How long after its start a pod is slower.
    pub(crate) warmup: Duration,
    /// How many times slower it is at first; evenly less until it is warm.
    pub(crate) cold: f64,
    /// Requests a second above which it answers 503 at once; a second's worth may come in one burst.
    pub(crate) capacity: Option<f64>,
}

impl Default for Behaviour {
    fn default() -> Self {
        let (median, p99) = (Duration::from_millis(40), Duration::from_millis(160));
        Self { median, p99, errors: 0.0, warmup: Duration::ZERO, cold: 3.0, capacity: None }
    }
}

impl Behaviour {
    /// Reads the annotation.
    pub(crate) fn read(text: &str) -> Answer<Self> {
        let mut read = Self::default();
        let mut p99 = None;
        for word in text.split_whitespace() {
            let (name, value) = word.split_once('=').ok_or_else(|| format!("'{word}' is not NAME=VALUE"))?;
            let wrong = || format!("'{word}': '{value}' is not a value for {name}");
            match name {
                "median" => read.median = span(value).ok_or_else(wrong)?,
                "p99" => p99 = Some(span(value).ok_or_else(wrong)?),
                "errors" => read.errors = share(value).ok_or_else(wrong)?,
                "warmup" => read.warmup = span(value).ok_or_else(wrong)?,
                "cold" => read.cold = number(value).filter(|factor| *factor >= 1.0).ok_or_else(wrong)?,
                "capacity" => read.capacity = Some(number(value).filter(|rate| *rate > 0.0).ok_or_else(wrong)?),
                _ => return Err(format!("'{name}' is not one of median, p99, errors, warmup, cold, capacity")),
            }
        }
        read.p99 = p99.unwrap_or(read.median * 4);
        if read.median.is_zero() || read.p99 < read.median || read.p99 > Duration::from_mins(1) {
            return Err(format!("'{text}': median must be over 0, and p99 from median to 60s"));
        }
        Ok(read)
    }

    /// How long one answer takes, of a pod that runs since `age`.
    pub(crate) fn latency(&self, age: Duration, chance: &Chance) -> Duration {
        let sigma = (self.p99.as_secs_f64() / self.median.as_secs_f64()).ln() / Z99;
        let warm = self.median.as_secs_f64() * (sigma * chance.normal()).exp();
        // The longest that a normal draw can give is finite; the bound is for whoever writes p99=60s.
        Duration::from_secs_f64((warm * self.slowness(age)).min(300.0))
    }

    fn slowness(&self, age: Duration) -> f64 {
        if age >= self.warmup {
            return 1.0;
        }
        let left = 1.0 - age.as_secs_f64() / self.warmup.as_secs_f64();
        (self.cold - 1.0).mul_add(left, 1.0)
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

fn share(text: &str) -> Option<f64> {
    let share = match text.strip_suffix('%') {
        Some(percent) => number(percent)? / 100.0,
        None => number(text)?,
    };
    (share <= 1.0).then_some(share)
}

fn span(text: &str) -> Option<Duration> {
    let (amount, unit) = match text.strip_suffix("ms") {
        Some(amount) => (amount, 0.001),
        None => (text.strip_suffix('s')?, 1.0),
    };
    Duration::try_from_secs_f64(number(amount)? * unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_is_read() {
        let read = Behaviour::read("median=26ms p99=0.2s errors=1.5% warmup=30s cold=2 capacity=50").unwrap();
        let (median, p99) = (Duration::from_millis(26), Duration::from_millis(200));
        let warmup = Duration::from_secs(30);
        assert_eq!(read, Behaviour { median, p99, errors: 0.015, warmup, cold: 2.0, capacity: Some(50.0) });
        assert_eq!(Behaviour::read("").unwrap(), Behaviour::default());
    }

    #[test]
    fn mistakes_name_the_word() {
        for wrong in ["median", "median=fast", "errors=101%", "cold=0.5", "capacity=0", "speed=1", "p99=10ms"] {
            let why = Behaviour::read(wrong).unwrap_err();
            assert!(why.contains(wrong.split('=').next().unwrap()), "{why}");
        }
    }

    #[test]
    fn times_have_their_median_and_their_p99() {
        let (behaviour, chance) = (Behaviour::default(), Chance::new(1));
        let mut times: Vec<Duration> = (0..10_000).map(|_| behaviour.latency(Duration::ZERO, &chance)).collect();
        times.sort();
        let near = |index: usize, wanted: Duration, error: f64| {
            let off = times[index].as_secs_f64() / wanted.as_secs_f64() - 1.0;
            assert!(off.abs() < error, "{wanted:?} is off by {off}");
        };
        near(5_000, behaviour.median, 0.03);
        near(9_900, behaviour.p99, 0.10);
    }

    #[test]
    fn a_cold_pod_is_slower() {
        let behaviour = Behaviour::read("warmup=10s cold=3").unwrap();
        let second_takes = |age| Duration::from_secs_f64(behaviour.slowness(Duration::from_secs(age)));
        assert_eq!([0, 5, 10].map(second_takes), [3, 2, 1].map(Duration::from_secs));
    }
}
