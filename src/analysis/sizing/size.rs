use crate::analysis::{MemoryUse, memory_use};
use crate::record::{CapacityOutcome, CapacityRecord, TrialRecord, TrialVerdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// Labels that say how many processors each node has, in the order in which they are looked at. A value may end in one of [`UNITS`].
const VCPU_LABELS: [&str; 4] = ["vcpu", "vcpus", "cpu", "size"];

/// Labels that say how many nodes there are.
const NODE_LABELS: [&str; 4] = ["nodes", "replicas", "pods", "processes"];

/// What may stand behind the number of processors.
const UNITS: [&str; 4] = ["vcpus", "vcpu", "cpus", "cpu"];

/// One size of a deployment, with what the runs that carry its labels have found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Size {
    /// Its labels, as they were given.
    pub labels: BTreeMap<String, String>,
    /// Runs with these labels.
    pub runs: usize,
    /// Processors of all nodes together, where the labels say so.
    pub vcpus: Option<f64>,
    /// Nodes, where the labels say so.
    pub nodes: Option<f64>,
    /// Cost per hour of all of it, the last that was given.
    pub cost_per_hour: Option<f64>,
    /// Its capacity.
    pub measured: Measured,
    /// What went on at the lower end of the bracket.
    pub at_capacity: Option<AtCapacity>,
    /// Memory of the system under test in all trials, where a command told it.
    pub memory: Option<MemoryUse>,
}

/// A capacity, in flows per second.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Between the two: the lowest lower end and the highest upper end of all runs.
    Between {
        /// The thresholds held here.
        lower: f64,
        /// They did not hold here.
        upper: f64,
    },
    /// So much at least; what limits it was not found.
    AtLeast {
        /// The thresholds held here.
        lower: f64,
        /// Why there is no upper end.
        reason: String,
    },
    /// No rate is known at which the thresholds hold.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// Rates at the highest load at which the thresholds held, per second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtCapacity {
    /// Backchannel authentication requests.
    pub authentication_requests: f64,
    /// Token requests.
    pub polls: f64,
    /// Pings and pushes.
    pub pings: f64,
    /// Most flows that were under way at once.
    pub in_flight: u64,
}

impl Measured {
    /// The rate that is certain, in flows per second.
    pub fn lower(&self) -> Option<f64> {
        match self {
            Measured::Between { lower, .. } | Measured::AtLeast { lower, .. } => Some(*lower),
            Measured::Unknown { .. } => None,
        }
    }

    /// What a search came to.
    fn of(outcome: &CapacityOutcome) -> Self {
        let at_least = |lower: Option<f64>, reason: &str| match lower {
            Some(lower) => Measured::AtLeast { lower, reason: reason.to_owned() },
            None => Measured::Unknown { reason: reason.to_owned() },
        };
        match outcome {
            CapacityOutcome::Found { lower_per_s, upper_per_s, .. } => {
                Measured::Between { lower: *lower_per_s, upper: *upper_per_s }
            }
            CapacityOutcome::GeneratorBound { at_per_s, met_per_s, .. } => {
                at_least(*met_per_s, &format!("the generator saturates at {at_per_s:.0}/s"))
            }
            CapacityOutcome::BelowMinimum { first_broken } => {
                at_least(None, &format!("{first_broken} does not hold at the lowest rate"))
            }
            CapacityOutcome::AboveMaximum { conditional_per_s } => {
                at_least(Some(*conditional_per_s), "the thresholds hold at the highest rate that was tried")
            }
            CapacityOutcome::Unfinished { lower_per_s: Some(lower), upper_per_s: Some(upper), .. } => {
                Measured::Between { lower: *lower, upper: *upper }
            }
            CapacityOutcome::Unfinished { lower_per_s, reason, .. } => at_least(*lower_per_s, reason),
        }
    }

