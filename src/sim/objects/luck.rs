//! A small seeded generator (splitmix64): everything in the simulator that looks like luck comes from here, so that the
//! same seed and the same requests give the same world. Not for secrets.

/// The letters and digits that Kubernetes makes names of: no vowels, so that no words come out, and nothing that looks
/// alike (`k8s.io/apimachinery/pkg/util/rand`).
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The generator.
#[derive(Clone, Debug, Default)]
pub(crate) struct Luck(u64);

impl Luck {
    /// One for a seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number in a range, both ends included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).saturating_add(1).max(1);
        low + self.bits() % span
    }

    /// A UUID of version 4.
    pub(crate) fn uuid(&mut self) -> String {
        let (a, b) = (self.bits(), self.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            0x8000 | ((b >> 48) & 0x3fff),
            b & 0xffff_ffff_ffff
        )
    }

    /// The suffix of a generated name.
    pub(crate) fn suffix(&mut self, letters: usize) -> String {
        let mut bits = self.bits();
        let mut text = String::with_capacity(letters);
        for _ in 0..letters {
            text.push(letter(bits));
            bits = mix(bits);
        }
        text
    }
}

/// A hash of some text, in the alphabet and the length of a `pod-template-hash`.
pub(crate) fn hash(text: &str) -> String {
    // FNV-1a, 64 bits, then mixed once more so that near texts do not look alike.
    let folded = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Luck::new(folded).suffix(10)
}

fn letter(bits: u64) -> char {
    let at = usize::try_from(bits % 27).unwrap_or_default();
    ALPHABET.get(at).copied().map_or('b', char::from)
}

const fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_luck() {
        let three = |seed| {
            let mut luck = Luck::new(seed);
            (luck.uuid(), luck.suffix(5), luck.between(3, 9))
        };
        assert_eq!(three(7), three(7));
        assert_ne!(three(7), three(8));
        assert_eq!(three(7).0.len(), 36);
        assert!((3..=9).contains(&three(1).2));
        assert_ne!(hash("a"), hash("b"));
    }
}
