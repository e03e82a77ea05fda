use super::{HistogramError, HistogramReader, HistogramWriter, Span};
use crate::ciba::Named;
use hdrhistogram::{Counter, Histogram};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest time a histogram holds: one hour, in µs. Longer samples are recorded as this and counted.
pub const HISTOGRAM_MAX_US: u64 = 3_600_000_000;

/// Significant decimal digits that a histogram keeps.
pub(super) const DIGITS: u8 = 3;

/// An empty histogram of the one shape that this tool uses: 1 µs to 1 h, three significant digits.
pub fn new_histogram<C: Counter>() -> Histogram<C> {
    match Histogram::new_with_bounds(1, HISTOGRAM_MAX_US, DIGITS) {
        Ok(histogram) => histogram,
        Err(error) => unreachable!("1 µs to 1 h with three digits is a valid shape: {error}"),
    }
}

/// Writes a histogram as base64 of HdrHistogram's V2 form with DEFLATE. Whoever writes many has a [`HistogramWriter`].
pub fn encode<C: Counter>(histogram: &Histogram<C>) -> String {
    HistogramWriter::new().encode(histogram)
}

/// Reads what [`encode`] wrote.
pub fn decode(text: &str) -> Result<Histogram<u64>, HistogramError> {
    let mut histogram = new_histogram();
    HistogramReader::new().add(text, &mut histogram)?;
    Ok(histogram)
}

/// Samples that stand behind a percentile: `n >= 3 / (1 - p)`, the rule of three.
pub fn samples_needed(quantile: f64) -> u64 {
    // Rounded first, since 1 - 0.999 is a little more than 0.001.
    (3.0 / (1.0 - quantile) - 1e-6).ceil() as u64
}

/// One span, summed up. Times are in µs. A percentile without enough samples behind it ([`samples_needed`]) is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Number of samples.
    pub count: u64,
    /// Smallest sample.
    pub min_us: u64,
    /// Mean.
    pub mean_us: f64,
    /// Half of the samples are no larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_us: Option<u64>,
    /// 90 % are no larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_us: Option<u64>,
    /// 99 % are no larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_us: Option<u64>,
    /// 99.9 % are no larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p999_us: Option<u64>,
    /// Largest sample.
    pub max_us: u64,
    /// The whole distribution, as [`encode`] writes it.
    pub histogram: String,
}

impl Summary {
    /// Sums up a histogram; `None` when it is empty.
    pub fn of<C: Counter>(histogram: &Histogram<C>) -> Option<Self> {
        if histogram.is_empty() {
            return None;
        }
        let quantile =
            |q: f64| (histogram.len() >= samples_needed(q)).then(|| histogram.value_at_quantile(q));
        Some(Summary {
            count: histogram.len(),
            min_us: histogram.min(),
            mean_us: histogram.mean(),
            p50_us: quantile(0.5),
            p90_us: quantile(0.9),
            p99_us: quantile(0.99),
            p999_us: quantile(0.999),
            max_us: histogram.max(),
            histogram: encode(histogram),
        })
    }

    /// Any quantile in µs, 0 to 1; `None` without enough samples behind it.
    pub fn quantile_us(&self, quantile: f64) -> Result<Option<u64>, HistogramError> {
        if self.count < samples_needed(quantile) {
            return Ok(None);
        }
        Ok(Some(decode(&self.histogram)?.value_at_quantile(quantile)))
    }
}

/// Sums up each span that has samples; `poll` is the sum of its parts.
pub fn summaries<'h, C: Counter + 'h>(
    histogram: impl Fn(Span) -> Option<&'h Histogram<C>>,
) -> BTreeMap<Span, Summary> {
    let summary = |span: &Span| Some((*span, Summary::of(histogram(*span)?)?));
    let mut summaries: BTreeMap<_, _> = Span::ALL.iter().filter_map(summary).collect();
    let mut polls: Option<Histogram<C>> = None;
    for part in Span::POLLS.into_iter().filter_map(&histogram) {
        // All have the one shape of this tool, so nothing can be out of range.
        let _ = polls.get_or_insert_with(new_histogram).add(part);
    }
    if let Some(summary) = polls.and_then(|polls| Summary::of(&polls)) {
        summaries.insert(Span::Poll, summary);
    }
    summaries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_needs_three_samples_beyond_it() {
        for (quantile, needed) in [(0.5, 6), (0.9, 30), (0.99, 300), (0.999, 3000)] {
            assert_eq!(samples_needed(quantile), needed, "{quantile}");
        }
        let mut histogram = new_histogram::<u32>();
        for sample in 1..=299 {
            histogram.record(sample).unwrap();
        }
        let summary = Summary::of(&histogram).unwrap();
        assert_eq!((summary.p50_us, summary.p90_us.is_some(), summary.p99_us), (Some(150), true, None));
        histogram.record(300).unwrap();
        assert_eq!(Summary::of(&histogram).unwrap().p99_us, Some(297));
    }
}
