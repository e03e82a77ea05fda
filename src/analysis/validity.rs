use super::unit;
use crate::record::{LoadRecord, Span, Summary};

/// Share of the usable cores above which lateness is put down to a busy generator, 0 to 1. Being busy alone invalidates
/// nothing: with the embedded OP in the same process the cores are there to be used.
pub const CPU_SHARE_MAX: f64 = 0.90;

/// 99th percentile of `start_lag`, in µs, above which a run is invalid if the generator was busy ([`CPU_SHARE_MAX`]).
pub const START_LAG_MAX_WHEN_BUSY_US: u64 = 5_000;

/// 99th percentile of `start_lag`, in µs, above which a run is invalid however idle the generator was: the arrivals were
/// not the profile's.
pub const START_LAG_MAX_US: u64 = 50_000;

/// 99th percentile of `poll_lateness`, in µs, above which a run is invalid: the polls were not the protocol's.
pub const POLL_LATENESS_MAX_US: u64 = 100_000;

/// Why the generator's own behaviour makes a run worthless; empty when it is valid.
///
/// Lateness is judged by the 99th percentile, and by the 90th where the samples do not carry a 99th: a single hiccup in a
/// short run is no reason.
pub fn invalid_reasons(load: &LoadRecord) -> Vec<String> {
    let mut reasons = Vec::new();
    let cpu = load.generator.cpu_share;
    if let Some((name, lag)) = load.spans.get(&Span::StartLag).and_then(tail) {
        let shown = unit::time_us(lag as f64);
        if lag > START_LAG_MAX_US {
            reasons.push(format!(
                "flows began late: start_lag {name} is {shown}, at most {} is accepted",
                unit::time_us(START_LAG_MAX_US as f64)
            ));
        } else if cpu > CPU_SHARE_MAX && lag > START_LAG_MAX_WHEN_BUSY_US {
            reasons.push(format!(
                "the generator had no processor left: {} of its cores used, and start_lag {name} is {shown}, at most \
                 {} and {} together are accepted",
                unit::percent(cpu),
                unit::percent(CPU_SHARE_MAX),
                unit::time_us(START_LAG_MAX_WHEN_BUSY_US as f64)
            ));
        }
    }
    if let Some((name, lateness)) = load.spans.get(&Span::PollLateness).and_then(tail)
        && lateness > POLL_LATENESS_MAX_US
    {
        reasons.push(format!(
            "polls were sent late: poll_lateness {name} is {}, at most {} is accepted",
            unit::time_us(lateness as f64),
            unit::time_us(POLL_LATENESS_MAX_US as f64)
        ));
    }
    reasons
}

fn tail(summary: &Summary) -> Option<(&'static str, u64)> {
    let p99 = summary.p99_us.map(|us| ("p99", us));
    p99.or_else(|| summary.p90_us.map(|us| ("p90", us)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample::{passed, spread};

    #[test]
    fn lateness_invalidates_and_being_busy_alone_does_not() {
        const BUSY: f64 = CPU_SHARE_MAX + 0.05;
        // Samples, start_lag and poll_lateness in µs, share of the processor, and the reason.
        let table: [(u32, u64, u64, f64, &[&str]); 8] = [
            (400, 1_000, 1_000, 0.2, &[]),
            (400, 1_000, 1_000, BUSY, &[]),
            (400, 6_000, 1_000, 0.2, &[]),
            (400, 6_000, 1_000, BUSY, &["no processor left", "p99"]),
            (400, 51_000, 1_000, 0.2, &["flows began late", "p99"]),
            (400, 1_000, 101_000, 0.2, &["polls were sent late", "p99"]),
            (50, 51_000, 1_000, 0.2, &["flows began late", "p90"]),
            (5, 51_000, 101_000, BUSY, &[]),
        ];
        for (samples, lag, lateness, cpu_share, parts) in table {
            let mut load = passed().load.unwrap();
            load.generator.cpu_share = cpu_share;
            load.spans.insert(Span::StartLag, spread(samples, lag as f64, lag as f64));
            load.spans.insert(Span::PollLateness, spread(samples, lateness as f64, lateness as f64));
            let reasons = invalid_reasons(&load);
            assert_eq!(
                reasons.len(),
                usize::from(!parts.is_empty()),
                "{lag} {lateness} {cpu_share}: {reasons:?}"
            );
            assert!(parts.iter().all(|part| reasons[0].contains(part)), "{parts:?}: {reasons:?}");
        }
    }

    #[test]
    fn two_reasons_are_two_lines_and_no_samples_are_none() {
        let mut load = passed().load.unwrap();
        load.spans.insert(Span::StartLag, spread(400, 60_000.0, 60_000.0));
        load.spans.insert(Span::PollLateness, spread(400, 160_000.0, 160_000.0));
        assert_eq!(invalid_reasons(&load).len(), 2);
        load.spans.clear();
        assert!(invalid_reasons(&load).is_empty());
    }
}
