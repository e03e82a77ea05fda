use super::student::student_t;
use super::unit;
use crate::record::ServerMemory;
use serde::Serialize;

/// Samples without which no line is laid through them.
pub const MEMORY_SAMPLES_MIN: usize = 10;

/// Flows by which the highest and the lowest number under way have to differ, for a line to be laid through the samples.
pub const MEMORY_SPREAD_MIN: u64 = 50;

/// A sample tells what flows take only while so many are under way as never before, or nearly so, as a share: many a runtime keeps
/// what it once took, so that afterwards memory no longer follows.
pub const MEMORY_RISING: f64 = 0.9;

/// What the system under test needed of its memory. Bytes are resident memory.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemoryUse {
    /// At the first sample.
    pub start_bytes: u64,
    /// At most.
    pub highest_bytes: u64,
    /// Samples behind it.
    pub samples: usize,
    /// What each flow that is under way adds.
    pub per_flow: PerFlow,
}

/// Memory of one flow that is under way, in bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PerFlow {
    /// By the line of least squares through the samples of [`MEMORY_RISING`].
    Measured {
        /// Its slope.
        bytes: f64,
        /// Lower end of the slope's 95 % interval, above 0.
        low: f64,
        /// Upper end.
        high: f64,
        /// Share of the memory's variance that the line explains, 0 to 1.
        explained: f64,
    },
    /// The samples do not tell.
    NotMeasured {
        /// Why.
        reason: String,
    },
}

/// What the samples of one load, or of all trials of a search, come to; `None` where there are none.
pub fn memory_use<'r>(series: impl IntoIterator<Item = &'r ServerMemory>) -> Option<MemoryUse> {
    let samples: Vec<_> = series.into_iter().flat_map(|memory| &memory.samples).collect();
    let mut most = 0.0;
    let rising = samples.iter().filter(|sample| {
        most = f64::max(most, sample.in_flight as f64);
        sample.in_flight as f64 >= MEMORY_RISING * most
    });
    let points: Vec<(f64, f64)> =
        rising.map(|sample| (sample.in_flight as f64, sample.bytes as f64)).collect();
    Some(MemoryUse {
        start_bytes: samples.first()?.bytes,
        highest_bytes: samples.iter().map(|sample| sample.bytes).max()?,
        samples: samples.len(),
        per_flow: per_flow(&points).unwrap_or_else(|reason| PerFlow::NotMeasured { reason }),
    })
}

impl MemoryUse {
    /// In one sentence.
    pub fn sentence(&self) -> String {
        let megabytes = |bytes: u64| unit::megabytes(bytes as f64);
        let per_flow = match &self.per_flow {
            PerFlow::Measured { bytes, low, high, explained } => format!(
                "{} MB per 1,000 pending flows ({} to {}; {} of the variance is explained)",
                unit::megabytes_per_thousand(*bytes),
                unit::megabytes_per_thousand(*low),
                unit::megabytes_per_thousand(*high),
                unit::percent(*explained)
            ),
            PerFlow::NotMeasured { reason } => format!("per pending flow not measured: {reason}"),
        };
        format!(
            "memory of the server: {} at the begin, at most {}; {per_flow}; {} samples",
            megabytes(self.start_bytes),
            megabytes(self.highest_bytes),
            unit::count(self.samples as u64)
        )
    }

    /// Of the same size, measured twice: what needs more room.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let known = |of: &Self| match of.per_flow {
            PerFlow::Measured { bytes, .. } => bytes,
            PerFlow::NotMeasured { .. } => f64::NEG_INFINITY,
        };
        MemoryUse {
            start_bytes: self.start_bytes.max(other.start_bytes),
            highest_bytes: self.highest_bytes.max(other.highest_bytes),
            samples: self.samples + other.samples,
            per_flow: if known(&other) > known(&self) { other.per_flow } else { self.per_flow },
        }
    }
}

