//! Samples in few bytes: the time as the difference from the usual interval, the value as a whole difference from the last one
//! where it is one (counters of requests, bytes of memory), else its eight bytes. A sample of a counter takes two to four
//! bytes. It knows nothing of series.

use crate::domain::num;

/// The interval that costs nothing to tell, in milliseconds.
const USUAL_MS: i64 = 2_000;

/// As many samples a chunk: 4 minutes at 2 s. Old ones are dropped a chunk at a time.
const FULL: usize = 120;

/// A sample: milliseconds since the epoch, and a value.
pub(crate) type Sample = (i64, f64);

/// Consecutive samples of one series.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    first: Sample,
    last: Sample,
    count: usize,
    bytes: Vec<u8>,
}

impl Chunk {
    pub(super) fn new(first: Sample) -> Self {
        Self { first, last: first, count: 1, bytes: Vec::new() }
    }

    pub(super) fn is_full(&self) -> bool {
        self.count >= FULL
    }

    pub(super) fn first(&self) -> Sample {
        self.first
    }

    pub(super) fn last(&self) -> Sample {
        self.last
    }

    /// Memory that the samples take.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity()
    }

    /// Nothing will be added: gives back what was reserved.
    pub(super) fn seal(&mut self) {
        self.bytes.shrink_to_fit();
    }

    pub(super) fn push(&mut self, (at, value): Sample) {
        write(&mut self.bytes, zigzag(at - self.last.0 - USUAL_MS));
        let whole = num::whole(value - self.last.1).filter(|by| sum(self.last.1, *by).to_bits() == value.to_bits());
        if let Some(by) = whole {
            write(&mut self.bytes, zigzag(by) << 1);
        } else {
            write(&mut self.bytes, 1);
            self.bytes.extend(value.to_le_bytes());
        }
        self.last = (at, value);
        self.count += 1;
    }

    /// All samples, oldest first.
    pub(super) fn read(&self, mut each: impl FnMut(Sample)) {
        let (mut now, mut rest) = (self.first, self.bytes.as_slice());
        each(now);
        while let Some(next) = step(&mut rest, now) {
            now = next;
            each(now);
        }
    }
}

fn step(rest: &mut &[u8], last: Sample) -> Option<Sample> {
    let at = last.0 + USUAL_MS + unzigzag(read(rest)?);
    let told = read(rest)?;
    if told & 1 == 0 {
        return Some((at, sum(last.1, unzigzag(told >> 1))));
    }
    let (value, after) = rest.split_first_chunk::<8>()?;
    *rest = after;
    Some((at, f64::from_le_bytes(*value)))
}

fn sum(last: f64, by: i64) -> f64 {
    last + num::float(by)
}

fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)).cast_unsigned()
}

fn unzigzag(n: u64) -> i64 {
    (n >> 1).cast_signed() ^ -(n & 1).cast_signed()
}

fn write(bytes: &mut Vec<u8>, mut n: u64) {
    loop {
        let [low, ..] = n.to_le_bytes();
        n >>= 7;
        if n == 0 {
            return bytes.push(low & 0x7f);
        }
        bytes.push(low | 0x80);
    }
}

fn read(rest: &mut &[u8]) -> Option<u64> {
    let mut n = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        n |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn back(chunk: &Chunk) -> Vec<(i64, u64)> {
        let mut all = Vec::new();
        chunk.read(|(at, value)| all.push((at, value.to_bits())));
        all
    }

    #[test]
    fn a_counter_takes_few_bytes() {
        let mut chunk = Chunk::new((1_000, 0.0));
        (1..100).for_each(|n| chunk.push((1_000 + n * 2_000, num::float(n * 20))));
        assert_eq!(chunk.bytes.len(), 2 * 99);
        assert_eq!(chunk.last(), (199_000, 1_980.0));
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(
            steps in prop::collection::vec((1_i64..100_000, prop_oneof![
                any::<f64>(), any::<u64>().prop_map(f64::from_bits), (-9_i64..9).prop_map(num::float),
            ]), 0..300),
        ) {
            let mut chunk = Chunk::new((7, 0.25));
            let mut expected = vec![(7, 0.25_f64.to_bits())];
            let mut at = 7;
            for (after, value) in steps {
                at += after;
                chunk.push((at, value));
                expected.push((at, value.to_bits()));
            }
            prop_assert_eq!(back(&chunk), expected);
        }
    }
}
