use crate::ciba::{Named as _, Outcome, Rule};
use crate::record::{Arrivals, Counts, GeneratorHealth, Span, Tally};
use std::time::Duration;

/// Upper bounds of the classes in which samples of a span are counted, in µs; a last class holds everything beyond.
pub const SPAN_BOUNDS_US: [u64; 18] = [
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
];

/// How a run is getting on, told once per interval. Its size does not grow with the run.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// The load model.
    pub arrivals: Arrivals,
    /// Time since the first flow was due.
    pub elapsed: Duration,
    /// Length of all stages together, without the drain.
    pub length: Duration,
    /// Length of the last interval.
    pub interval: Duration,
    /// The stage.
    pub stage: String,
    /// Load that the profile asks for now: flows per second (open) or concurrent flows (closed).
    pub asked: f64,
    /// Flows under way.
    pub in_flight: u64,
    /// The same by Little's law, of a server that answers at once; `None` where nothing can be foreseen.
    pub expected_in_flight: Option<f64>,
    /// Everything that was counted so far.
    pub counts: Counts,
    /// What was counted in the last interval.
    pub last: Counts,
    /// The spans, in the order of [`Named::ALL`](crate::ciba::Named::ALL).
    pub spans: Vec<SpanProgress>,
    /// How the generator has done so far.
    pub generator: GeneratorHealth,
    /// Processor time over elapsed time and usable cores in the last interval, 0 to 1.
    pub cpu_share: f64,
    /// Breaches of every rule so far.
    pub breaches: Tally<Rule>,
    /// The last few of them, the oldest first.
    pub last_breaches: Vec<LastBreach>,
}

/// One span, as far as it is known. Percentiles are those of the span's last 300 samples or more, or of its last ten seconds where
/// there are fewer, and absent without enough samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanProgress {
    /// Samples so far.
    pub count: u64,
    /// Their sum, in µs.
    pub sum_us: u64,
    /// How many of them lie in each class of [`SPAN_BOUNDS_US`], the last one being all beyond.
    pub classes: [u64; SPAN_BOUNDS_US.len() + 1],
    /// Half of the samples are no larger, in µs.
    pub p50_us: Option<u64>,
    /// 90 % are no larger, in µs.
    pub p90_us: Option<u64>,
    /// 99 % are no larger, in µs.
    pub p99_us: Option<u64>,
}

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastBreach {
    /// The rule.
    pub rule: Rule,
    /// When, in ms since the first flow was due.
    pub at_ms: u64,
    /// What was expected and what came.
    pub detail: String,
}

impl Progress {
    /// A number of the last interval, per second.
    pub fn per_s(&self, n: u64) -> f64 {
        n as f64 / self.interval.as_secs_f64().max(1e-3)
    }

    /// Outcomes so far.
    pub fn outcomes(&self) -> &Tally<Outcome> {
        &self.counts.flows.outcomes
    }

    /// One span.
    pub fn span(&self, span: Span) -> SpanProgress {
        self.spans.get(span.index()).copied().unwrap_or_default()
    }

    /// Breaches of rules that bind.
    pub fn binding_breaches(&self) -> u64 {
        self.breaches.iter().filter(|(rule, _)| rule.source().1.binds()).map(|(_, n)| n).sum()
    }
}
