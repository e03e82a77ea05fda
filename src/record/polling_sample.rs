//! A record of a server's throttling, for tests.

use super::{
    CurvePoint, PolicyFound, PollSequence, PolledAnswer, PolledOnce, PollingClient, PollingProbe,
    PollingRecord, WindowLength,
};

/// A probe of every form, and what it might have shown.
pub(crate) fn polling() -> PollingRecord {
    let once =
        |at_ms, answer, retry_after_s| PolledOnce { at_ms, answered_ms: at_ms + 8.5, answer, retry_after_s };
    let sequence = PollSequence {
        client: PollingClient::Second,
        acknowledged_ms: 0.0,
        decided_ms: Some(5400.25),
        polls: vec![
            once(5300.5, PolledAnswer::Pending, None),
            once(5800.75, PolledAnswer::TooManyRequests, Some(5)),
        ],
    };
    PollingRecord {
        interval_s: 5.0,
        announced: true,
        curve: vec![
            CurvePoint { fraction: 0.1, answer: PolledAnswer::TooManyRequests, retry_after_s: Some(5) },
            CurvePoint { fraction: 1.0, answer: PolledAnswer::Pending, retry_after_s: None },
        ],
        probes: vec![PollingProbe { name: "curve-0.10".to_owned(), alone: false, sequences: vec![sequence] }],
        policy: PolicyFound {
            name: Some("from-accepted".to_owned()),
            window: Some(WindowLength { from_s: 1.9, to_s: 2.1 }),
            candidates: vec!["from-accepted".to_owned()],
            contradictions: Vec::new(),
        },
        sentences: vec![
            "fixed window of between 1.9 and 2.1 s from the last accepted poll; the interval does not grow"
                .to_owned(),
            "The window is shorter than the announced interval of 5 s.".to_owned(),
        ],
    }
}
