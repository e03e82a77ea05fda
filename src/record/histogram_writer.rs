use super::histogram_reader::{COMPRESSED_COOKIE, FRAME};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compress, Compression, FlushCompress, Status};
use hdrhistogram::serialization::{Serializer, V2Serializer};
use hdrhistogram::{Counter, Histogram};

/// Writes histograms as text, one after the other, in memory of its own: base64 of HdrHistogram's V2 form with DEFLATE. The
/// library's own writer takes half a megabyte anew for each one, which a run that writes its log every second sees as memory that
/// comes and goes.
pub struct HistogramWriter {
    cells: V2Serializer,
    plain: Vec<u8>,
    packed: Vec<u8>,
    deflate: Compress,
}

impl Default for HistogramWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl HistogramWriter {
    /// A writer that has written nothing.
    pub fn new() -> Self {
        let deflate = Compress::new(Compression::default(), true);
        HistogramWriter { cells: V2Serializer::new(), plain: Vec::new(), packed: Vec::new(), deflate }
    }

    /// Writes a histogram; empty text for one whose counts are beyond 2^63.
    pub fn encode<C: Counter>(&mut self, histogram: &Histogram<C>) -> String {
        self.pack(histogram).map(|()| STANDARD.encode(&self.packed)).unwrap_or_default()
    }

    fn pack<C: Counter>(&mut self, histogram: &Histogram<C>) -> Option<()> {
        self.plain.clear();
        self.cells.serialize(histogram, &mut self.plain).ok()?;
        self.packed.clear();
        self.packed.extend(COMPRESSED_COOKIE.to_be_bytes());
        // The place of the length.
        self.packed.extend([0; 4]);
        self.deflate.reset();
        loop {
            // Mostly enough at once; else there is another turn.
            self.packed.reserve(self.plain.len() / 2 + 64);
            let read = usize::try_from(self.deflate.total_in()).ok()?;
            match self
                .deflate
                .compress_vec(&self.plain[read..], &mut self.packed, FlushCompress::Finish)
                .ok()?
            {
                Status::StreamEnd => break,
                Status::Ok | Status::BufError => {}
            }
        }
        let length = u32::try_from(self.packed.len() - FRAME).ok()?;
        self.packed[FRAME - 4..FRAME].copy_from_slice(&length.to_be_bytes());
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{HISTOGRAM_MAX_US, new_histogram};
    use hdrhistogram::serialization::V2DeflateSerializer;
    use proptest::prelude::{ProptestConfig, prop};

    proptest::proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn histograms_are_written_as_the_library_writes_them(
            samples in prop::collection::vec((0..2 * HISTOGRAM_MAX_US, 1_u32..1_000), 0..400),
            others in prop::collection::vec((0_u64..5_000, 1_u32..3), 0..40),
        ) {
            let mut writer = HistogramWriter::new();
            for samples in [&samples, &others, &samples] {
                let mut histogram = new_histogram::<u32>();
                for (value, n) in samples {
                    histogram.saturating_record_n(*value, *n);
                }
                let mut theirs = Vec::new();
                V2DeflateSerializer::new().serialize(&histogram, &mut theirs).unwrap();
                assert_eq!(writer.encode(&histogram), STANDARD.encode(theirs));
            }
        }
    }
}
