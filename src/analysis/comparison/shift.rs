use super::Ratio;
use super::drawn::{SideLogs, SpanSamples};
use crate::record::{Span, samples_needed};

/// How often a percentile of a plot is drawn anew: it decides nothing.
const RESAMPLES: usize = 200;

/// Percentiles of a plot, as 1 / (1 - p): about six for each nine.
const PLACES: [f64; 22] = [
    1.111, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 15.0, 20.0, 30.0, 50.0, 70.0, 100.0, 150.0, 200.0, 300.0,
    500.0, 700.0, 1_000.0, 3_000.0, 10_000.0,
];

/// Values at which shares are told.
const VALUES: usize = 120;

/// How the distribution of one span moved.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanShift {
    /// The span.
    pub span: Span,
    /// Values in µs, rising.
    pub values_us: Vec<f64>,
    /// For each side, the share of samples that are no larger; empty for a side without samples.
    pub shares: Vec<Vec<f64>>,
    /// For each side but the baseline, percentile by percentile.
    pub against: Vec<Vec<ShiftPoint>>,
}

/// One percentile of two sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShiftPoint {
    /// 1 / (1 - p): 100 for p99.
    pub place: f64,
    /// The ratio to the baseline with its interval, where both sides have enough samples for it.
    pub ratio: Option<Ratio>,
}

/// The distributions of a span; nothing where fewer than two sides have samples.
pub(super) fn shift(span: Span, sides: &[SideLogs<'_>], samples: &[SpanSamples]) -> Option<SpanShift> {
    if samples.iter().filter(|of| !of.is_empty()).count() < 2 {
        return None;
    }
    let reach = || samples.iter().filter_map(SpanSamples::reach);
    let least = reach().map(|(least, _)| least).min()?.max(1) as f64;
    let most = reach().map(|(_, most)| most).max()?.max(1) as f64;
    let value = |at: usize| least * (most / least).powf(at as f64 / (VALUES - 1) as f64);
    let values_us: Vec<f64> = (0..VALUES).map(value).collect();
    let shares =
        samples.iter().map(|of| if of.is_empty() { Vec::new() } else { of.shares(&values_us) }).collect();
    let fewest = |place: f64| samples.iter().all(|of| of.count() >= samples_needed(1.0 - 1.0 / place));
    let places: Vec<f64> = PLACES.into_iter().filter(|place| fewest(*place)).collect();
    let mut against: Vec<Vec<ShiftPoint>> = samples.iter().skip(1).map(|_| Vec::new()).collect();
    for place in places {
        let level = 1.0 - 1.0 / place;
        let all: Vec<_> = sides
            .iter()
            .zip(samples)
            .map(|(side, samples)| side.percentile(samples, level, RESAMPLES))
            .collect();
        let Some(((mine, drawn), others)) = all.split_first() else { continue };
        for (points, (theirs, other)) in against.iter_mut().zip(others) {
            let ratio = match (mine, theirs, drawn, other) {
                (Some(mine), Some(theirs), Some(drawn), Some(other)) => {
                    let (measured, (down, up)) = (theirs / mine, drawn.spread_against(other));
                    Some(Ratio { measured, low: measured * down.exp(), high: measured * up.exp() })
                }
                (Some(mine), Some(theirs), ..) => {
                    let measured = theirs / mine;
                    Some(Ratio { measured, low: f64::NAN, high: f64::NAN })
                }
                (None, ..) | (_, None, ..) => None,
            };
            points.push(ShiftPoint { place, ratio });
        }
    }
    Some(SpanShift { span, values_us, shares, against })
}
