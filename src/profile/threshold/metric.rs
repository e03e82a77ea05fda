//! What a threshold can speak about.

use crate::ciba::named;

named! {
    /// A measured quantity. The times bear the names of the record's spans.
    pub enum Metric {
        /// Intended start to begin of the flow.
        StartLag => "start_lag",
        /// Wait for one of the bounded connections.
        Blocked => "blocked",
        /// TCP and TLS set-up.
        Connect => "connect",
        /// Consent request to the created consent.
        Consent => "consent",
        /// Authentication request to its acknowledgement.
        Ack => "ack",
        /// Authentication request to `/user/verify`.
        Verify => "verify",
        /// Authentication request to `/authentication/start`.
        Start => "start",
        /// GET of the scope grant.
        Details => "details",
        /// `/authentication/start` to the decision: the simulated human.
        DecisionDelay => "decision_delay",
        /// Decision sent to its answer.
        Accept => "accept",
        /// Decision sent to the arrival of the notification.
        Notify => "notify",
        /// A token request answered `authorization_pending`.
        PollPending => "poll_pending",
        /// A token request answered `slow_down`.
        PollSlowDown => "poll_slow_down",
        /// A token request answered `access_denied`.
        PollDenied => "poll_denied",
        /// A token request answered `expired_token`.
        PollExpired => "poll_expired",
        /// A token request answered in any other way.
        PollError => "poll_error",
        /// Any token request but the one that issued the tokens.
        Poll => "poll",
        /// Due time of a poll to its beginning.
        PollLateness => "poll_lateness",
        /// Accept answered to the first poll after it.
        Pacing => "pacing",
        /// The token request that issued the tokens.
        Redeem => "redeem",
        /// Decision sent to tokens in hand.
        ApproveToToken => "approve_to_token",
        /// Call of the protected API.
        UseToken => "use_token",
        /// Intended start to outcome.
        Flow => "flow",
        /// A notification that arrived to its answer: this tool's own time.
        NotificationAnswer => "notification_answer",
        /// A call of our authentication service to its answer: this tool's own time.
        ServiceAnswer => "service_answer",
        /// `/user/verify` to its answer, where an authentication service is judged.
        VerifyAnswer => "verify_answer",
        /// `/authentication/start` to its acknowledgement, where an authentication service is judged.
        StartAnswer => "start_answer",
        /// `/authentication/start` to the decision's arrival, where an authentication service is judged.
        Decide => "decide",
        /// Mismatches with the standard.
        Violations => "violations",
        /// Share of the started flows that failed.
        ErrorRate => "error_rate",
        /// Share of the polls that were sent after the accept was answered and still said pending.
        StalePolls => "stale_polls",
        /// Starts reached, as a share of the starts asked for.
        Rate => "rate",
        /// Intended starts without capacity.
        Dropped => "dropped",
        /// Answers `slow_down`.
        Throttled => "throttled",
        /// Pings that were due, since the user had decided, and never came.
        PingMissing => "ping_missing",
    }
}

/// What kind of number a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A distribution of times: needs a statistic, compares with microseconds.
    Time,
    /// A ratio from 0 to 1.
    Share,
    /// A ratio of what was reached to what was asked for, from 0 to 1.
    ShareOfAsked,
    /// A number of occurrences.
    Count,
}

/// Which figure of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// Median.
    P50,
    /// 90th percentile.
    P90,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// 99.9th percentile.
    P999,
    /// Largest value.
    Max,
    /// Arithmetic mean.
    Mean,
    /// Smallest value.
    Min,
    /// The number itself: the one statistic of shares and counts.
    Value,
}

impl Metric {
    /// What kind of number it is.
    #[must_use]
    pub fn quantity(self) -> Quantity {
        match self {
            Self::StartLag
            | Self::Blocked
            | Self::Connect
            | Self::Consent
            | Self::Ack
            | Self::Verify
            | Self::Start
            | Self::VerifyAnswer
            | Self::StartAnswer
            | Self::Decide
            | Self::Details
            | Self::DecisionDelay
            | Self::Accept
            | Self::Notify
            | Self::PollPending
            | Self::PollSlowDown
            | Self::PollDenied
            | Self::PollExpired
            | Self::PollError
            | Self::Poll
            | Self::PollLateness
            | Self::Pacing
            | Self::Redeem
            | Self::ApproveToToken
            | Self::UseToken
            | Self::Flow
            | Self::NotificationAnswer
            | Self::ServiceAnswer => Quantity::Time,
            Self::ErrorRate | Self::StalePolls => Quantity::Share,
            Self::Rate => Quantity::ShareOfAsked,
            Self::Violations | Self::Dropped | Self::Throttled | Self::PingMissing => Quantity::Count,
        }
    }
}

impl Statistic {
    /// The statistics of a distribution of times.
    pub const OF_TIMES: [Self; 8] =
        [Self::P50, Self::P90, Self::P95, Self::P99, Self::P999, Self::Max, Self::Mean, Self::Min];

    /// The name in thresholds; empty for [`Statistic::Value`], which is not written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::Max => "max",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Value => "",
        }
    }

    /// The quantile as a ratio, where the statistic is a percentile.
    #[must_use]
    pub fn quantile(self) -> Option<f64> {
        match self {
            Self::P50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
            Self::P999 => Some(0.999),
            Self::Max | Self::Mean | Self::Min | Self::Value => None,
        }
    }
}
