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

/// Half of the slope's interval, as a share of the slope, beyond which there is no figure: such samples say that flows take memory,
/// and not how much.
pub const MEMORY_UNCERTAINTY_MAX: f64 = 0.5;

/// Share of the flows' variance that has to be left when the line through those that have ended is taken out of it, for the two to
/// be told apart.
const MEMORY_APART_MIN: f64 = 1e-3;

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
    /// What each flow leaves behind when it has ended; `None` where the samples do not tell, or the server keeps nothing.
    pub per_ended: Option<Slope>,
}

/// Memory of one flow that is under way, in bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PerFlow {
    /// By least squares through the samples of [`MEMORY_RISING`].
    Measured {
        /// Bytes of each flow.
        #[serde(flatten)]
        slope: Slope,
        /// Share of the memory's variance that flows explain, those that have ended among them, 0 to 1.
        explained: f64,
    },
    /// The samples do not tell.
    NotMeasured {
        /// Why.
        reason: String,
    },
}

/// How many bytes each flow is worth. Its interval reaches at most half of it to either side ([`MEMORY_UNCERTAINTY_MAX`]).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Slope {
    /// The most likely number.
    pub bytes: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Slope {
    fn is_certain(&self) -> bool {
        self.bytes > 0.0 && self.high - self.bytes <= MEMORY_UNCERTAINTY_MAX * self.bytes
    }

    /// In MB per 1,000 flows.
    pub fn figure(&self) -> String {
        unit::megabytes_per_thousand(self.bytes)
    }

    /// Its interval, in the same unit.
    pub fn range(&self) -> String {
        format!("{} to {}", unit::megabytes_per_thousand(self.low), unit::megabytes_per_thousand(self.high))
    }
}

/// A sample, as the line through all of them sees it.
#[derive(Debug, Clone, Copy)]
struct Point {
    pending: f64,
    ended: f64,
    bytes: f64,
}

/// What the samples of one load, or of all trials of a search, come to; `None` where there are none. The server lives through all of
/// them, in their order.
pub fn memory_use<'r>(series: impl IntoIterator<Item = &'r ServerMemory>) -> Option<MemoryUse> {
    let mut points = Vec::new();
    let (mut before, mut told) = (0, false);
    for memory in series {
        points.extend(memory.samples.iter().map(|sample| Point {
            pending: sample.in_flight as f64,
            ended: (before + sample.started.saturating_sub(sample.in_flight)) as f64,
            bytes: sample.bytes as f64,
        }));
        told |= memory.samples.iter().any(|sample| sample.started > 0);
        before += memory.samples.last().map_or(0, |last| last.started);
    }
    let start_bytes = points.first()?.bytes as u64;
    let highest_bytes = points.iter().map(|point| point.bytes).fold(0.0, f64::max) as u64;
    let samples = points.len();
    let mut most = 0.0;
    points.retain(|point| {
        most = f64::max(most, point.pending);
        point.pending >= MEMORY_RISING * most
    });
    // A record of an earlier version; what its server kept of flows that had ended would be charged to those that were pending.
    let line = if told || most == 0.0 {
        Line::through(&points)
    } else {
        Err("the record does not tell how many flows had ended when it was asked for".to_owned())
    };
    let (per_flow, per_ended) = match line {
        Ok(line) => (line.per_flow(), line.ended.filter(Slope::is_certain)),
        Err(reason) => (PerFlow::NotMeasured { reason }, None),
    };
    Some(MemoryUse { start_bytes, highest_bytes, samples, per_flow, per_ended })
}

impl MemoryUse {
    /// In one sentence.
    pub fn sentence(&self) -> String {
        let megabytes = |bytes: u64| unit::megabytes(bytes as f64);
        let per_flow = match &self.per_flow {
            PerFlow::Measured { slope, explained } => format!(
                "{} MB per 1,000 pending flows ({}; {} of the variance is explained)",
                slope.figure(),
                slope.range(),
                unit::percent(*explained)
            ),
            PerFlow::NotMeasured { reason } => format!("per pending flow not measured: {reason}"),
        };
        let per_ended = self.per_ended.map_or_else(String::new, |slope| {
            format!("; {} MB per 1,000 flows that have ended ({}), which stay", slope.figure(), slope.range())
        });
        format!(
            "memory of the server: {} at the begin, at most {}; {per_flow}{per_ended}; {} samples",
            megabytes(self.start_bytes),
            megabytes(self.highest_bytes),
            unit::count(self.samples as u64)
        )
    }

