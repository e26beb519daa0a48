//! Traffic of two versions with a known truth, block by block: what hits both, what one version does by itself, and what
//! single pods do. Nothing of it knows how it will be judged.

use std::{sync::Arc, time::Duration};

use rolldeck::{
    domain::{Block, Bucket, Moment, Name, PodTraits, Tally},
    sim::Draw,
};

/// Latency is lognormal with this deviation of its logarithm: p95 is 2.3 times the median.
const DEVIATION: f64 = 0.5;

/// The median, seconds.
const MEDIAN: f64 = 0.05;

/// How much slower a cold pod is.
const COLD: f64 = 3.0;

/// For how long it is, seconds.
const WARM_UP: f64 = 45.0;

/// What wanders in one version by itself, block by block, as an autoregressive process of the first order.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wander {
    /// How much of the deviation is left after one block.
    pub keep: f64,
    /// The deviation of the logarithm of the rate.
    pub rate: f64,
    /// Of the error share.
    pub errors: f64,
    /// Of the latency.
    pub latency: f64,
}

/// The truth.
#[derive(Clone, Copy)]
pub(crate) struct World {
    /// How many blocks.
    pub blocks: usize,
    /// How long one is, in seconds. What wanders and bursts does so by blocks, whatever their length.
    pub length: u32,
    /// Requests a second of both.
    pub rate: f64,
    /// The new version's share of them, in the first, second and last third of the time.
    pub weights: [f64; 3],
    /// Pods of the new and the stable version.
    pub pods: [usize; 2],
    /// Their error shares.
    pub errors: [f64; 2],
    /// By which factor the new version is slower.
    pub slower: f64,
    /// Bursts that hit both: every five minutes or so, a minute of ten times the errors, half as slow again, thrice the rate.
    pub bursts: bool,
    /// Everything becomes three times as bad until the end, for both.
    pub drift: bool,
    /// The deviation of the logarithm of a pod's error share, and of its latency.
    pub unlike: [f64; 2],
    /// What each version does by itself.
    pub wander: Wander,
    /// The new version's pods have just started.
    pub cold: bool,
    /// Whether latency is measured, and how finely: the ratio of two bucket boundaries.
    pub buckets: Option<f64>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            blocks: 360,
            length: 10,
            rate: 100.0,
            weights: [0.1; 3],
            pods: [4, 12],
            errors: [0.01; 2],
            slower: 1.0,
            bursts: false,
            drift: false,
            unlike: [0.0; 2],
            wander: Wander::default(),
            cold: false,
            buckets: Some(1.08),
        }
    }
}

/// One version of one run.
struct Side {
    pods: Vec<(Name, [f64; 2])>,
    wander: [f64; 3],
    errors: f64,
    median: f64,
}

/// One run of a world.
pub(crate) struct Run {
    world: World,
    draw: Draw,
    sides: [Side; 2],
    burst: usize,
    bounds: Vec<f64>,
    block: usize,
    /// What is known of the pods.
    pub traits: Vec<PodTraits>,
}

impl Run {
    /// A run by chance.
    pub(crate) fn new(world: &World, seed: u64) -> Self {
        let mut draw = Draw::new(seed);
        let mut side = |at: usize, label: &str| Side {
            pods: (0..world.pods[at])
                .map(|pod| (Name::from(format!("{label}-{pod}")), world.unlike.map(|by| by * draw.normal())))
                .collect(),
            wander: [0.0; 3],
            errors: world.errors[at],
            median: MEDIAN * if at == 0 { world.slower } else { 1.0 },
        };
        let sides = [side(0, "new"), side(1, "stable")];
        let started = world.cold.then_some(Moment(0));
        let traits =
            sides[0].pods.iter().map(|(pod, _)| PodTraits { pod: pod.clone(), started, traits: vec![] }).collect();
        let mut bounds = vec![0.02, 0.04];
        if let Some(step) = world.buckets {
            let mut bound = 0.05;
            while bound < 0.5 {
                bounds.push(bound);
                bound *= step;
            }
            bounds.push(f64::INFINITY);
        }
        Self { world: *world, draw, sides, burst: 0, bounds, block: 0, traits }
    }

