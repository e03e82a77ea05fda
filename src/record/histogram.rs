use super::Span;
use crate::ciba::Named;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use hdrhistogram::{Counter, Histogram};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Read;

/// Longest time a histogram holds: one hour, in µs. Longer samples are recorded as this and counted.
pub const HISTOGRAM_MAX_US: u64 = 3_600_000_000;

/// Significant decimal digits that a histogram keeps.
const DIGITS: u8 = 3;

/// Largest encoded histogram that is read back, in bytes of base64.
const ENCODED_MAX: usize = 1 << 20;

/// Largest histogram after inflating, in bytes: more than 24,000 cells of nine bytes.
const INFLATED_MAX: u64 = 1 << 18;

/// Largest counter and longest run of empty cells that are read, far beyond what a run can produce; keeps sums from
/// overflowing.
const CELL_MAX: u64 = 1 << 48;

/// Bytes before the cells: cookie, length, offset, digits, lowest, highest, ratio.
const HEADER: usize = 4 + 4 + 4 + 4 + 8 + 8 + 8;

/// Why an encoded histogram cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HistogramError {
    /// Larger than any histogram that this tool writes.
    #[error("is {0} bytes of base64, at most {ENCODED_MAX} are read")]
    TooLarge(usize),
    /// Not base64.
    #[error("is not base64")]
    Base64(#[source] base64::DecodeError),
    /// Not an HdrHistogram in its V2 form.
    #[error("is not an HdrHistogram V2: {0:?}")]
    Form(hdrhistogram::serialization::DeserializeError),
    /// Not compressed data, or broken off.
    #[error("cannot be inflated")]
    Inflate(#[source] std::io::Error),
    /// A histogram, but not one that this tool writes.
    #[error("is not a histogram of 1 µs to 1 h with {DIGITS} digits: its {0} is another")]
    Shape(&'static str),
}

/// An empty histogram of the one shape that this tool uses: 1 µs to 1 h, three significant digits.
pub fn new_histogram<C: Counter>() -> Histogram<C> {
    match Histogram::new_with_bounds(1, HISTOGRAM_MAX_US, DIGITS) {
        Ok(histogram) => histogram,
        Err(error) => unreachable!("1 µs to 1 h with three digits is a valid shape: {error}"),
    }
}

/// Writes a histogram as base64 of HdrHistogram's V2 form with DEFLATE.
pub fn encode<C: Counter>(histogram: &Histogram<C>) -> String {
    let mut bytes = Vec::new();
    // Writing into memory fails only for counts beyond 2^63.
    match V2DeflateSerializer::new().serialize(histogram, &mut bytes) {
        Ok(_) => STANDARD.encode(bytes),
        Err(_) => String::new(),
    }
}

/// Reads what [`encode`] wrote.
pub fn decode(text: &str) -> Result<Histogram<u64>, HistogramError> {
    if text.len() > ENCODED_MAX {
        return Err(HistogramError::TooLarge(text.len()));
    }
    let bytes = STANDARD.decode(text).map_err(HistogramError::Base64)?;
    // Eight bytes of cookie and length stand before the compressed data. The inner form is checked here, because the
    // library believes the lengths and counters that it reads.
    let mut plain = Vec::new();
    let compressed = bytes.get(8..).ok_or(HistogramError::Shape("header"))?;
    ZlibDecoder::new(compressed)
        .take(INFLATED_MAX)
        .read_to_end(&mut plain)
        .map_err(HistogramError::Inflate)?;
    check_header(&plain)?;
    check_cells(&plain[HEADER..])?;
    Deserializer::new().deserialize(&mut plain.as_slice()).map_err(HistogramError::Form)
}

fn check_header(plain: &[u8]) -> Result<(), HistogramError> {
    let word = |at: usize| -> Option<u64> {
        plain.get(at..at + 4).map(|bytes| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let long = |at: usize| -> Option<u64> { Some(word(at)? << 32 | word(at + 4)?) };
    let cells = plain.len().checked_sub(HEADER).and_then(|length| u64::try_from(length).ok());
    for (right, part) in [
        (cells.is_some() && word(4) == cells, "length"),
        (word(12) == Some(u64::from(DIGITS)), "number of digits"),
        (long(16) == Some(1), "lower bound"),
        (long(24) == Some(HISTOGRAM_MAX_US), "upper bound"),
    ] {
        if !right {
            return Err(HistogramError::Shape(part));
        }
    }
    Ok(())
}

/// Cells are ZigZag LEB128 numbers of at most nine bytes: a counter, or, negative, a run of empty cells.
fn check_cells(mut cells: &[u8]) -> Result<(), HistogramError> {
    while !cells.is_empty() {
        let mut number = 0_u64;
        let mut length = 0;
        for (at, byte) in cells.iter().take(9).enumerate() {
            length = at + 1;
            number |= if at == 8 { u64::from(*byte) << 56 } else { u64::from(byte & 0x7f) << (7 * at) };
            if byte & 0x80 == 0 {
                break;
            }
        }
        // The lowest bit is the sign.
        if number >> 1 >= CELL_MAX {
            return Err(HistogramError::Shape("counter"));
        }
        cells = &cells[length..];
    }
    Ok(())
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

    #[test]
    fn a_histogram_survives_its_text_form() {
        let mut histogram = new_histogram::<u32>();
        for sample in [1, 250, 999_000, HISTOGRAM_MAX_US] {
            histogram.record(sample).unwrap();
        }
        let back = decode(&encode(&histogram)).unwrap();
        assert_eq!((back.len(), back.min(), back.max()), (4, 1, histogram.max()));
        assert!(decode("not base64!").is_err());
        assert!(decode("AAAA").is_err());
        assert!(decode(&"A".repeat(ENCODED_MAX + 4)).is_err());
    }

    #[test]
    fn a_histogram_of_another_shape_is_refused_before_memory_is_spent_on_it() {
        let mut wide = Histogram::<u64>::new_with_bounds(1, u64::MAX, 5).unwrap();
        wide.record(7).unwrap();
        assert!(matches!(decode(&encode(&wide)), Err(HistogramError::Shape("number of digits"))));
        let mut vast = new_histogram::<u64>();
        vast.record_n(7, u64::MAX >> 2).unwrap();
        assert!(matches!(decode(&encode(&vast)), Err(HistogramError::Shape("counter"))));
    }

    proptest::proptest! {
        #[test]
        fn no_cells_panic(cells in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            let mut plain = Vec::new();
            hdrhistogram::serialization::V2Serializer::new()
                .serialize(&new_histogram::<u64>(), &mut plain)
                .unwrap();
            plain.truncate(HEADER);
            plain[4..8].copy_from_slice(&u32::try_from(cells.len()).unwrap().to_be_bytes());
            plain.extend(&cells);
            let mut outer = vec![0; 8];
            flate2::read::ZlibEncoder::new(plain.as_slice(), flate2::Compression::fast())
                .read_to_end(&mut outer)
                .unwrap();
            if let Ok(histogram) = decode(&STANDARD.encode(outer)) {
                let _ = Summary::of(&histogram);
            }
        }
    }
}
