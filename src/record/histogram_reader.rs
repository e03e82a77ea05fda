use super::histogram::{DIGITS, HISTOGRAM_MAX_US};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Decompress, FlushDecompress, Status};
use hdrhistogram::Histogram;

/// Largest encoded histogram that is read back, in bytes of base64.
const ENCODED_MAX: usize = 1 << 20;

/// Largest histogram after inflating, in bytes: more than 24,000 cells of nine bytes.
const INFLATED_MAX: usize = 1 << 18;

/// Largest counter and longest run of empty cells that are read, far beyond what a run can produce; keeps sums from
/// overflowing.
const CELL_MAX: u64 = 1 << 48;

/// Bytes before the compressed part: cookie, length.
pub(super) const FRAME: usize = 4 + 4;

/// Bytes before the cells: cookie, length, offset, digits, lowest, highest, ratio.
const HEADER: usize = 4 + 4 + 4 + 4 + 8 + 8 + 8;

/// First word of the compressed form, and of the form within (HdrHistogram, encoding V2, counters of any width).
pub(super) const COMPRESSED_COOKIE: u32 = 0x1c84_9304 | 0x10;
const COOKIE: u32 = 0x1c84_9303 | 0x10;

/// Cells of one power of two, as a power of two: what three digits need.
const HALF_CELLS: usize = 10;

