//! Random streams: one key per run, one stream per entity, identified by its name and not by its position.

use super::mix::Digest;
use rand::SeedableRng;
use rand::rand_core::Rng;
use rand_chacha::ChaCha8Rng;

/// All random streams of one run. The key is (seed, run) only: two variants of a scenario use common random
/// numbers, and an additional entity does not change the numbers of others.
#[derive(Debug, Clone, Copy)]
pub struct Streams {
    key: [u8; 32],
}

impl Streams {
    /// The streams of run number `run` of `seed`.
    #[must_use]
    pub fn new(seed: u64, run: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&run.to_le_bytes());
        Self { key }
    }

    /// The generator of the component `name`, for frequent small delays.
    #[must_use]
    pub fn running(&self, name: &str) -> Stream {
        let mut digest = Digest::default();
        digest.add_text(name);
        Stream(self.generator(digest))
    }

    /// The random numbers of the entity `kind`/`number`/`index`.
    #[must_use]
    pub fn slots(&self, kind: &str, number: u64, index: u64) -> Slots {
        let mut digest = Digest::default();
        digest.add_text(kind);
        digest.add(number);
        digest.add(index);
        let mut generator = self.generator(digest);
        Slots(std::array::from_fn(|_| generator.next_u64()))
    }

    /// The random numbers of the entity called `name` of a kind.
    #[must_use]
    pub fn named_slots(&self, kind: &str, name: &str, index: u64) -> Slots {
        let mut digest = Digest::default();
        digest.add_text(kind);
        digest.add_text(name);
        digest.add(index);
        let mut generator = self.generator(digest);
        Slots(std::array::from_fn(|_| generator.next_u64()))
    }

    fn generator(&self, name: Digest) -> ChaCha8Rng {
        let mut generator = ChaCha8Rng::from_seed(self.key);
        generator.set_stream(name.value());
        generator
    }
}

/// A sequential generator.
#[derive(Debug, Clone)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// A number in (0, 1).
    pub fn uniform(&mut self) -> f64 {
        to_unit(self.0.next_u64())
    }

    /// A number in 0..`count`; 0 if `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.uniform() * count as f64) as usize).min(count.saturating_sub(1))
    }
}

/// The random numbers of an entity: each slot has a fixed purpose, so a draw for one purpose does not depend
/// on other draws.
///
/// Sixteen words are one block of `ChaCha8`: 100 ns at the creation of an entity; the generator is then
/// dropped. Keeping it would take 304 bytes per entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slots([u64; 16]);

impl Slots {
    /// The number in (0, 1) in slot `slot` (0 to 15).
    #[must_use]
    pub fn uniform(&self, slot: usize) -> f64 {
        to_unit(self.0[slot])
    }

    /// The bits in slot `slot` (0 to 15).
    #[must_use]
    pub const fn bits(&self, slot: usize) -> u64 {
        self.0[slot]
    }
}

/// The middle of one of 2^52 equal parts of (0, 1), so neither end occurs.
#[must_use]
pub fn to_unit(bits: u64) -> f64 {
    const PARTS: f64 = 1.0 / (1u64 << 52) as f64;
    ((bits >> 12) as f64 + 0.5) * PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_seed_run_and_name_only() {
        let slots = |seed, run, number, index| Streams::new(seed, run).slots("pod", number, index);
        assert_eq!(slots(1, 2, 3, 4), slots(1, 2, 3, 4));
        for other in [slots(2, 2, 3, 4), slots(1, 3, 3, 4), slots(1, 2, 4, 4), slots(1, 2, 3, 5)] {
            assert_ne!(slots(1, 2, 3, 4), other);
        }
    }

    #[test]
    fn the_bytes_never_change() {
        // A golden value: every stored baseline depends on it.
        let slots = Streams::new(1, 0).slots("pod", 0, 0);
        assert_eq!(slots.bits(0), GOLDEN);
        let mut stream = Streams::new(1, 0).running("watch");
        let mean: f64 = (0..10_000).map(|_| stream.uniform()).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01);
    }

    const GOLDEN: u64 = 5_593_571_133_060_277_493;

    #[test]
    fn units_stay_inside_their_interval() {
        assert!(to_unit(0) > 0.0);
        assert!(to_unit(u64::MAX) < 1.0);
    }
}
