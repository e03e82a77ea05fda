use super::{Counts, GeneratorHealth, PollGap, ServerMemory, Span, Summary, Tally};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a load run measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadRecord {
    /// Open: arrivals come whatever the server does. Closed: a fixed number of users.
    pub arrivals: Arrivals,
    /// Counters of the whole run, the warm-up and the drain included: they equal the server's own.
    #[serde(flatten)]
    pub counts: Counts,
    /// Spans of everything but the warm-up. The drain is in: leaving it out would leave out the slowest flows.
    pub spans: BTreeMap<Span, Summary>,
    /// The stages in order.
    pub stages: Vec<StageRecord>,
    /// The interval log, for plots and statistics.
    pub intervals: Vec<IntervalRecord>,
    /// What the server's polling policy looked like to conformant clients.
    pub polling: PollingSeen,
    /// Counters of the authentication service that ran beside the generator, by its own names with dots between them,
    /// for example `decisions.failed`.
    pub decisions: BTreeMap<String, u64>,
    /// The consents that the flows began with, where they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_consents: Option<ConsentsRecord>,
    /// How the generator did.
    pub generator: GeneratorHealth,
    /// Memory of the system under test, where a command tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_memory: Option<ServerMemory>,
}

/// What became of the consents that a run created (Open Banking).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentsRecord {
    /// The kind of consent.
    pub kind: String,
    /// How many were created.
    pub created: u64,
    /// How many were deleted when the run was over.
    pub deleted: u64,
    /// How many are still there although they can be deleted: the server refused, or there was no time.
    pub left: u64,
    /// Whether consents of this kind can be deleted at all.
    pub deletable: bool,
    /// What the server said when it created or deleted none, the first few that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<String>,
}

/// The load model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arrivals {
    /// Arrivals at a rate, in flows per second.
    #[default]
    Open,
    /// Concurrent flows with a think time.
    Closed,
}

impl StageRecord {
    /// Name of the stage in which the warm-up is collected.
    pub const WARM_UP: &'static str = "warm-up";
    /// Name of the stage in which the last flows end.
    pub const DRAIN: &'static str = "drain";
}

/// One stage of the profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageRecord {
    /// Name in the profile; [`StageRecord::WARM_UP`] and [`StageRecord::DRAIN`] are the run's own.
    pub name: String,
    /// Whether its figures count.
    pub measured: bool,
    /// Start, in seconds since the run's start.
    pub start_s: f64,
    /// Length, in seconds.
    pub length_s: f64,
    /// Flows per second asked at its start (open), or concurrent flows (closed).
    pub asked_from: f64,
    /// The same at its end.
    pub asked_to: f64,
    /// Counters by the time at which things happened.
    pub counts: Counts,
    /// Spans by the time at which they ended.
    pub spans: BTreeMap<Span, Summary>,
}

/// One interval of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntervalRecord {
    /// Start, in ms since the run's start.
    pub start_ms: u64,
    /// Length, in ms.
    pub length_ms: u64,
    /// Index of its stage.
    pub stage: usize,
    /// Flows under way at its end.
    pub in_flight: u64,
    /// Counters.
    #[serde(flatten)]
    pub counts: Counts,
    /// Histograms in µs, base64 of HdrHistogram V2 with DEFLATE.
    pub spans: BTreeMap<Span, String>,
}

/// What the acknowledgements said about polling, and how the server answered clients that kept to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollingSeen {
    /// Acknowledgements by the interval they named, in seconds; `absent` where there was none (then 5 s hold).
    pub intervals: BTreeMap<String, u64>,
    /// Acknowledgements by their `expires_in`, in seconds.
    pub lifetimes: BTreeMap<String, u64>,
    /// Conformant polls that were throttled.
    pub conformant_polls_throttled: u64,
    /// First polls that were throttled.
    pub first_polls_throttled: u64,
    /// Shortest gap between two polls of one flow, from answer to sending, in ms: proof of this client's own pacing.
    pub gap_min_ms: Option<f64>,
    /// Smallest ratio of that gap to the interval in force; below 1 this client would have been at fault.
    pub gap_ratio_min: Option<f64>,
    /// Polls that were answered, by their gap. Clients that poll early on purpose are in; the first poll of a flow has no
    /// answer before it.
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    pub polls_by_gap: Tally<PollGap>,
    /// Those of them that were answered `slow_down`: the server's policy, as clients met it.
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    pub slow_downs_by_gap: Tally<PollGap>,
}
