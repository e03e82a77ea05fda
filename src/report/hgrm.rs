use super::RenderError;
use crate::record::{RunRecord, Span, decode};
use hdrhistogram::Histogram;
use std::fmt::Write as _;

/// Steps per halving of the distance to 100 %: what other tools that write this form use.
const TICKS_PER_HALF_DISTANCE: u32 = 5;

/// The measured spans in the percentile form of HdrHistogram's own tools, in ms: one file name and its bytes per span.
///
/// # Errors
/// A histogram in the record that cannot be read.
pub fn hgrm(record: &RunRecord) -> Result<Vec<(String, Vec<u8>)>, RenderError> {
    record
        .load
        .iter()
        .flat_map(|load| &load.spans)
        .map(|(span, summary)| {
            let histogram = decode(&summary.histogram)
                .map_err(|source| RenderError::Histogram { span: *span, source })?;
            Ok((file_name(*span), percentiles(&histogram).into_bytes()))
        })
        .collect()
}

fn file_name(span: Span) -> String {
    format!("{span}.hgrm")
}

fn percentiles(histogram: &Histogram<u64>) -> String {
    let mut text =
        format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    let mut total = 0;
    for step in histogram.iter_quantiles(TICKS_PER_HALF_DISTANCE) {
        let (value, quantile) = (ms(step.value_iterated_to()), step.quantile_iterated_to());
        total += step.count_since_last_iteration();
        let line = if quantile < 1.0 {
            writeln!(text, "{value:>12.3} {quantile:>14.12} {total:>10} {:>14.2}", 1.0 / (1.0 - quantile))
        } else {
            writeln!(text, "{value:>12.3} {quantile:>14.12} {total:>10}")
        };
        line.unwrap_or_else(|_| unreachable!("a string takes everything"));
    }
    text + &format!(
        "#[Mean    = {:>12.3}, StdDeviation   = {:>12.3}]\n#[Max     = {:>12.3}, Total count    = {:>12}]\n\
         #[Buckets = {:>12}, SubBuckets     = {:>12}]\n",
        histogram.mean() / 1e3,
        histogram.stdev() / 1e3,
        ms(histogram.max()),
        histogram.len(),
        histogram.buckets(),
        SUB_BUCKETS,
    )
}

/// Three significant digits take 2,048 sub-buckets.
const SUB_BUCKETS: u32 = 2_048;

fn ms(us: u64) -> f64 {
    us as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Summary, sample};

    #[test]
    fn every_measured_span_has_a_file_that_ends_with_all_its_samples() {
        let record = sample::complete();
        let files = hgrm(&record).unwrap();
        assert_eq!(files.len(), record.load.as_ref().unwrap().spans.len());
        for ((name, bytes), (span, summary)) in files.iter().zip(&record.load.unwrap().spans) {
            assert_eq!(name, &format!("{span}.hgrm"));
            let text = std::str::from_utf8(bytes).unwrap();
            assert!(
                text.starts_with("       Value     Percentile TotalCount 1/(1-Percentile)\n\n"),
                "{text}"
            );
            let last = text.lines().rfind(|line| !line.starts_with('#')).unwrap();
            let fields: Vec<&str> = last.split_whitespace().collect();
            assert_eq!(fields[1..], ["1.000000000000", &summary.count.to_string()], "{name}");
            assert!(text.contains(&format!("Total count    = {:>12}]", summary.count)), "{text}");
        }
    }

    #[test]
    fn values_are_in_milliseconds() {
        let mut record = sample::passed();
        let mut histogram = crate::record::new_histogram::<u64>();
        histogram.record_n(1_500, 10).unwrap();
        record.load.as_mut().unwrap().spans = [(Span::Ack, Summary::of(&histogram).unwrap())].into();
        let text = String::from_utf8(hgrm(&record).unwrap().remove(0).1).unwrap();
        assert!(text.contains("       1.500 0.000000000000         10           1.00"), "{text}");
    }

    #[test]
    fn a_broken_histogram_names_its_span() {
        let mut record = sample::passed();
        record.load.as_mut().unwrap().spans.get_mut(&Span::Notify).unwrap().histogram.clear();
        assert!(hgrm(&record).unwrap_err().to_string().contains("span notify"));
    }
}
