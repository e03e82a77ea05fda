use super::blocks::{BLOCKS_MIN, Series};

/// How often a figure is drawn anew.
pub(super) const RESAMPLES: usize = 1_000;

/// How sure an interval is: the share of intervals that hold the true ratio, if all assumptions hold.
pub(super) const CONFIDENCE: f64 = 0.95;

/// The quantile of the normal distribution at the upper end of such an interval.
const NORMAL: f64 = 1.959_964;

/// The seed of all drawing: the same records give the same intervals.
const SEED: u64 = 0x00c1_ba00_be9c_0de5;

/// A figure of one side, drawn anew many times. Figures are logarithms.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    /// The figure as it is, read from the same cells as the draws.
    estimate: f64,
    draws: Vec<f64>,
    /// Blocks that each draw was made of.
    pub(super) blocks: usize,
}

/// Too few blocks to draw from: how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooFewBlocks {
    pub(super) blocks: usize,
}

impl Drawn {
    /// Draws a figure `times` times. `stream` tells sides and figures apart, so that none are drawn alike.
    pub(super) fn of(series: &Series, times: usize, stream: u64) -> Result<Self, TooFewBlocks> {
        let length = series.block_length();
        let blocks = series.blocks(length);
        let count = blocks.count();
        let least = count.min(series.occupied(length));
        if least < BLOCKS_MIN {
            return Err(TooFewBlocks { blocks: least });
        }
        let mut chance = Chance(SEED ^ stream.wrapping_mul(GOLDEN));
        let mut picks = Vec::with_capacity(count);
        let draws = (0..times).map(|_| blocks.draw(&mut picks, |below| chance.below(below)));
        // Where every block of a draw was empty there is no figure.
        let draws = draws.filter(|figure| figure.is_finite()).collect();
        Ok(Drawn { estimate: series.estimate(), draws, blocks: count })
    }

    /// How far the logarithm of `other` over this may lie from what was measured: downwards (at most 0) and upwards.
    ///
    /// Percentiles of the draws, as far from the measured value as Student's distribution with one degree of freedom less than
    /// the shorter side has blocks is wider than the normal one: few blocks know little of how much blocks differ.
    pub(super) fn spread_against(&self, other: &Drawn) -> (f64, f64) {
        let centre = other.estimate - self.estimate;
        let pairs = self.draws.iter().zip(&other.draws);
        let mut differences: Vec<f64> = pairs.map(|(mine, theirs)| theirs - mine - centre).collect();
        differences.sort_by(f64::total_cmp);
        let Some(last) = differences.len().checked_sub(1) else { return (0.0, 0.0) };
        let tail = (1.0 - CONFIDENCE) / 2.0;
        let at = |share: f64| differences[(share * last as f64).round() as usize];
        let blocks = self.blocks.min(other.blocks) as f64;
        let widened = student(blocks - 1.0) / NORMAL * (blocks / (blocks - 1.0)).sqrt();
        (at(tail).min(0.0) * widened, at(1.0 - tail).max(0.0) * widened)
    }
}

/// The 97.5th percentile of Student's distribution, by the expansion of Cornish and Fisher: good to 0.001 from nine degrees of
/// freedom on.
fn student(freedom: f64) -> f64 {
    let z = NORMAL;
    z + (z.powi(3) + z) / (4.0 * freedom)
        + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * freedom.powi(2))
        + (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / (384.0 * freedom.powi(3))
}

/// The odd number next to 2^64 over the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `below`, which is more than 0 and far below 2^32.
    fn below(&mut self, below: usize) -> usize {
        ((self.next() >> 32).wrapping_mul(below as u64) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::one_stratum;
    use super::*;

    #[test]
    fn students_percentiles_are_those_of_the_tables() {
        for (freedom, expected) in [(9.0, 2.262), (15.0, 2.131), (24.0, 2.064), (60.0, 2.000), (1e6, 1.960)] {
            assert!((student(freedom) - expected).abs() < 0.001, "{freedom}: {}", student(freedom));
        }
    }

    #[test]
    fn the_spread_of_a_mean_is_what_theory_says() {
        let side = |stream: u64| {
            let mut chance = Chance(stream);
            let parts: Vec<(f64, f64)> =
                (0..900).map(|_| (100.0 + (chance.next() % 1_000) as f64 / 10.0, 1.0)).collect();
            Drawn::of(&Series::ratio(&parts, false, one_stratum(900)), RESAMPLES, stream).unwrap()
        };
        let (a, b) = (side(1), side(2));
        assert_eq!(a.blocks, 30);
        let (down, up) = a.spread_against(&b);
        // Uniform over 100: deviation 28.9, mean 150, 900 of them, both sides.
        let expected = 28.9 / 150.0 / 30.0 * 2.0_f64.sqrt() * 2.045;
        assert!(
            (up / expected - 1.0).abs() < 0.35 && (down / -expected - 1.0).abs() < 0.35,
            "{down} {up} {expected}"
        );
        assert_eq!(
            a.spread_against(&b),
            side(1).spread_against(&side(2)),
            "the same seed, the same interval"
        );
    }

    #[test]
    fn too_few_blocks_are_not_drawn_from() {
        let parts = vec![(1.0, 1.0); 9];
        let series = Series::ratio(&parts, false, one_stratum(9));
        assert_eq!(Drawn::of(&series, 10, 1).unwrap_err(), TooFewBlocks { blocks: 2 });
    }
}
