use super::ServerMemory;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a search for the highest rate that meets the thresholds has found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacityRecord {
    /// The thresholds that every trial was held against, as expressions; they are the profile's.
    pub thresholds: Vec<String>,
    /// What was searched for, and how.
    pub search: CapacitySearch,
    /// What the operator calls this deployment, for example `size` = `4cpu`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// What the deployment costs per hour, in a currency that the operator knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_per_hour: Option<f64>,
    /// What the operator's own command said about the system under test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sut: Option<SutDescription>,
    /// What came of the search.
    pub outcome: CapacityOutcome,
    /// What the system did after an overload; absent where nothing was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hysteresis: Option<Hysteresis>,
    /// Every trial, in the order in which they were carried out.
    pub trials: Vec<TrialRecord>,
}

/// What a search looks for, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacitySearch {
    /// Lowest rate that is tried, in flows per second.
    pub lowest_per_s: f64,
    /// Highest rate that is tried, in flows per second.
    pub highest_per_s: f64,
    /// How far apart both ends of the bracket may be, over the lower one, above 0.
    pub width: f64,
    /// Length of the first trials, in seconds, without their warm-up.
    pub first_trial_s: f64,
    /// Length of the last trials, in seconds, without their warm-up: what the answer is for.
    pub last_trial_s: f64,
    /// Length of all trials together that decide about one rate, in seconds.
    pub duration_sum_s: f64,
    /// Share of that length that may say otherwise, 0 to below 0.5.
    pub exceed_ratio: f64,
    /// Most trials.
    pub trials_max: u32,
    /// Longest time for all trials, in seconds.
    pub time_max_s: f64,
    /// Pause between two trials, in seconds.
    pub settle_s: f64,
}

/// What a command said about the system under test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SutDescription {
    /// The command.
    pub command: String,
    /// What it printed, not interpreted.
    pub said: String,
}

/// What came of a search. Rates are flows per second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CapacityOutcome {
    /// The limit lies between two rates.
    Found {
        /// Highest rate at which the thresholds hold; they hold at every lower one that was tried.
        lower_per_s: f64,
        /// Lowest rate at which they do not; they do at no higher one that was tried.
        upper_per_s: f64,
        /// Flows that came to their end at the lower rate.
        conditional_per_s: f64,
        /// The threshold that breaks at the upper rate.
        first_broken: String,
    },
    /// The generator itself could do no more, before the thresholds broke.
    GeneratorBound {
        /// Lowest rate at which it was at fault again and again.
        at_per_s: f64,
        /// Highest rate at which the thresholds hold, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        met_per_s: Option<f64>,
        /// What was wrong with the generator.
        reason: String,
    },
    /// The thresholds do not hold at the lowest rate.
    BelowMinimum {
        /// The threshold that breaks there.
        first_broken: String,
    },
    /// They hold at the highest rate.
    AboveMaximum {
        /// Flows that came to their end there.
        conditional_per_s: f64,
    },
    /// The search ended before it had its answer: no time, no trials left, interrupted, or a binding rule was broken.
    Unfinished {
        /// Highest rate at which the thresholds hold so far, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lower_per_s: Option<f64>,
        /// Lowest rate at which they do not so far, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        upper_per_s: Option<f64>,
        /// Why it ended.
        reason: String,
    },
}

/// Whether the system comes back from an overload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hysteresis {
    /// The rate of the overload, in flows per second.
    pub overload_per_s: f64,
    /// The rate right after it, the lower end of the bracket.
    pub lower_per_s: f64,
    /// What the trial at that rate came to.
    pub after: TrialVerdict,
}

/// One trial: a load at a constant rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialRecord {
    /// What it was for.
    pub part: TrialPart,
    /// Rate asked for, in flows per second.
    pub rate_per_s: f64,
    /// Length without its warm-up, in seconds.
    pub length_s: f64,
    /// Length of its warm-up, in seconds.
    pub warmup_s: f64,
    /// Start in wall time, RFC 3339, UTC.
    pub started_at: String,
    /// Length with warm-up and drain, in seconds.
    pub elapsed_s: f64,
    /// What it came to.
    pub verdict: TrialVerdict,
    /// Flows per second that the server took up in the measured time and that came to an end of their own, then or later.
    pub completed_per_s: f64,
    /// Authentication requests answered, per second.
    pub authentication_requests_per_s: f64,
    /// Token requests answered, per second.
    pub polls_per_s: f64,
    /// Pings and pushes that came, per second.
    pub pings_per_s: f64,
    /// Most flows under way at once.
    pub in_flight_peak: u64,
    /// Processor time of the generator over elapsed time and usable cores, 0 to 1.
    pub cpu_share: f64,
    /// Largest resident memory of the generator, in MiB.
    pub rss_peak_mib: u64,
    /// Its folder within that of the search.
    pub folder: String,
    /// Memory of the system under test, where a command tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_memory: Option<ServerMemory>,
}

/// What a trial is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialPart {
    /// Short ones that look for the order of magnitude.
    Rough,
    /// Longer ones, closer together.
    Narrowing,
    /// Those of full length, which decide.
    Deciding,
    /// Above the upper end of the bracket, on purpose.
    Overload,
    /// At the lower end again, right after the overload.
    Descending,
}

/// What a trial came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TrialVerdict {
    /// All thresholds hold.
    Met,
    /// One does not.
    Broken {
        /// Which: the profile's first that does not hold, or [`TrialVerdict::COMPLETED`].
        threshold: String,
        /// What was measured.
        value: String,
    },
    /// The generator was at fault: says nothing about the target.
    Invalid {
        /// Why.
        reason: String,
    },
}

impl TrialVerdict {
    /// What has to hold in every trial, whatever the profile says.
    pub const COMPLETED: &'static str = "completed >= 98% of asked";
}
