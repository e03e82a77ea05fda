//! The end of a request's life (CIBA Core 1.0, 7.3 and 11).
//!
//! A request lives from its receipt on, which lies between its sending and the acknowledgement's arrival. So a poll that was
//! answered before sending + `expires_in` has found it alive, and a poll that was sent after arrival + `expires_in` has
//! found it dead; what lies between tells nothing.

use crate::conformance::{Claim, FlowSeen, Scene, Unheld};
use std::time::Duration;
use tokio::time::Instant;

/// A server that counts in whole seconds is up to one off.
const WHOLE_SECOND: Duration = Duration::from_secs(1);

/// The request has not expired yet.
pub const NOT_EXPIRED_YET: Claim =
    Claim::Holds("authorization_pending, as expires_in has not passed", |scene| {
        let answer = scene.answer()?;
        match answer.error() {
            Some("authorization_pending" | "slow_down") => Ok(()),
            Some("expired_token" | "invalid_grant") => {
                let (flow, expires_in) = timed_flow(scene)?;
                if is_before_expiry(flow.sent, expires_in, answer.timeline.ended) {
                    let lived = answer.timeline.ended.saturating_duration_since(flow.sent).as_secs_f64();
                    let announced = expires_in.as_secs();
                    return Err(Unheld::No(format!(
                        "{} after {lived:.1} s of {announced} s",
                        answer.in_words()
                    )));
                }
                Err(Unheld::Unclear(format!("{}, but the expiry may have come first", answer.in_words())))
            }
            Some(_) | None => Err(Unheld::Unclear(answer.in_words())),
        }
    });

/// The request has expired, and says so in one way or another.
pub const EXPIRED: Claim = Claim::Holds("400 expired_token or invalid_grant", |scene| {
    let answer = scene.answer()?;
    if answer.status() == Some(400) && matches!(answer.error(), Some("expired_token" | "invalid_grant")) {
        return Ok(());
    }
    if answer.error() == Some("slow_down") {
        return Err(Unheld::Unclear("slow_down, which hides the state".to_owned()));
    }
    let (flow, expires_in) = timed_flow(scene)?;
    let acknowledged = scene.acknowledged()?.at;
    if !is_after_expiry(acknowledged, expires_in, answer.timeline.sent) {
        return Err(Unheld::Unclear(format!("{}, but it may not have expired yet", answer.in_words())));
    }
    let late = answer.timeline.sent.saturating_duration_since(acknowledged + expires_in).as_secs_f64();
    let tokens = if flow.tokens.is_some() { " with tokens" } else { "" };
    Err(Unheld::No(format!("{}{tokens}, {late:.1} s after the expiry", answer.in_words())))
});

/// Whether a poll that was answered then has certainly come before the expiry.
fn is_before_expiry(sent: Instant, expires_in: Duration, answered: Instant) -> bool {
    answered + WHOLE_SECOND <= sent + expires_in
}

/// Whether a poll that was sent then has certainly come after the expiry.
fn is_after_expiry(acknowledged: Instant, expires_in: Duration, sent: Instant) -> bool {
    sent >= acknowledged + expires_in + WHOLE_SECOND
}

/// The current flow and its lifetime, where the server announced one.
fn timed_flow(scene: &Scene) -> Result<(&FlowSeen, Duration), Unheld> {
    let expires_in = scene.acknowledged()?.expires_in;
    let expires_in = expires_in.ok_or_else(|| Unheld::Unclear("no expires_in to go by".to_owned()))?;
    Ok((scene.flow()?, Duration::from_secs(expires_in)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    /// Sent at 0 s, acknowledged at 0.4 s, to live for 10 s.
    #[test]
    fn only_what_is_certain_counts() {
        let sent = Clock::system().now();
        let (at, life) = (|ms| sent + Duration::from_millis(ms), Duration::from_secs(10));
        let acknowledged = at(400);
        for (ms, before, after) in [
            (8_000, true, false),
            (9_000, true, false),
            // Here a server may have counted whole seconds.
            (9_001, false, false),
            (10_000, false, false),
            (10_400, false, false),
            (11_399, false, false),
            (11_400, false, true),
        ] {
            let judged = (is_before_expiry(sent, life, at(ms)), is_after_expiry(acknowledged, life, at(ms)));
            assert_eq!(judged, (before, after), "at {ms} ms");
        }
    }
}
