//! Pauses of random length.

use std::time::Duration;

/// The longest pause, 2 ms, as a power of two in nanoseconds.
const PAUSE_BITS: u64 = 21;
/// The generator's start, any number but 0: the same causes in each run.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// Marsaglia's xorshift64 (Journal of Statistical Software 8 (2003), 14).
pub struct Random(u64);

impl Random {
    /// The generator, which gives the same numbers in each run.
    pub const fn new() -> Self {
        Self(SEED)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Short ones are as frequent as long ones: first how long at most, from 1 ns to 2 ms by powers of two, then how
    /// long.
    pub fn pause(&mut self) -> Duration {
        let most = 1 << ((self.next() >> 32) % (PAUSE_BITS + 1));
        Duration::from_nanos((self.next() >> 16) % most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_short_and_long() {
        let mut random = Random::new();
        let pauses: Vec<Duration> = (0..10_000).map(|_| random.pause()).collect();
        let short = pauses
            .iter()
            .filter(|&&pause| pause <= Duration::from_micros(60))
            .count();
        assert!((7_000..9_500).contains(&short), "{short} of 10000");
        assert!(
            pauses
                .iter()
                .all(|&pause| pause < Duration::from_nanos(1 << PAUSE_BITS))
        );
        assert!(pauses.iter().any(|&pause| pause > Duration::from_millis(1)));
    }
}