    /// The next block of the new and of the stable version; None at the end.
    pub(crate) fn next(&mut self) -> Option<[Arc<Block>; 2]> {
        let world = self.world;
        if self.block == world.blocks {
            return None;
        }
        let weight = world.weights[self.block * 3 / world.blocks];
        self.burst = match self.burst {
            0 if world.bursts && self.draw.unit() < 1.0 / 30.0 => 6,
            left => left.saturating_sub(1),
        };
        let done = self.block as f64 / world.blocks as f64;
        let drift = if world.drift { 3_f64.powf(done) } else { 1.0 };
        let (rate, errors, latency) = if self.burst > 0 { (3.0, 10.0, 1.5) } else { (1.0, 1.0, 1.0) };
        let both = [rate * world.rate, errors * drift, latency * drift.sqrt()];
        self.block += 1;
        Some([self.side(0, weight, both), self.side(1, 1.0 - weight, both)])
    }

    fn side(&mut self, at: usize, weight: f64, [rate, errors, latency]: [f64; 3]) -> Arc<Block> {
        let (world, draw, side) = (&self.world, &mut self.draw, &mut self.sides[at]);
        let Wander { keep, rate: by_rate, errors: by_errors, latency: by_latency } = world.wander;
        for wander in &mut side.wander {
            *wander = keep * *wander + (1.0 - keep * keep).sqrt() * draw.normal();
        }
        let [rate_off, errors_off, latency_off] = side.wander;
        let length = f64::from(world.length);
        let requests = rate * weight * length * (by_rate * rate_off).exp() / side.pods.len() as f64;
        let share = side.errors * errors * (by_errors * errors_off).exp();
        let cold = world.cold && at == 0 && (self.block as f64 - 1.0) * length < WARM_UP;
        let median = side.median * latency * (by_latency * latency_off).exp() * if cold { COLD } else { 1.0 };
        let mut slow = 0.0;
        let mut pods = Vec::with_capacity(side.pods.len());
        for (pod, [errors_unlike, latency_unlike]) in &side.pods {
            let requests = draw.poisson(requests);
            let failed = draw.binomial(requests, (share * errors_unlike.exp()).min(1.0));
            let mean = median * (latency_unlike + DEVIATION * DEVIATION / 2.0).exp();
            let scatter = (DEVIATION.powi(2).exp_m1() * requests).sqrt() * draw.normal();
            let seconds = world.buckets.map(|_| (mean * (requests + scatter)).max(0.0));
            slow += requests * latency_unlike;
            pods.push(Tally { pod: pod.clone(), requests, failed, seconds });
        }
        let mut left: f64 = pods.iter().map(|tally| tally.requests).sum();
        let median = median * if left > 0.0 { (slow / left).exp() } else { 1.0 };
        let mut buckets = Vec::new();
        if world.buckets.is_some() {
            let mut below = 0.0;
            for &bound in &self.bounds {
                let share = normal_below((bound / median).ln() / DEVIATION);
                let count = draw.binomial(left, ((share - below) / (1.0 - below).max(1e-12)).clamp(0.0, 1.0));
                let count = if bound.is_finite() { count } else { left };
                buckets.push(Bucket { below: bound, count });
                (left, below) = (left - count, share);
            }
        }
        let at = Moment::from_secs(i64::from(world.length) * self.block as i64);
        Arc::new(Block { at, length: Duration::from_secs(world.length.into()), pods, buckets })
    }
}

/// The normal distribution (Abramowitz and Stegun 1964, 26.2.17).
fn normal_below(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let poly =
        t * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let above = (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt() * poly;
    if x > 0.0 { 1.0 - above } else { above }
}
