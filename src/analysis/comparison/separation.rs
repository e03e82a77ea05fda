use super::Ratio;
use std::ops::Range;

/// How many times as large every stretch of one side has to be as every stretch of the other. A server whose speed differs from
/// run to run by 15 % (one deviation) is that far from itself in fewer than one of a thousand pairs.
pub(super) const GROSS: f64 = 2.0;

/// Stretches of a side below which nothing is said: that all of five lie beyond all of five others happens by chance in one of
/// 126 pairs.
const STRETCHES_MIN: usize = 5;

/// A figure of one side, stretch by stretch, each just long enough to have it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretches {
    /// How many there are.
    pub(super) number: usize,
    least: f64,
    most: f64,
}

impl Stretches {
    /// Cuts a log, of whose intervals each has that many samples, into stretches of at least `needed` samples; what is left over
    /// at its end belongs to the last of them. Nothing where there are too few.
    pub(super) fn of(
        counts: impl IntoIterator<Item = u64>,
        needed: u64,
        figure: impl Fn(Range<usize>) -> f64,
    ) -> Option<Self> {
        let mut ends = Vec::new();
        let (mut count, mut intervals) = (0, 0);
        for of in counts {
            intervals += 1;
            count += of;
            if count >= needed {
                ends.push(intervals);
                count = 0;
            }
        }
        if ends.len() < STRETCHES_MIN {
            return None;
        }
        ends.pop();
        let number = ends.len() + 1;
        let begins = std::iter::once(0).chain(ends.iter().copied());
        let figures = begins.zip(ends.iter().copied().chain([intervals])).map(|(from, to)| figure(from..to));
        let (least, most) = figures.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), figure| {
            (least.min(figure), most.max(figure))
        });
        Some(Stretches { number, least, most })
    }

    /// The ratio of `other` to this with the range from any stretch to any other, which holds `measured`; nothing where that range
    /// is not wholly beyond [`GROSS`].
    pub(super) fn apart(&self, other: &Self, measured: f64) -> Option<Ratio> {
        let low = (other.least / self.most).min(measured);
        let high = (other.most / self.least).max(measured);
        let gross = low >= GROSS || high <= 1.0 / GROSS;
        (gross && low > 0.0 && high.is_finite()).then_some(Ratio { measured, low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(values: &[f64]) -> Option<Stretches> {
        Stretches::of(values.iter().map(|_| 10), 10, |of| values[of].iter().sum())
    }

    #[test]
    fn a_log_is_cut_where_there_are_enough_samples_and_none_are_lost() {
        let seen = std::cell::RefCell::new(Vec::new());
        let of = Stretches::of([4, 4, 9, 1, 10, 0, 0, 12, 30, 3], 10, |of| {
            seen.borrow_mut().push(of.clone());
            of.len() as f64
        });
        assert_eq!(of, None, "four stretches are too few");
        assert!(seen.take().is_empty());
        let of = Stretches::of([4, 4, 9, 1, 10, 0, 0, 12, 30, 10, 3, 0], 10, |of| {
            seen.borrow_mut().push(of.clone());
            of.len() as f64
        });
        assert_eq!(seen.take(), [0..3, 3..5, 5..8, 8..9, 9..12]);
        assert_eq!(of, Some(Stretches { number: 5, least: 1.0, most: 3.0 }));
    }

    #[test]
    fn only_what_is_wholly_apart_by_a_factor_is_apart() {
        let fast = stretches(&[1.0, 1.2, 1.1, 0.9, 1.0]).unwrap();
        let apart = |values: &[f64]| fast.apart(&stretches(values).unwrap(), 5.0);
        let ratio = apart(&[6.0, 9.0, 3.6, 4.0, 5.0]).unwrap();
        assert!((ratio.low - 3.0).abs() < 1e-12 && (ratio.high - 10.0).abs() < 1e-12, "{ratio:?}");
        assert_eq!(apart(&[6.0, 9.0, 2.3, 4.0, 5.0]), None, "one stretch is too near");
        let slow = stretches(&[6.0, 9.0, 3.6, 4.0, 5.0]).unwrap();
        assert!(slow.apart(&fast, 0.2).is_some_and(|ratio| ratio.high < 0.5));
        assert_eq!(slow.apart(&fast, 0.6), None, "what was measured belongs to the range");
        assert_eq!(fast.apart(&stretches(&[0.0; 5]).unwrap(), 0.1), None, "nothing has no ratio");
        assert_eq!(stretches(&[1.0; 4]), None);
    }
}
