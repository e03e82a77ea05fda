use crate::ciba::named;
use serde::{Deserialize, Serialize};

named! {
    /// What a poll of one flow was answered with, as far as throttling is concerned.
    pub enum PolledAnswer {
        /// `authorization_pending`.
        Pending => "pending",
        /// `slow_down` (CIBA Core 1.0, 11).
        SlowDown => "slow_down",
        /// `invalid_request`, which section 11 allows against a client that polls too often.
        InvalidRequest => "invalid_request",
        /// Status 429.
        TooManyRequests => "too_many_requests",
        /// Status 503.
        Unavailable => "unavailable",
        /// Tokens.
        Tokens => "tokens",
        /// `access_denied`.
        Denied => "denied",
        /// `expired_token`.
        Expired => "expired",
        /// `invalid_grant`.
        InvalidGrant => "invalid_grant",
        /// Anything else that was answered.
        Other => "other",
        /// No answer.
        None => "none",
    }
}

impl PolledAnswer {
    /// Whether the answer asks the client for patience instead of telling it how its request stands.
    pub fn throttles(self) -> bool {
        match self {
            PolledAnswer::SlowDown
            | PolledAnswer::InvalidRequest
            | PolledAnswer::TooManyRequests
            | PolledAnswer::Unavailable => true,
            PolledAnswer::Pending
            | PolledAnswer::Tokens
            | PolledAnswer::Denied
            | PolledAnswer::Expired
            | PolledAnswer::InvalidGrant
            | PolledAnswer::Other
            | PolledAnswer::None => false,
        }
    }
}

named! {
    /// Whose flow it is.
    pub enum PollingClient {
        /// The client that most checks run with.
        First => "first",
        /// Another client, to see whether a throttle leaks.
        Second => "second",
    }
}

/// One poll and its answer, on the time line of its probe.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolledOnce {
    /// When it was sent, in ms since the probe's first acknowledgement was read.
    pub at_ms: f64,
    /// When its answer was read, or given up, in ms since the same moment.
    pub answered_ms: f64,
    /// The answer.
    pub answer: PolledAnswer,
    /// `Retry-After`, in seconds, where the answer had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

/// The polls of one flow of a probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollSequence {
    /// Whose flow it is.
    pub client: PollingClient,
    /// When its acknowledgement was read, in ms since the probe's first one; 0 for that.
    pub acknowledged_ms: f64,
    /// When the server confirmed the user's decision, in ms; nothing where none was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_ms: Option<f64>,
    /// In the order in which they were sent; none overlaps another of the probe.
    pub polls: Vec<PolledOnce>,
}

/// One experiment: one or several flows on one time line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollingProbe {
    /// Stable name.
    pub name: String,
    /// Whether its clients sent no other poll while it ran: only then can it tell whether flows share a throttle.
    pub alone: bool,
    /// Its flows.
    pub sequences: Vec<PollSequence>,
}

/// The answer to a poll at some fraction of the interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// When it was meant to be sent, as a fraction of the interval after an accepted poll, 0 to 1.
    pub fraction: f64,
    /// The answer.
    pub answer: PolledAnswer,
    /// `Retry-After`, in seconds, where the answer had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

/// How long a throttle's window was seen to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowLength {
    /// Shortest length that agrees with all observations, in seconds.
    pub from_s: f64,
    /// Longest one, in seconds.
    pub to_s: f64,
}

/// The throttling policy that the observations show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFound {
    /// Stable name of the simplest policy that agrees with every observation; nothing where none does, or where nothing
    /// was observed.
    pub name: Option<String>,
    /// The length of its window, where that is not the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowLength>,
    /// Every policy that agrees, the simplest first.
    pub candidates: Vec<String>,
    /// Where none agrees: for each known policy the first observation against it, in words.
    pub contradictions: Vec<String>,
}

/// How a server deals with polls that come too early.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollingRecord {
    /// The interval, in seconds.
    pub interval_s: f64,
    /// Whether the acknowledgement named it; else it is the standard's default (CIBA Core 1.0, 7.3).
    pub announced: bool,
    /// Answers to polls at fractions of the interval, in rising order.
    pub curve: Vec<CurvePoint>,
    /// Every experiment.
    pub probes: Vec<PollingProbe>,
    /// What they show.
    pub policy: PolicyFound,
    /// The same in plain words.
    pub sentences: Vec<String>,
}
