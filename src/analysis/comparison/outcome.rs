use super::{Difference, Figure, JudgedLimit, Ratio, SpanShift, runs_needed};
use crate::analysis::{Exit, Owner, unit};
use crate::record::Caveat;
use serde::Serialize;

/// Name and version of the comparison's form.
pub(super) const SCHEMA: &str = "ciba-bench/comparison/1";

/// What comes of comparing sides with the first of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Name and version of this form.
    pub schema: &'static str,
    /// By what it was judged.
    pub settings: ComparisonSettings,
    /// The sides; the first is the baseline.
    pub sides: Vec<SideSeen>,
    /// What a reader must know before believing it: differences between the sides, and caveats of their runs.
    pub remarks: Vec<String>,
    /// Each further side against the baseline.
    pub against: Vec<Against>,
    /// How whole distributions moved, for plots.
    #[serde(skip)]
    pub shifts: Vec<SpanShift>,
}

/// By what figures were judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ComparisonSettings {
    /// The part by which a figure may differ without being called different, 0.05 for 5 %.
    pub noise: f64,
    /// The share of intervals that are meant to hold the true ratio.
    pub confidence: f64,
    /// How often each figure was drawn anew.
    pub resamples: usize,
}

/// One side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SideSeen {
    /// `A` for the baseline, then `B`, `C` ..
    pub letter: char,
    /// Its runs.
    pub runs: Vec<RunSeen>,
}

/// One run of a side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSeen {
    /// Where it was read from.
    pub place: String,
    /// Its id.
    pub run_id: String,
    /// Its profile's name.
    pub name: String,
    /// Its begin, RFC 3339, UTC.
    pub started_at: String,
    /// Its length, in seconds.
    pub elapsed_s: f64,
    /// The server's issuer.
    pub issuer: String,
    /// The version of this tool that made it.
    pub tool_version: String,
    /// Why it is not to be believed; empty when it is valid.
    pub invalid: Vec<String>,
    /// What a reader must know about it.
    pub caveats: Vec<Caveat>,
}

/// One side against the baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// Which side.
    pub letter: char,
    /// Every figure that one of the two has.
    pub figures: Vec<FigureComparison>,
    /// The limits that were asked for, judged, in their order.
    pub limits: Vec<JudgedLimit>,
}

/// A value of a side; all its runs taken together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Value {
    /// In µs, per second, or a share from 0 to 1; nothing where there are too few samples.
    pub value: Option<f64>,
    /// Samples behind it; flows, polls or requests where it counts those.
    pub samples: u64,
}

/// One figure of two sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureComparison {
    /// Which.
    pub figure: Figure,
    /// The baseline's.
    pub baseline: Value,
    /// The other side's.
    pub other: Value,
    /// The other over the baseline, with its interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Ratio>,
    /// In words.
    pub difference: Difference,
    /// Why it is inconclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// By what a difference is told that runs too short for a 95 % interval show; the ratio's ends are then the least and the most
    /// between any two of these stretches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stretches: Option<StretchesSeen>,
    /// What the ranks of repeated runs say, where runs were repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranks: Option<RanksSeen>,
}

/// Stretches of a log of which each of the one side lies beyond each of the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StretchesSeen {
    /// Stretches of the baseline.
    pub baseline: usize,
    /// Stretches of the other side.
    pub other: usize,
    /// How many times as large each of the larger ones is, at least.
    pub factor: f64,
}

/// Mann and Whitney's test of repeated runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RanksSeen {
    /// Runs of the baseline.
    pub baseline_runs: usize,
    /// Runs of the other side.
    pub other_runs: usize,
    /// The chance of ranks like these if the sides were the same; nothing where the runs are too few to show anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// The least chance that so many runs can show.
    pub least_p: f64,
    /// Runs of each side that it takes.
    pub needed: usize,
}

