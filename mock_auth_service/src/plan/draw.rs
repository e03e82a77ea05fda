//! Evenly distributed numbers as a function of (seed, purpose, key).

use aws_lc_rs::digest::{Context, SHA256};

/// Four independent numbers in `[0, 1)`.
pub(super) struct Draw([f64; 4]);

impl Draw {
    /// The numbers that belong to `key`; `purpose` keeps draws for different questions independent.
    pub(super) fn new(seed: u64, purpose: &str, key: &str) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(&seed.to_le_bytes());
        context.update(purpose.as_bytes());
        // A separator that no purpose contains, else ("a", "bc") and ("ab", "c") would be one draw.
        context.update(&[0]);
        context.update(key.as_bytes());
        let digest = context.finish();
        let mut numbers = [0.0; 4];
        for (number, bytes) in numbers.iter_mut().zip(digest.as_ref().as_chunks::<8>().0) {
            *number = unit(u64::from_le_bytes(*bytes));
        }
        Self(numbers)
    }

    /// The numbers, each for one question.
    pub(super) fn numbers(&self) -> [f64; 4] {
        self.0
    }
}

/// The upper 53 bits as a fraction: every value is exact, and 1.0 is never reached.
fn unit(bits: u64) -> f64 {
    const SCALE: f64 = 1.0 / (1_u64 << 53) as f64;
    (bits >> 11) as f64 * SCALE
}

#[cfg(test)]
mod tests {
    use super::{Draw, unit};

    #[test]
    fn the_unit_interval_is_half_open() {
        assert_eq!(unit(0), 0.0);
        assert!(unit(u64::MAX) < 1.0);
        assert_eq!(unit(1 << 63), 0.5);
    }

    #[test]
    fn seed_purpose_and_key_all_matter() {
        let base = Draw::new(1, "a", "k").numbers();
        assert_eq!(base, Draw::new(1, "a", "k").numbers());
        for other in [Draw::new(2, "a", "k"), Draw::new(1, "b", "k"), Draw::new(1, "a", "l")] {
            assert_ne!(base, other.numbers());
        }
    }
}