    /// Of two searches of one size; the less certain one decides.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Measured::Between { lower: a, upper: b }, Measured::Between { lower: c, upper: d }) => {
                Measured::Between { lower: a.min(c), upper: b.max(d) }
            }
            (unknown @ Measured::Unknown { .. }, _) | (_, unknown @ Measured::Unknown { .. }) => unknown,
            (Measured::AtLeast { lower: a, reason }, other)
            | (other, Measured::AtLeast { lower: a, reason }) => {
                Measured::AtLeast { lower: other.lower().map_or(a, |b| a.min(b)), reason }
            }
        }
    }
}

impl Size {
    /// A size as one search saw it.
    pub(super) fn of(record: &CapacityRecord) -> Self {
        let nodes = first_number(&record.labels, &NODE_LABELS);
        let measured = Measured::of(&record.outcome);
        Size {
            labels: record.labels.clone(),
            runs: 1,
            vcpus: first_number(&record.labels, &VCPU_LABELS).map(|each| each * nodes.unwrap_or(1.0)),
            nodes,
            cost_per_hour: record.cost_per_hour,
            at_capacity: measured.lower().and_then(|lower| at_capacity(&record.trials, lower)),
            memory: memory_use(record.trials.iter().filter_map(|trial| trial.server_memory.as_ref())),
            measured,
        }
    }

    /// The same size, as another search saw it.
    pub(super) fn and(self, other: Self) -> Self {
        let at_capacity = match (self.at_capacity, other.at_capacity) {
            (Some(one), Some(two)) if two.authentication_requests < one.authentication_requests => Some(two),
            (one, two) => one.or(two),
        };
        Size {
            runs: self.runs + other.runs,
            cost_per_hour: other.cost_per_hour.or(self.cost_per_hour),
            measured: self.measured.and(other.measured),
            at_capacity,
            memory: match (self.memory, other.memory) {
                (Some(one), Some(two)) => Some(one.and(two)),
                (one, two) => one.or(two),
            },
            ..self
        }
    }

    /// What sizes are compared by: processors, else nodes.
    pub fn number(&self) -> Option<f64> {
        self.vcpus.or(self.nodes)
    }

    /// Its labels in one line.
    pub fn name(&self) -> String {
        let pairs: Vec<_> = self.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { "no labels".to_owned() } else { pairs.join(",") }
    }

    /// Flows per second for each processor.
    pub fn per_vcpu(&self) -> Option<f64> {
        Some(self.measured.lower()? / self.vcpus.filter(|vcpus| *vcpus > 0.0)?)
    }

    /// Flows per second for each unit of cost per hour.
    pub fn per_cost(&self) -> Option<f64> {
        Some(self.measured.lower()? / self.cost_per_hour.filter(|cost| *cost > 0.0)?)
    }
}

/// The rates of the longest trial at the lower end of the bracket in which the thresholds held.
fn at_capacity(trials: &[TrialRecord], lower: f64) -> Option<AtCapacity> {
    let trial = trials
        .iter()
        .filter(|trial| trial.verdict == TrialVerdict::Met && trial.rate_per_s <= lower * 1.0001)
        .max_by(|one, two| {
            (one.rate_per_s, one.length_s)
                .partial_cmp(&(two.rate_per_s, two.length_s))
                .unwrap_or(std::cmp::Ordering::Equal)
        })?;
    Some(AtCapacity {
        authentication_requests: trial.authentication_requests_per_s,
        polls: trial.polls_per_s,
        pings: trial.pings_per_s,
        in_flight: trial.in_flight_peak,
    })
}

fn first_number(labels: &BTreeMap<String, String>, names: &[&str]) -> Option<f64> {
    names.iter().find_map(|name| number(labels.get(*name)?))
}

/// `4`, `0.5`, `4cpu`.
fn number(value: &str) -> Option<f64> {
    let value = value.trim().to_ascii_lowercase();
    let bare = UNITS.iter().find_map(|unit| value.strip_suffix(unit)).unwrap_or(&value);
    bare.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}