/// Why nothing can be said.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// A run's generator was at fault.
    InvalidRun {
        /// The run's side.
        side: char,
    },
    /// A side has no samples.
    NoSamples {
        /// Which.
        side: char,
    },
    /// A side has too few samples.
    TooFewSamples {
        /// Which.
        side: char,
        /// How many it takes.
        needed: u64,
    },
    /// Both sides together have too few events.
    TooFewEvents {
        /// How many there are.
        events: u64,
        /// How many it takes.
        needed: u64,
    },
    /// A side's log is too short for how long the figure remembers.
    TooFewBlocks {
        /// Which.
        side: char,
        /// Independent stretches that there are.
        blocks: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Runs of the one side are as fast as some of the other, and there are too few for a test of ranks.
    RunsOverlap {
        /// Runs of each side that it takes.
        needed: usize,
    },
    /// A run by itself has too few samples to be ranked among the others.
    RunWithoutSamples,
    /// The interval holds both: a difference that is noise, and one that is not.
    Wide,
}

impl Doubt {
    /// What is missing, in a few words.
    pub fn kind(&self) -> &'static str {
        match self {
            Doubt::InvalidRun { .. } => "a run is invalid",
            Doubt::NoSamples { .. } => "no samples on one side",
            Doubt::TooFewSamples { .. } => "too few samples",
            Doubt::TooFewEvents { .. } => "too few events",
            Doubt::TooFewBlocks { .. } => "too short a run for how slowly the figure drifts",
            Doubt::RunsOverlap { .. } => "repeated runs overlap",
            Doubt::RunWithoutSamples => "a single run has too few samples",
            Doubt::Wide => "the interval reaches over the edge of the noise",
        }
    }

    /// The same with its numbers.
    pub fn message(&self) -> String {
        match self {
            Doubt::InvalidRun { side } => format!("a run of {side} is invalid: its generator was at fault"),
            Doubt::NoSamples { side } => format!("{side} has no samples"),
            Doubt::TooFewSamples { side, needed } => {
                format!("{side} has too few samples, it takes {}", unit::count(*needed))
            }
            Doubt::TooFewEvents { events, needed } => {
                format!("{events} events on both sides together, it takes {needed}")
            }
            Doubt::TooFewBlocks { side, blocks, needed } => {
                format!("the log of {side} has {blocks} independent stretches, it takes {needed}")
            }
            Doubt::RunsOverlap { needed } => {
                format!("runs of both sides overlap, and a test of their ranks takes {needed} runs a side")
            }
            Doubt::RunWithoutSamples => "a run by itself has too few samples to be ranked".to_owned(),
            Doubt::Wide => "the interval holds both noise and more than noise".to_owned(),
        }
    }

    /// How many times as long a run has to be, where its length is what is missing.
    pub fn times_as_long(&self) -> Option<usize> {
        let Doubt::TooFewBlocks { blocks, needed, .. } = self else { return None };
        Some(needed.div_ceil((*blocks).max(1)))
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Doubt::InvalidRun { .. } => {
                "run again; its report says what was wrong with the generator".to_owned()
            }
            Doubt::NoSamples { .. }
            | Doubt::TooFewSamples { .. }
            | Doubt::TooFewEvents { .. }
            | Doubt::RunWithoutSamples => "run longer or faster".to_owned(),
            Doubt::TooFewBlocks { .. } => {
                let times = self.times_as_long().unwrap_or_default();
                format!("run {times} times as long, or {} times on each side", runs_needed())
            }
            Doubt::RunsOverlap { .. } => "repeat the runs".to_owned(),
            Doubt::Wide => "run longer, repeat the runs, or accept more noise".to_owned(),
        }
    }
}

impl Comparison {
    /// The exit code that the limits call for. Without limits a comparison tells and does not judge.
    pub fn exit(&self) -> Exit {
        Exit::weightiest(self.against.iter().flat_map(|of| &of.limits).map(|limit| limit.outcome.exit()))
    }
}

impl FigureComparison {
    /// Whether the verdict is about the server: what the generator, the simulated user or the protocol did is shown and not
    /// held against it.
    pub fn is_servers(&self) -> bool {
        matches!(self.figure.owner(), Owner::Server | Owner::EndToEnd)
    }
}

impl Against {
    /// How many of the server's figures came to that.
    pub fn count(&self, difference: Difference) -> usize {
        self.figures.iter().filter(|of| of.is_servers() && of.difference == difference).count()
    }
}