/// Why an encoded histogram cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HistogramError {
    /// Larger than any histogram that this tool writes.
    #[error("is {0} bytes of base64, at most {ENCODED_MAX} are read")]
    TooLarge(usize),
    /// Not base64.
    #[error("is not base64")]
    Base64(#[source] base64::DecodeSliceError),
    /// Not compressed data, or broken off.
    #[error("cannot be inflated")]
    Inflate(#[source] Option<flate2::DecompressError>),
    /// A histogram, but not one that this tool writes.
    #[error("is not a histogram of 1 µs to 1 h with {DIGITS} digits: its {0} is another")]
    Shape(&'static str),
}

/// Reads encoded histograms, one after the other, in memory of its own. A long record has millions of them: to make a
/// histogram of each one would cost a hundred times as much as to read its cells.
pub struct HistogramReader {
    bytes: Vec<u8>,
    plain: Vec<u8>,
    /// Bytes of `plain` that are filled, the header among them.
    length: usize,
    inflate: Decompress,
    /// Cells that a histogram of the one shape has.
    cells: usize,
}

impl Default for HistogramReader {
    fn default() -> Self {
        Self::new()
    }
}

impl HistogramReader {
    /// A reader with nothing read.
    pub fn new() -> Self {
        let cells = super::new_histogram::<u64>().distinct_values();
        let inflate = Decompress::new(true);
        HistogramReader { bytes: Vec::new(), plain: vec![0; INFLATED_MAX], length: HEADER, inflate, cells }
    }

    /// How many samples an encoded histogram holds.
    ///
    /// # Errors
    /// What [`crate::record::encode`] did not write.
    pub fn samples(&mut self, text: &str) -> Result<u64, HistogramError> {
        let mut samples = 0;
        self.read(text)?;
        self.each(|_, n| samples += n)?;
        Ok(samples)
    }

    /// Adds the samples of an encoded histogram to one of the shape of [`crate::record::new_histogram`].
    ///
    /// # Errors
    /// What [`crate::record::encode`] did not write. Nothing is added then.
    pub fn add(&mut self, text: &str, sum: &mut Histogram<u64>) -> Result<(), HistogramError> {
        self.read(text)?;
        // All of it is read before anything is added.
        self.each(|_, _| ())?;
        // The shape is the same, so nothing is out of its range.
        self.each(|cell, n| sum.saturating_record_n(lowest(cell), n))
    }

    /// Calls back for each cell that is not empty, with its place and its counter.
    fn each(&self, mut cell: impl FnMut(usize, u64)) -> Result<(), HistogramError> {
        let (mut rest, mut at) = (&self.plain[HEADER..self.length], 0_usize);
        while let Some((number, further)) = zigzag(rest) {
            rest = further;
            // The lowest bit is the sign: a counter, or, negative, a run of empty cells.
            let (size, is_run) = (number >> 1, number & 1 == 1);
            if size >= CELL_MAX {
                return Err(HistogramError::Shape("counter"));
            }
            // A negative number of n is 2n - 1.
            let passed = if is_run { usize::try_from(size + 1).unwrap_or(usize::MAX) } else { 1 };
            if passed > self.cells - at {
                return Err(HistogramError::Shape("number of cells"));
            }
            if !is_run && size > 0 {
                cell(at, size);
            }
            at += passed;
        }
        if rest.is_empty() { Ok(()) } else { Err(HistogramError::Shape("last cell")) }
    }

    /// Decodes and inflates, and checks the header.
    fn read(&mut self, text: &str) -> Result<(), HistogramError> {
        self.length = HEADER;
        if text.len() > ENCODED_MAX {
            return Err(HistogramError::TooLarge(text.len()));
        }
        self.bytes.resize(text.len(), 0);
        let length = STANDARD.decode_slice(text, &mut self.bytes).map_err(HistogramError::Base64)?;
        let bytes = &self.bytes[..length];
        if word(bytes, 0) != Some(COMPRESSED_COOKIE.into()) || bytes.len() < FRAME {
            return Err(HistogramError::Shape("form"));
        }
        self.inflate.reset(true);
        let status = self.inflate.decompress(&bytes[FRAME..], &mut self.plain, FlushDecompress::Finish);
        if status.map_err(|error| HistogramError::Inflate(Some(error)))? != Status::StreamEnd {
            return Err(HistogramError::Inflate(None));
        }
        let length = usize::try_from(self.inflate.total_out()).unwrap_or(0);
        check_header(&self.plain[..length])?;
        self.length = length;
        Ok(())
    }
}

/// The smallest value that is counted in a cell, in µs: cells are 1 µs wide at first, and twice as wide with each further
/// power of two.
fn lowest(cell: usize) -> u64 {
    let power = cell >> HALF_CELLS;
    let within = cell & ((1 << HALF_CELLS) - 1);
    match power {
        0 => cell as u64,
        _ => ((within + (1 << HALF_CELLS)) as u64) << (power - 1),
    }
}

fn word(plain: &[u8], at: usize) -> Option<u64> {
    plain.get(at..at + 4).map(|bytes| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

fn check_header(plain: &[u8]) -> Result<(), HistogramError> {
    let long = |at: usize| -> Option<u64> { Some(word(plain, at)? << 32 | word(plain, at + 4)?) };
    let cells = plain.len().checked_sub(HEADER).and_then(|length| u64::try_from(length).ok());
    for (right, part) in [
        (word(plain, 0) == Some(COOKIE.into()), "form"),
        (cells.is_some() && word(plain, 4) == cells, "length"),
        (word(plain, 8) == Some(0), "offset"),
        (word(plain, 12) == Some(u64::from(DIGITS)), "number of digits"),
        (long(16) == Some(1), "lower bound"),
        (long(24) == Some(HISTOGRAM_MAX_US), "upper bound"),
        (long(32) == Some(1_f64.to_bits()), "ratio"),
    ] {
        if !right {
            return Err(HistogramError::Shape(part));
        }
    }
    Ok(())
}

/// A ZigZag LEB128 number of at most nine bytes, and what follows it; nothing where it is broken off.
fn zigzag(cells: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (at, byte) in cells.iter().take(9).enumerate() {
        if at == 8 {
            return Some((number | u64::from(*byte) << 56, &cells[9..]));
        }
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, &cells[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{decode, encode, new_histogram};
    use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};
    use proptest::prelude::{ProptestConfig, any, prop};
    use std::io::Write;

    fn of(samples: &[(u64, u64)]) -> Histogram<u64> {
        let mut histogram = new_histogram();
        for (value, n) in samples {
            histogram.saturating_record_n(*value, *n);
        }
        histogram
    }

    /// A histogram's text with other bytes in its compressed part.
    fn with_plain(plain: &[u8]) -> String {
        let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        deflated.write_all(plain).unwrap();
        let deflated = deflated.finish().unwrap();
        let mut bytes = COMPRESSED_COOKIE.to_be_bytes().to_vec();
        bytes.extend(u32::try_from(deflated.len()).unwrap().to_be_bytes());
        bytes.extend(deflated);
        STANDARD.encode(bytes)
    }

    fn plain(histogram: &Histogram<u64>) -> Vec<u8> {
        let mut plain = Vec::new();
        V2Serializer::new().serialize(histogram, &mut plain).unwrap();
        plain
    }

    #[test]
    fn a_histogram_survives_its_text_form() {
        let histogram = of(&[(1, 1), (250, 1), (999_000, 1), (HISTOGRAM_MAX_US, 1)]);
        let back = decode(&encode(&histogram)).unwrap();
        assert_eq!((back.len(), back.min(), back.max()), (4, 1, histogram.max()));
        assert!(matches!(decode("not base64!"), Err(HistogramError::Base64(_))));
        assert!(matches!(decode("AAAA"), Err(HistogramError::Shape("form"))));
        assert!(matches!(decode(&"A".repeat(ENCODED_MAX + 4)), Err(HistogramError::TooLarge(_))));
        let whole = encode(&histogram);
        assert!(matches!(decode(&whole[..whole.len() - 8]), Err(HistogramError::Inflate(_))));
    }

    #[test]
    fn a_histogram_of_another_shape_is_refused_before_memory_is_spent_on_it() {
        let mut wide = Histogram::<u64>::new_with_bounds(1, u64::MAX, 5).unwrap();
        wide.record(7).unwrap();
        assert!(matches!(decode(&encode(&wide)), Err(HistogramError::Shape("number of digits"))));
        let vast = of(&[(7, u64::MAX >> 2)]);
        assert!(matches!(decode(&encode(&vast)), Err(HistogramError::Shape("counter"))));
        let bomb = with_plain(&vec![0; INFLATED_MAX + 1]);
        assert!(matches!(decode(&bomb), Err(HistogramError::Inflate(None))));
        for (at, part) in [(0, "form"), (7, "length"), (11, "offset"), (23, "lower bound"), (39, "ratio")] {
            let mut plain = plain(&of(&[(7, 1)]));
            plain[at] ^= 1;
            let found = decode(&with_plain(&plain));
            assert!(matches!(found, Err(HistogramError::Shape(found)) if found == part), "{part}");
        }
    }

    #[test]
    fn nothing_is_added_of_what_cannot_be_read() {
        let mut plain = plain(&of(&[(7, 1), (9, 1)]));
        // A number that says that it goes on.
        *plain.last_mut().unwrap() = 0x80;
        let mut sum = of(&[(100, 1)]);
        let found = HistogramReader::new().add(&with_plain(&plain), &mut sum);
        assert!(matches!(found, Err(HistogramError::Shape("last cell"))));
        assert_eq!(sum, of(&[(100, 1)]));
    }

    proptest::proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn histograms_are_read_as_the_library_reads_them(
            samples in prop::collection::vec((0..2 * HISTOGRAM_MAX_US, 1_u64..1_000), 0..40),
            small in prop::collection::vec((0_u64..5_000, 1_u64..3), 0..40),
        ) {
            let (one, other) = (of(&samples), of(&small));
            let mut reader = HistogramReader::new();
            let mut sum = new_histogram();
            let mut theirs = new_histogram::<u64>();
            for histogram in [&one, &other] {
                let text = encode(histogram);
                assert_eq!(reader.samples(&text).unwrap(), histogram.len());
                reader.add(&text, &mut sum).unwrap();
                let bytes = STANDARD.decode(text).unwrap();
                theirs.add(Deserializer::new().deserialize::<u64, _>(&mut bytes.as_slice()).unwrap()).unwrap();
            }
            assert_eq!(sum, theirs);
            assert_eq!((sum.min(), sum.max(), sum.len()), (theirs.min(), theirs.max(), theirs.len()));
        }

        #[test]
        fn no_cells_panic_and_none_are_read_that_the_library_refuses(
            cells in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let mut plain = plain(&new_histogram());
            plain.truncate(HEADER);
            plain[4..8].copy_from_slice(&u32::try_from(cells.len()).unwrap().to_be_bytes());
            plain.extend(&cells);
            let text = with_plain(&plain);
            if let Ok(read) = decode(&text) {
                let bytes = STANDARD.decode(text).unwrap();
                let theirs = Deserializer::new().deserialize::<u64, _>(&mut bytes.as_slice()).unwrap();
                assert_eq!(read, theirs);
            }
        }
    }
}
