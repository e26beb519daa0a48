//! How long to wait before the next try: doubling from half a second to half a minute, with jitter, so that a thousand
//! readers of a server that comes back do not come back together. It does not wait itself.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    time::Duration,
};

/// The first wait is at most this long.
const FIRST: Duration = Duration::from_millis(500);
/// No wait is longer.
const LONGEST: Duration = Duration::from_secs(30);

/// Waits that grow while tries fail.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    failures: u32,
    random: u64,
}

impl Backoff {
    /// A fresh one, seeded by the operating system.
    pub(super) fn new() -> Self {
        Self::seeded(RandomState::new().build_hasher().finish())
    }

    /// A fresh one with a known sequence of jitter.
    pub(super) fn seeded(seed: u64) -> Self {
        Self { failures: 0, random: seed | 1 }
    }

    /// The wait after one more failure: between half of the doubled wait and all of it.
    pub(super) fn next(&mut self) -> Duration {
        let whole = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        // xorshift64: good enough to spread clients.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let share = u32::try_from(self.random % 512).unwrap_or(0);
        whole / 2 + whole / 1_024 * share
    }

    /// Things went well for a while: the next failure is a first one again.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute_and_never_beyond() {
        let mut backoff = Backoff::seeded(7);
        let mut whole = 500;
        for _ in 0..40 {
            let wait = backoff.next();
            assert!(wait >= Duration::from_millis(whole / 2), "{wait:?} of {whole}");
            assert!(wait <= Duration::from_millis(whole), "{wait:?} of {whole}");
            whole = (whole * 2).min(30_000);
        }
    }

    #[test]
    fn a_reset_starts_over() {
        let mut backoff = Backoff::seeded(7);
        for _ in 0..9 {
            backoff.next();
        }
        backoff.reset();
        assert!(backoff.next() <= FIRST);
    }

    #[test]
    fn two_clients_do_not_wait_alike() {
        let waits = |seed| {
            let mut backoff = Backoff::seeded(seed);
            [(); 8].map(|()| backoff.next())
        };
        assert_ne!(waits(0x9e37_79b9), waits(0x7f4a_7c15));
    }
}
