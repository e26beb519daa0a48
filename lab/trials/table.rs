//! The rows of the table, and what each promises.

use std::time::Duration;

use crate::trials::{
    watch::{Told, Watched, many},
    world::{Wander, World},
};

/// The level of `Criteria::default`.
const LEVEL: f64 = 0.01;

/// What is tried.
pub(crate) struct Trials<'a> {
    /// Runs a row.
    pub(crate) runs: u64,
    /// Its first run has this seed, the next one the next.
    pub(crate) seed: u64,
    /// Only rows whose name holds this.
    pub(crate) only: Option<&'a str>,
}

/// Pairs of equal versions.
fn worlds() -> Vec<(&'static str, World)> {
    let plain = World::default();
    let wander = Wander { keep: 0.8, rate: 0.2, errors: 0.3, latency: 0.05 };
    let unlike = [0.2, 0.05];
    let at = |share: f64| [share; 2];
    vec![
        ("independent requests", plain),
        ("watched for 3 h", World { blocks: 1_080, ..plain }),
        ("blocks of 30 s", World { length: 30, blocks: 120, ..plain }),
        ("blocks of 60 s for 3 h", World { length: 60, blocks: 180, ..plain }),
        ("bursts hit both", World { bursts: true, ..plain }),
        ("weight 10, 30, 50 % in bursts", World { bursts: true, weights: [0.1, 0.3, 0.5], ..plain }),
        ("pods differ", World { unlike, ..plain }),
        ("2 pods against 40 that differ", World { pods: [2, 40], unlike, ..plain }),
        ("each wanders, AR(1) 0.8", World { wander, ..plain }),
        ("each wanders, AR(1) 0.95", World { wander: Wander { keep: 0.95, ..wander }, ..plain }),
        ("slow drift of both", World { drift: true, ..plain }),
        ("0.01 % fail", World { errors: at(0.0001), ..plain }),
        ("20 % fail", World { errors: at(0.2), ..plain }),
        ("1 request a second", World { rate: 1.0, pods: [1, 3], ..plain }),
        ("cold pods", World { cold: true, ..plain }),
        ("coarse buckets", World { buckets: Some(2.0), ..plain }),
        (
            "all of it at once",
            World { bursts: true, drift: true, unlike, wander, cold: true, pods: [2, 40], blocks: 720, ..plain },
        ),
    ]
}

fn alarms(watched: &[Watched], of: impl Fn(&Watched) -> &Told) -> (String, bool) {
    let (runs, cried) = (watched.len() as f64, watched.iter().filter(|one| of(one).alarm.is_some()).count() as f64);
    let same = watched.iter().filter(|one| of(one).same.is_some()).count() as f64 / runs;
    let (low, high) = wilson(cried, runs);
    let is_kept = cried / runs <= LEVEL;
    let mark = if is_kept { ' ' } else { '!' };
    let percent = |share: f64| share * 100.0;
    let text = format!("{:>6.2} % ({:>4.2}-{:>4.2}) {mark}", percent(cried / runs), percent(low), percent(high));
    (format!("{text:>22} {:>6.0} %", percent(same)), is_kept)
}

/// The interval of a share (Wilson 1927).
fn wilson(hits: f64, of: f64) -> (f64, f64) {
    let z = 1.959_96_f64;
    let share = hits / of;
    let middle = share + z * z / (2.0 * of);
    let half = z * (share * (1.0 - share) / of + z * z / (4.0 * of * of)).sqrt();
    let scale = 1.0 + z * z / of;
    (((middle - half) / scale).max(0.0), (middle + half) / scale)
}

/// What must be found: the share of runs in which it is, and until when.
struct Promise {
    name: &'static str,
    world: World,
    of: fn(&Watched) -> &Told,
    within: Option<Duration>,
}