    /// Of the same size, measured twice: what needs more room.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let known = |of: &Self| match of.per_flow {
            PerFlow::Measured { slope, .. } => slope.bytes,
            PerFlow::NotMeasured { .. } => f64::NEG_INFINITY,
        };
        let kept = |of: &Self| of.per_ended.map_or(f64::NEG_INFINITY, |slope| slope.bytes);
        MemoryUse {
            start_bytes: self.start_bytes.max(other.start_bytes),
            highest_bytes: self.highest_bytes.max(other.highest_bytes),
            samples: self.samples + other.samples,
            per_ended: if kept(&other) > kept(&self) { other.per_ended } else { self.per_ended },
            per_flow: if known(&other) > known(&self) { other.per_flow } else { self.per_flow },
        }
    }
}

/// Memory as a sum: a part that is always there, one for each pending flow, and one for each that has ended.
#[derive(Debug)]
struct Line {
    pending: Slope,
    ended: Option<Slope>,
    explained: f64,
}

impl Line {
    /// By least squares. Without the flows that have ended, whatever a server keeps of them would be charged to those that are pending.
    fn through(points: &[Point]) -> Result<Self, String> {
        if points.len() < MEMORY_SAMPLES_MIN {
            return Err(format!(
                "{} samples with as many flows pending as ever before, and it takes {MEMORY_SAMPLES_MIN}; let it run longer",
                points.len()
            ));
        }
        let fewest = points.iter().map(|point| point.pending).fold(f64::INFINITY, f64::min);
        let most = points.iter().map(|point| point.pending).fold(0.0, f64::max);
        if most - fewest < MEMORY_SPREAD_MIN as f64 {
            return Err(format!(
                "between {} and {} flows were pending, and these have to differ by {MEMORY_SPREAD_MIN}; raise the rate, or let users take \
                 longer to decide",
                unit::count(fewest as u64),
                unit::count(most as u64)
            ));
        }
        let n = points.len() as f64;
        let mean = |of: fn(&Point) -> f64| points.iter().map(of).sum::<f64>() / n;
        let mean = Point {
            pending: mean(|point| point.pending),
            ended: mean(|point| point.ended),
            bytes: mean(|point| point.bytes),
        };
        let sum = |of: fn(Point) -> f64| -> f64 {
            let from_mean = |point: &Point| Point {
                pending: point.pending - mean.pending,
                ended: point.ended - mean.ended,
                bytes: point.bytes - mean.bytes,
            };
            points.iter().map(|point| of(from_mean(point))).sum()
        };
        let (pp, pb) = (sum(|of| of.pending * of.pending), sum(|of| of.pending * of.bytes));
        let (ee, eb) = (sum(|of| of.ended * of.ended), sum(|of| of.ended * of.bytes));
        let (pe, bb) = (sum(|of| of.pending * of.ended), sum(|of| of.bytes * of.bytes));
        let slope = |bytes: f64, freedom: usize, left: f64, weight: f64| {
            let width = student_t(freedom) * (left.max(0.0) / freedom as f64 * weight).sqrt();
            Slope { bytes, low: bytes - width, high: bytes + width }
        };
        let explained = |left: f64| if bb > 0.0 { (1.0 - left / bb).clamp(0.0, 1.0) } else { 0.0 };
        if ee == 0.0 {
            let bytes = pb / pp;
            let left = bb - bytes * pb;
            let pending = slope(bytes, points.len() - 2, left, 1.0 / pp);
            return Ok(Line { pending, ended: None, explained: explained(left) });
        }
        let apart = pp * ee - pe * pe;
        if apart < MEMORY_APART_MIN * pp * ee {
            return Err("pending flows and flows that had ended became more together, so that the samples cannot tell which of them take \
                        the memory; let the rate change on the way"
                .to_owned());
        }
        let (pending, ended) = ((pb * ee - eb * pe) / apart, (eb * pp - pb * pe) / apart);
        let left = bb - pending * pb - ended * eb;
        let freedom = points.len() - 3;
        Ok(Line {
            pending: slope(pending, freedom, left, ee / apart),
            ended: Some(slope(ended, freedom, left, pp / apart)),
            explained: explained(left),
        })
    }

    fn per_flow(&self) -> PerFlow {
        let slope = self.pending;
        let range = slope.range();
        if slope.low <= 0.0 {
            let reason = format!(
                "the memory does not follow the pending flows ({range} MB per 1,000 of them would agree with the samples)"
            );
            return PerFlow::NotMeasured { reason };
        }
        if !slope.is_certain() {
            let reason = format!(
                "the samples leave too much open ({range} MB per 1,000 of them); let more flows be pending, by users who take longer to decide"
            );
            return PerFlow::NotMeasured { reason };
        }
        PerFlow::Measured { slope, explained: self.explained }
    }
}

#[cfg(test)]
mod tests;