/// The line of least squares through flows and bytes.
fn per_flow(points: &[(f64, f64)]) -> Result<PerFlow, String> {
    if points.len() < MEMORY_SAMPLES_MIN {
        return Err(format!(
            "{} samples with as many flows pending as ever before, and it takes {MEMORY_SAMPLES_MIN}; let it run longer",
            points.len()
        ));
    }
    let fewest = points.iter().map(|(flows, _)| *flows).fold(f64::INFINITY, f64::min);
    let most = points.iter().map(|(flows, _)| *flows).fold(0.0, f64::max);
    if most - fewest < MEMORY_SPREAD_MIN as f64 {
        return Err(format!(
            "between {} and {} flows were pending, and these have to differ by {MEMORY_SPREAD_MIN}; raise the rate, or let users take \
             longer to decide",
            unit::count(fewest as u64),
            unit::count(most as u64)
        ));
    }
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (flows_mean, bytes_mean) = (mean(|point| point.0), mean(|point| point.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        points.iter().map(|(flows, bytes)| of(flows - flows_mean, bytes - bytes_mean)).sum()
    };
    let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
    let slope = xy / xx;
    let freedom = points.len() - 2;
    let variance = ((yy - slope * xy) / freedom as f64).max(0.0);
    let width = student_t(freedom) * (variance / xx).sqrt();
    let (low, high) = (slope - width, slope + width);
    if low <= 0.0 {
        return Err(format!(
            "the memory does not follow the pending flows ({} to {} MB per 1,000 of them would agree with the samples)",
            unit::megabytes_per_thousand(low),
            unit::megabytes_per_thousand(high)
        ));
    }
    let explained = if yy > 0.0 { slope * xy / yy } else { 0.0 };
    Ok(PerFlow::Measured { bytes: slope, low, high, explained })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::MemorySample;

    fn memory(points: impl IntoIterator<Item = (u64, u64)>) -> ServerMemory {
        let sample = |(at, (in_flight, bytes)): (u64, (u64, u64))| MemorySample {
            at_ms: at * 2_000,
            in_flight,
            bytes,
        };
        ServerMemory { samples: (0..).zip(points).map(sample).collect(), ..ServerMemory::default() }
    }

    fn reason(of: &ServerMemory) -> String {
        match memory_use([of]).unwrap().per_flow {
            PerFlow::NotMeasured { reason } => reason,
            measured @ PerFlow::Measured { .. } => panic!("{measured:?}"),
        }
    }

    #[test]
    fn a_line_gives_back_what_a_flow_takes() {
        // 200 MB, 2 kB for each flow, and up to 40 kB of something else.
        let points = (0..60).map(|at| (at * 20, 200_000_000 + at * 20 * 2_000 + at % 3 * 20_000));
        let used = memory_use([&memory(points.clone())]).unwrap();
        assert_eq!((used.start_bytes, used.samples), (200_000_000, 60));
        assert_eq!(used.highest_bytes, 200_000_000 + 59 * 20 * 2_000 + 40_000);
        let PerFlow::Measured { bytes, low, high, explained } = used.per_flow else { panic!("{used:?}") };
        assert!((1_950.0..2_050.0).contains(&bytes) && low < 2_000.0 && high > 2_000.0, "{low} to {high}");
        assert!(explained > 0.99 && explained <= 1.0, "{explained}");
        let sentence = used.sentence();
        let begins = "memory of the server: 200 MB at the begin, at most 202 MB; ";
        assert!(
            sentence.starts_with(begins) && sentence.contains(" MB per 1,000 pending flows ("),
            "{sentence}"
        );
        // What the server keeps when flows have ended says nothing of what they took; neither does another trial of fewer.
        let kept = (0..60).map(|at| (1_180 - at * 20, 202_400_000));
        let fewer = (0..30).map(|at| (at * 20, 202_400_000));
        let used = memory_use([&memory(points.chain(kept)), &memory(fewer)]).unwrap();
        let PerFlow::Measured { bytes, .. } = used.per_flow else { panic!("{used:?}") };
        assert!((1_900.0..2_100.0).contains(&bytes) && used.samples == 150, "{bytes}");
    }

    #[test]
    fn what_the_samples_do_not_tell_is_no_figure() {
        assert_eq!(memory_use([&ServerMemory::default()]), None);
        for (points, expected) in [
            (
                vec![(0, 1_000), (900, 2_000)],
                "2 samples with as many flows pending as ever before, and it takes 10",
            ),
            ((0..20).map(|at| (100 + at, 1_000 + at)).collect(), "between 100 and 119 flows were pending"),
            ((0..20).map(|at| (at * 100, 1_000_000)).collect(), "does not follow the pending flows"),
            (
                (0..20).map(|at| (at * 100, 9_000_000 - at * 1_000)).collect(),
                "does not follow the pending flows",
            ),
            ((0..20).map(|at| (at * 100, 1_000_000 + at % 2 * 500_000)).collect(), "does not follow"),
        ] {
            let reason = reason(&memory(points));
            assert!(reason.contains(expected), "{expected}: {reason}");
        }
    }

    #[test]
    fn of_two_searches_the_one_that_needs_more_room_counts() {
        let of = |per_flow: u64| memory((0..20).map(move |at| (at * 100, 1_000_000 + at * 100 * per_flow)));
        let flat = memory((0..20).map(|at| (at * 100, 9_000_000)));
        let used = |series: &ServerMemory| memory_use([series]).unwrap();
        for (one, two) in [(of(10), of(30)), (of(30), of(10)), (flat.clone(), of(30)), (of(30), flat.clone())]
        {
            let both = used(&one).and(used(&two));
            let PerFlow::Measured { bytes, .. } = both.per_flow else { panic!("{both:?}") };
            assert!((bytes - 30.0).abs() < 1e-6, "{bytes}");
            assert_eq!(both.samples, 40);
        }
    }
}