fn promises() -> Vec<Promise> {
    let errors: fn(&Watched) -> &Told = |watched| &watched.errors;
    let latency: fn(&Watched) -> &Told = |watched| &watched.latency;
    let plain = World::default();
    let ten = Some(Duration::from_mins(10));
    let row = |name, world, of, within| Promise { name, world, of, within };
    let wander = Wander { keep: 0.8, rate: 0.2, errors: 0.3, latency: 0.05 };
    let hard = World { bursts: true, unlike: [0.2, 0.05], wander, ..plain };
    vec![
        row("30 % slower", World { slower: 1.3, ..plain }, latency, ten),
        row("1 % fail instead of 0.1 %", World { errors: [0.01, 0.001], ..plain }, errors, ten),
        row("30 % slower, blocks of 30 s", World { slower: 1.3, length: 30, blocks: 120, ..plain }, latency, ten),
        row(
            "1 % and 0.1 %, blocks of 30 s",
            World { errors: [0.01, 0.001], length: 30, blocks: 120, ..plain },
            errors,
            ten,
        ),
        row("30 % slower, blocks of 60 s", World { slower: 1.3, length: 60, blocks: 60, ..plain }, latency, None),
        row(
            "1 % and 0.1 %, blocks of 60 s",
            World { errors: [0.01, 0.001], length: 60, blocks: 60, ..plain },
            errors,
            None,
        ),
        row("1 % and 0.1 %, 1 pod against 1", World { errors: [0.01, 0.001], pods: [1, 1], ..plain }, errors, None),
        row("30 % slower, 1 pod against 1", World { slower: 1.3, pods: [1, 1], ..plain }, latency, None),
        row("30 % slower, bursts, odd pods", World { slower: 1.3, ..hard }, latency, None),
        row("1 % and 0.1 %, bursts, odd pods", World { errors: [0.01, 0.001], ..hard }, errors, None),
        row("3 % fail instead of 1 %", World { errors: [0.03, 0.01], ..plain }, errors, None),
        row("2 % fail instead of 1 %", World { errors: [0.02, 0.01], ..plain }, errors, None),
        row("10 % slower", World { slower: 1.1, ..plain }, latency, None),
        row("20 % slower", World { slower: 1.2, ..plain }, latency, None),
        row("20 % faster", World { slower: 0.8, ..plain }, latency, None),
        row("30 % slower, coarse buckets", World { slower: 1.3, buckets: Some(2.0), ..plain }, latency, None),
        row("30 % slower, 10 requests/s", World { slower: 1.3, rate: 10.0, ..plain }, latency, None),
    ]
}

impl Trials<'_> {
    /// The table of false alarms; whether all rows keep to the level.
    pub(crate) fn equal(&self) -> bool {
        let runs = self.runs;
        println!("Two equal versions, asked at every block of 10 s for 1 h unless said otherwise, {runs} runs a row.");
        println!("Ever called better or worse (95 % interval); promised: at most {} %.", LEVEL * 100.0);
        println!("{:32} {:>22} {:>8} {:>22} {:>8} {:>9}", "", "errors", "same", "latency", "same", "one-look");
        let mut kept = true;
        for (name, world) in worlds().into_iter().filter(|(name, _)| self.takes(name)) {
            let watched = many(&world, runs, self.seed);
            let (errors, errors_kept) = alarms(&watched, |watched| &watched.errors);
            let (latency, latency_kept) = alarms(&watched, |watched| &watched.latency);
            let naive = watched.iter().filter(|watched| watched.naive).count() as f64 / watched.len() as f64;
            println!("{name:32} {errors} {latency} {:>7.1} %", naive * 100.0);
            kept &= errors_kept && latency_kept;
        }
        println!("{}\n", if kept { "kept" } else { "BROKEN" });
        kept
    }

    /// The table of what is found; whether the promises are kept.
    pub(crate) fn unequal(&self) -> bool {
        let runs = (self.runs / 4).max(1);
        println!(
            "Versions that differ: 10 % of 100 requests/s, 4 pods against 12 unless said otherwise, {runs} runs a row, 1 h."
        );
        println!("{:32} {:>8} {:>12} {:>8} {:>8} {:>8}", "", "found", "in 10 min", "median", "p90", "same");
        let mut kept = true;
        for promise in promises().into_iter().filter(|row| self.takes(row.name)) {
            let watched = many(&promise.world, runs, self.seed);
            let mut times: Vec<Duration> =
                watched.iter().filter_map(|one| (promise.of)(one).alarm).map(|it| it.0).collect();
            times.sort();
            let share = |count: usize| count as f64 / watched.len() as f64;
            let within = times.iter().filter(|time| **time <= Duration::from_mins(10)).count();
            let rank = |part: f64| {
                let at = times.get((part * watched.len() as f64) as usize);
                at.map_or("-".into(), |time| format!("{:.1} min", time.as_secs_f64() / 60.0))
            };
            let same = watched.iter().filter(|one| (promise.of)(one).same.is_some()).count();
            println!(
                "{:32} {:>6.1} % {:>10.1} % {:>8} {:>8} {:>6.1} %",
                promise.name,
                share(times.len()) * 100.0,
                share(within) * 100.0,
                rank(0.5),
                rank(0.9),
                share(same) * 100.0
            );
            kept &= promise.within.is_none_or(|_| share(within) >= 0.95);
        }
        println!("{}", if kept { "kept" } else { "BROKEN" });
        kept
    }

    fn takes(&self, row: &str) -> bool {
        self.only.is_none_or(|only| row.contains(only))
    }
}
