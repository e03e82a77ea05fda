//! How long a simulated user takes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration;

/// The longest delay that a plan may name; longer draws of a lognormal are cut to it.
pub const MAX_DELAY: Duration = Duration::from_secs(3_600);

/// The 95th percentile of the standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_6;

/// The distribution of the time between `/authentication/start` and the decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Delay {
    /// Decide at once.
    #[default]
    None,
    /// Always the same.
    Constant(#[serde(with = "duration::text")] Duration),
    /// Every length between the two is equally likely.
    Uniform {
        /// The shortest.
        #[serde(with = "duration::text")]
        min: Duration,
        /// The longest.
        #[serde(with = "duration::text")]
        max: Duration,
    },
    /// Most people are quick, a few take long.
    Lognormal {
        /// Half of the users are quicker.
        #[serde(with = "duration::text")]
        median: Duration,
        /// 95 % of the users are quicker.
        #[serde(with = "duration::text")]
        p95: Duration,
    },
    /// Measured delays, each equally likely.
    Empirical(#[serde(with = "duration::texts")] Vec<Duration>),
}

impl Delay {
    /// The delay that belongs to two independent numbers in `[0, 1)`.
    pub(super) fn at(&self, first: f64, second: f64) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Constant(delay) => *delay,
            Self::Uniform { min, max } => *min + max.saturating_sub(*min).mul_f64(first),
            Self::Lognormal { median, p95 } => lognormal(*median, *p95, first, second),
            Self::Empirical(delays) => {
                delays.get(index(first, delays.len())).copied().unwrap_or(Duration::ZERO)
            }
        }
    }
}

/// The Box-Muller transform turns two even numbers into one normal number.
fn lognormal(median: Duration, p95: Duration, first: f64, second: f64) -> Duration {
    let normal = (-2.0 * (1.0 - first).ln()).sqrt() * (std::f64::consts::TAU * second).cos();
    let sigma = (p95.as_secs_f64() / median.as_secs_f64()).ln() / Z95;
    let seconds = median.as_secs_f64() * (sigma * normal).exp();
    Duration::try_from_secs_f64(seconds).unwrap_or(MAX_DELAY).min(MAX_DELAY)
}

/// A place in a list of `length`; the number is within `[0, 1)`, so the place is too.
fn index(number: f64, length: usize) -> usize {
    (number * length as f64) as usize
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Delay, MAX_DELAY};
    use crate::plan::draw::Draw;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn delays_at_chosen_numbers() {
        let uniform = Delay::Uniform { min: MS(100), max: MS(300) };
        let lognormal = Delay::Lognormal { median: MS(1_000), p95: MS(4_000) };
        let empirical = Delay::Empirical(vec![MS(1), MS(2), MS(3), MS(4)]);
        for (delay, first, second, expected) in [
            (&Delay::None, 0.9, 0.9, MS(0)),
            (&Delay::Constant(MS(250)), 0.9, 0.9, MS(250)),
            (&uniform, 0.0, 0.5, MS(100)),
            (&uniform, 0.5, 0.5, MS(200)),
            (&lognormal, 0.0, 0.5, MS(1_000)),
            (&empirical, 0.0, 0.0, MS(1)),
            (&empirical, 0.5, 0.0, MS(3)),
            (&empirical, 0.999_999, 0.0, MS(4)),
        ] {
            assert_eq!(delay.at(first, second), expected, "{delay:?} at {first}, {second}");
        }
    }

    #[test]
    fn a_lognormal_has_its_median_and_its_p95_and_stays_within_the_limit() {
        let delay = Delay::Lognormal { median: MS(3_000), p95: MS(10_000) };
        let mut drawn: Vec<Duration> = (0..10_000)
            .map(|key| {
                let [_, first, second, _] = Draw::new(7, "delay", &key.to_string()).numbers();
                delay.at(first, second)
            })
            .collect();
        drawn.sort();
        assert!((MS(2_850)..MS(3_150)).contains(&drawn[5_000]), "{:?}", drawn[5_000]);
        assert!((MS(9_400)..MS(10_600)).contains(&drawn[9_500]), "{:?}", drawn[9_500]);
        let wide = Delay::Lognormal { median: MS(1), p95: MAX_DELAY };
        assert_eq!(wide.at(0.999_999_999, 0.0), MAX_DELAY);
    }
}
