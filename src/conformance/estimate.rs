use super::{Check, Pause, Step};
use crate::ciba::Interval;
use std::time::Duration;

/// How long an exchange is taken to last.
const EXCHANGE: Duration = Duration::from_millis(50);
/// Polls that a flow at a client's pace is taken to need once it is decided.
const POLLS_ASSUMED: u32 = 1;
/// How long an ID token is taken to live.
const ID_TOKEN_LIFETIME: Duration = Duration::from_secs(60);

/// What is assumed of the target when durations are estimated before anything was asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The polling interval.
    pub interval: Duration,
    /// The lifetime of an authentication request that asks for none.
    pub lifetime: Duration,
}

impl Default for Pace {
    /// The standard's interval of 5 s, and two minutes to live.
    fn default() -> Self {
        Pace { interval: Interval::DEFAULT.as_duration(), lifetime: Duration::from_secs(120) }
    }
}

impl Check {
    /// About how long the check takes: by this the longest ones are started first, and a budget is kept.
    pub fn estimate(&self, pace: Pace) -> Duration {
        let mut lifetime = pace.lifetime;
        let mut took = Duration::ZERO;
        for step in self.script {
            if let Step::Authenticate(request) = step
                && let Some(asked) = request.asked_expiry()
            {
                lifetime = Duration::from_secs(asked);
            }
            took = if let Step::Wait(Pause::BeforeExpiry(seconds)) = step {
                took.max(lifetime.saturating_sub(Duration::from_secs(*seconds)))
            } else if let Step::Wait(Pause::AfterExpiry(seconds)) = step {
                took.max(lifetime + Duration::from_secs(*seconds))
            } else {
                took + step.estimate(pace)
            };
        }
        took
    }
}

impl Step {
    fn estimate(&self, pace: Pace) -> Duration {
        match self {
            Step::Authenticate(_)
            | Step::Poll(_)
            | Step::PollTogether(..)
            | Step::Consent(_)
            | Step::Registration(_)
            | Step::FetchMetadata
            | Step::FetchKeys
            | Step::UseAccessToken
            | Step::Refresh(_)
            | Step::CallApi(_)
            | Step::AwaitPrompt
            | Step::Decide(_)
            | Step::DecideLate(_)
            | Step::ApproveOpenidOnly
            | Step::AwaitPing
            | Step::AwaitPush => EXCHANGE,
            Step::AuthenticateTimes(times, _) => EXCHANGE * u32::try_from(*times).unwrap_or(u32::MAX),
            Step::PollUntilSettled(_) => (pace.interval + EXCHANGE) * POLLS_ASSUMED,
            Step::AwaitNoPing => super::PING_SILENCE,
            Step::Wait(Pause::Interval) => pace.interval,
            Step::Wait(Pause::ShareOfInterval(share)) => pace.interval.mul_f64(*share),
            Step::Wait(Pause::Seconds(seconds)) => Duration::from_secs(*seconds),
            Step::Wait(Pause::BeforeExpiry(_) | Pause::AfterExpiry(_)) => pace.lifetime,
            Step::RefuseToAsk
            | Step::AnswerPingsWith(_)
            | Step::ShowForeignCertificate
            | Step::ShowOwnCertificate
            | Step::Take(_)
            | Step::Given(_)
            | Step::Expect(_)
            | Step::DoneIf(_) => Duration::ZERO,
            Step::Wait(Pause::AfterIdTokenExpiry(_)) => ID_TOKEN_LIFETIME,
            // Probes of their own last a few intervals.
            Step::Custom(..) => pace.interval * 4,
        }
    }
}
