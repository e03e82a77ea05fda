use crate::record::{Counts, Endpoint, LoadRecord, Span, StageRecord};

/// Share of its requests that may lack a time before a reader of a span's percentiles is told, 0 to 1: the highest percentile that
/// is shown is the 99.9th.
pub const UNANSWERED_TOLD: f64 = 0.001;

/// Requests that a span is about, and those of them that have no time: refused with a 5xx or a 429, answered with something that
/// is not the protocol's, or not at all. Zero for a span that has no requests of its own.
///
/// A span's samples are the times of those that succeeded. When a server is overloaded its slowest requests are the ones that fail,
/// so that percentiles of what is left would fall; hence whoever judges a percentile counts these as slower than all others. What
/// the server refused in the protocol's own words was answered, and what this tool gave up belongs to nobody.
pub fn unanswered(span: Span, counts: &Counts) -> u64 {
    let endpoint = match span {
        Span::Ack => Endpoint::BackchannelAuthentication,
        Span::Consent => Endpoint::Consents,
        Span::UseToken => Endpoint::Userinfo,
        Span::StartLag
        | Span::Blocked
        | Span::Connect
        | Span::Verify
        | Span::Start
        | Span::Details
        | Span::DecisionDelay
        | Span::Accept
        | Span::Notify
        | Span::PollPending
        | Span::PollSlowDown
        | Span::PollDenied
        | Span::PollExpired
        | Span::PollError
        | Span::Poll
        | Span::PollLateness
        | Span::Pacing
        | Span::Redeem
        | Span::ApproveToToken
        | Span::Flow
        | Span::NotificationAnswer
        | Span::ServiceAnswer
        | Span::VerifyAnswer
        | Span::StartAnswer
        | Span::Decide => return 0,
    };
    let failures = counts.answers(endpoint).iter().filter(|(answered, _)| answered.is_failure());
    failures.map(|(_, count)| count).sum()
}

/// Counters of everything but the warm-up, as the spans of a whole run have it.
pub(super) fn measured(load: &LoadRecord) -> Counts {
    let mut counts = Counts::default();
    let stages = load.stages.iter().filter(|stage| stage.name != StageRecord::WARM_UP);
    stages.for_each(|stage| counts.merge(&stage.counts));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::Named as _;
    use crate::record::Answered;

    #[test]
    fn what_failed_has_no_time_and_what_was_refused_has_its_own() {
        let mut counts = Counts::default();
        for answered in Answered::ALL {
            counts.backchannel_authentication.count(*answered);
        }
        for (answered, failed) in [
            (Answered::Acknowledged, false),
            (Answered::UnknownUserId, false),
            (Answered::Cancelled, false),
            (Answered::Unavailable, true),
            (Answered::ServerError, true),
            (Answered::TimedOut, true),
            (Answered::ConnectFailed, true),
        ] {
            let before = unanswered(Span::Ack, &counts);
            counts.backchannel_authentication.count(answered);
            assert_eq!(unanswered(Span::Ack, &counts) - before, u64::from(failed), "{answered}");
        }
        assert_eq!((unanswered(Span::UseToken, &counts), unanswered(Span::Redeem, &counts)), (0, 0));
    }
}
