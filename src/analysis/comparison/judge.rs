use crate::ciba::named;
use serde::Serialize;

/// The part by which a figure may differ without being called different, unless told otherwise.
pub const NOISE: f64 = 0.05;

named! {
    /// What comes of a comparison, in words.
    pub enum Difference {
        /// The whole interval lies on the good side of the noise.
        Better => "better",
        /// The whole interval lies on the bad side of the noise.
        Worse => "worse",
        /// The whole interval lies within the noise.
        NoDifference => "no difference",
        /// Anything else: the interval says both, or there is none.
        Inconclusive => "inconclusive",
    }
}

/// A ratio to the baseline, with the interval in which the true one lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratio {
    /// As measured.
    pub measured: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Ratio {
    /// What the interval says, if a part of `noise` more or less is no difference. Less is counted from the smaller figure: with
    /// 5 % a ratio of 1 / 1.05 is as far away as one of 1.05.
    pub fn says(self, noise: f64, more_is_better: bool) -> Difference {
        let (least, most) = (1.0 / (1.0 + noise), 1.0 + noise);
        match () {
            () if self.low > most && more_is_better => Difference::Better,
            () if self.low > most => Difference::Worse,
            () if self.high < least && more_is_better => Difference::Worse,
            () if self.high < least => Difference::Better,
            () if self.low >= least && self.high <= most => Difference::NoDifference,
            () => Difference::Inconclusive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_interval_says_anything() {
        for (low, high, says) in [
            (1.06, 1.30, Difference::Worse),
            (1.05, 1.30, Difference::Inconclusive),
            (1.04, 1.30, Difference::Inconclusive),
            (0.96, 1.04, Difference::NoDifference),
            (1.01, 1.05, Difference::NoDifference),
            (0.94, 1.04, Difference::Inconclusive),
            (0.50, 2.00, Difference::Inconclusive),
            (0.80, 0.95, Difference::Better),
            (0.80, 0.96, Difference::Inconclusive),
        ] {
            let ratio = Ratio { measured: f64::midpoint(low, high), low, high };
            assert_eq!(ratio.says(0.05, false), says, "{low} to {high}");
            let turned = match says {
                Difference::Better => Difference::Worse,
                Difference::Worse => Difference::Better,
                same @ (Difference::NoDifference | Difference::Inconclusive) => same,
            };
            assert_eq!(ratio.says(0.05, true), turned, "{low} to {high}");
        }
        let sharp = Ratio { measured: 1.001, low: 1.000_5, high: 1.002 };
        assert_eq!(sharp.says(0.0, false), Difference::Worse);
        let not_a_number = Ratio { measured: f64::NAN, low: f64::NAN, high: f64::NAN };
        assert_eq!(not_a_number.says(0.05, false), Difference::Inconclusive);
    }
}
