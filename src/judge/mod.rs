//! The verdict: is the new version better, the same, or worse than the stable one, as far as can be known by now? Pure: it
//! asks nobody, knows no clock, and nothing here acts on what it says.
//!
//! # What is compared
//!
//! Requests that failed, and requests that were slow: slower than the bucket boundary next to the stable version's p95. Both
//! are *hits* among requests, so one machine serves both (`ratio`). A change of the slow share is turned into a change of
//! latency through the stable version's own histogram (`histogram`): if all requests were 10 % slower, which share would
//! be above the boundary?
//!
//! # Why it may be looked at all the time
//!
//! The unit is a block of time. Given the hits of both versions in a block, how many are the new version's depends on the
//! ratio of the two shares and on how the requests were split, and on nothing that hits both: a burst, a drift or a slow
//! database cancels (conditional test of two rates: Przyborowski and Wilenski 1940). The likelihood of every ratio is
//! multiplied over blocks and mixed over a grid of alternatives; what the mixture does not outweigh by `1 / level` is the
//! confidence sequence: it holds at all times at once (Ville 1939; Robbins 1970; Johari, Pekelis and Walsh 2015; Howard,
//! Ramdas, `McAuliffe` and Sekhon 2021). It is exact for small counts, where a normal approximation says nonsense.
//!
//! # What chance alone does not explain
//!
//! * Requests of one block are not independent, and neither are blocks. The scatter of the blocks around the estimate is
//!   measured, for single blocks and for ever longer batches of them, and the likelihood is tempered by the worst of them
//!   (quasi-likelihood: Wedderburn 1974; batch means: Flegal and Jones 2010). That the scatter is itself an estimate from few
//!   batches is paid for as in the sequential t-test (Lai 1976; Wang and Ramdas 2024), and noise that lasts longer than what
//!   was watched is assumed at first. With estimated scatter the guarantee is asymptotic (Waudby-Smith, Arbour, Sinha, Kennedy
//!   and Ramdas 2021); `lab/verdict` measures what is left of it (`noise`).
//! * Pods differ. Two odd pods of a canary look like a bad release, however long one waits. The variance between pods is
//!   estimated within versions (`DerSimonian` and Laird 1986), moderated by a prior, as there may be few pods (Smyth 2004), and
//!   widens the interval by a term that time does not shrink (`spread`).
//!
//! # What is said
//!
//! *Worse* or *better*: the interval excludes no change, and the estimate is at least half of what matters. *Same*: the
//! interval lies within what matters. Else how much is missing. What becomes worse after a long good time is diluted by that
//! time: the comparison is over all blocks that it was given.
#![deny(missing_docs)]

mod cause;
mod crew;
mod histogram;
mod noise;
mod normal;
mod pair;
mod ratio;
mod readout;
mod rollout;
mod share;
mod spread;
#[cfg(test)]
mod tests;
mod unequal;

pub use pair::Pair;
pub use rollout::{Judge, Step};
pub use share::{Shares, Window};
