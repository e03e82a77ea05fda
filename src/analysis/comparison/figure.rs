use crate::analysis::{Owner, unit};
use crate::ciba::{Named, named};
use crate::profile::Statistic;
use crate::record::Span;
use serde::{Serialize, Serializer};
use std::fmt;

named! {
    /// A figure that is one count over another, or over time.
    pub enum Counted {
        /// Flows that ended per second of the measured time.
        Throughput => "throughput",
        /// Flows that began, of those that the profile asks for (open model only).
        Rate => "rate",
        /// Flows that failed, of those that ended; those that misbehave on purpose are left out.
        ErrorRate => "error_rate",
        /// Token requests for each flow that ended.
        PollsPerFlow => "polls_per_flow",
        /// Polls that still said pending after the accept was answered, of the polls that could have seen the decision.
        StalePolls => "stale_polls",
        /// Token requests that were answered `slow_down` although the client had kept to the interval.
        Throttled => "throttled",
    }
}

/// Something that two runs are compared in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// A statistic of a span, in µs.
    Time(Span, Statistic),
    /// One count over another.
    Counted(Counted),
}

impl Figure {
    /// The statistics of each span.
    pub const STATISTICS: [Statistic; 5] =
        [Statistic::Mean, Statistic::P50, Statistic::P90, Statistic::P99, Statistic::P999];

    /// All there are, in the order in which reports list them.
    pub fn all() -> Vec<Self> {
        let counted = Counted::ALL.iter().map(|counted| Figure::Counted(*counted));
        let of_owner = |owner: Owner| Span::ALL.iter().filter(move |span| Owner::of(**span) == owner);
        let times = Owner::ALL
            .into_iter()
            .flat_map(of_owner)
            .flat_map(|span| Figure::STATISTICS.into_iter().map(|statistic| Figure::Time(*span, statistic)));
        counted.chain(times).collect()
    }

    /// Whose figure it is. What flows and polls came to is the server's.
    pub fn owner(self) -> Owner {
        match self {
            Figure::Time(span, _) => Owner::of(span),
            Figure::Counted(_) => Owner::Server,
        }
    }

    /// Whether a larger value is the better one.
    pub fn more_is_better(self) -> bool {
        matches!(self, Figure::Counted(Counted::Throughput | Counted::Rate))
    }

    /// Whether it is a part of a whole, counted event by event, that may well be nothing.
    pub fn is_share(self) -> bool {
        matches!(self, Figure::Counted(Counted::ErrorRate | Counted::StalePolls | Counted::Throttled))
    }

    /// The span or the figure, and its statistic, where it has one.
    pub fn parts(self) -> [&'static str; 2] {
        match self {
            Figure::Time(span, statistic) => [span.name(), statistic.name()],
            Figure::Counted(counted) => [counted.name(), ""],
        }
    }

    /// Whether it tells enough of what is not compared in detail: a median, a p99, a count.
    pub fn is_telling(self) -> bool {
        match self {
            Figure::Time(_, statistic) => matches!(statistic, Statistic::P50 | Statistic::P99),
            Figure::Counted(_) => true,
        }
    }

    /// A value with its unit.
    pub fn written(self, value: f64) -> String {
        match self {
            Figure::Time(..) => unit::time_us(value),
            Figure::Counted(Counted::Throughput) => format!("{}/s", unit::figure(value)),
            Figure::Counted(Counted::PollsPerFlow) => unit::figure(value),
            Figure::Counted(
                Counted::Rate | Counted::ErrorRate | Counted::StalePolls | Counted::Throttled,
            ) => unit::percent(value),
        }
    }
}

impl fmt::Display for Figure {
    /// As it is written in limits: `notify p99`, `error_rate`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Figure::Time(span, statistic) => f.pad(&format!("{span} {}", statistic.name())),
            Figure::Counted(counted) => f.pad(counted.name()),
        }
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
