//! Random moments: a Poisson process whose number of arrivals is given.

use super::population::mixed;
use std::cmp::Ordering;
use std::f64::consts::TAU;

/// Gaps that are drawn one after the other; longer stretches are halved first.
const LEAF: u64 = 16;

/// Where the n-th (from 0) of `count` arrivals lies that are spread at random over the stretch from 0 to 1: the n-th order
/// statistic of `count` uniform numbers, which is what a Poisson process of known size is.
///
/// A pure function of its arguments in O(log count): a stretch is halved at its middle arrival, whose place between the ends
/// follows a beta distribution, until few gaps are left, which are exponential.
pub(super) fn moment(seed: u64, n: u64, count: u64) -> f64 {
    // The ends are arrivals, too: number 0 and number count + 1.
    let point = n + 1;
    let (mut low, mut high) = ((0, 0.0), (count + 1, 1.0));
    while high.0 - low.0 > LEAF {
        let middle = low.0 + (high.0 - low.0) / 2;
        let mut draws = Draws::of(seed, middle);
        let (left, right) = (draws.gamma(middle - low.0), draws.gamma(high.0 - middle));
        let at = low.1 + (high.1 - low.1) * (left / (left + right));
        match point.cmp(&middle) {
            Ordering::Equal => return at,
            Ordering::Less => high = (middle, at),
            Ordering::Greater => low = (middle, at),
        }
    }
    // No middle has this key, since those are below 2^63.
    let mut draws = Draws::of(seed, low.0 | 1 << 63);
    let (mut before, mut all) = (0.0, 0.0);
    for gap in low.0..high.0 {
        let length = draws.exponential();
        all += length;
        if gap < point {
            before += length;
        }
    }
    low.1 + (high.1 - low.1) * (before / all)
}

/// Random numbers that belong to a key.
struct Draws {
    state: u64,
}

impl Draws {
    fn of(seed: u64, key: u64) -> Self {
        Draws { state: mixed(seed ^ mixed(key)) }
    }

    /// Above 0, at most 1.
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(1);
        ((mixed(self.state) >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// Box and Muller's.
    fn normal(&mut self) -> f64 {
        (2.0 * self.exponential()).sqrt() * (TAU * self.uniform()).cos()
    }

    /// The sum of `shape` exponential numbers, by Marsaglia's and Tsang's method.
    fn gamma(&mut self, shape: u64) -> f64 {
        let d = shape as f64 - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d * (1.0 - v + v.ln()) {
                return d * v;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(seed: u64, count: u64) -> Vec<f64> {
        (0..count).map(|n| moment(seed, n, count)).collect()
    }

    #[test]
    fn moments_are_in_order_within_the_stretch_and_the_seed_s_own() {
        for count in [1, 2, 14, 15, 16, 17, 33, 1000] {
            let all = moments(3, count);
            assert!(all.is_sorted() && all[0] > 0.0 && all[all.len() - 1] < 1.0, "{count}: {all:?}");
            assert_eq!(all, moments(3, count));
            assert_ne!(all, moments(4, count));
        }
    }

    #[test]
    fn gaps_are_exponential() {
        let count = 40_000;
        let gaps: Vec<f64> =
            moments(1, count).windows(2).map(|pair| (pair[1] - pair[0]) * count as f64).collect();
        let share = |over: f64| gaps.iter().filter(|gap| **gap > over).count() as f64 / gaps.len() as f64;
        for over in [0.1f64, 0.5, 1.0, 2.0, 4.0] {
            assert!((share(over) - (-over).exp()).abs() < 0.01, "longer than {over}: {}", share(over));
        }
    }

    /// Halves and leaves fit together: the numbers of arrivals in equal windows vary as a Poisson process's do, at any scale.
    #[test]
    fn counts_in_windows_vary_by_their_mean() {
        let count = 100_000;
        let all = moments(2, count);
        for windows in [100, 1_000, 10_000] {
            let mut counts = vec![0.0; windows];
            for at in &all {
                counts[(at * windows as f64) as usize] += 1.0;
            }
            let mean = count as f64 / windows as f64;
            let variance = counts.iter().map(|n| (n - mean) * (n - mean)).sum::<f64>() / windows as f64;
            assert!((0.7..1.3).contains(&(variance / mean)), "{windows} windows: {}", variance / mean);
        }
    }

    /// Where one arrival lies: uniform for one alone, and the first of two in the first third in the mean.
    #[test]
    fn means_are_those_of_order_statistics() {
        let mean = |n, count| (0..4_000).map(|seed| moment(mixed(seed), n, count)).sum::<f64>() / 4_000.0;
        for (n, count, expected) in
            [(0, 1, 0.5), (0, 2, 1.0 / 3.0), (9, 99, 0.1), (49, 99, 0.5), (89, 99, 0.9)]
        {
            assert!((mean(n, count) - expected).abs() < 0.02, "{n} of {count}: {}", mean(n, count));
        }
    }
}
