//! One request to the server, repeated only where the server cannot have taken it.

use bytes::Bytes;
use http::{Request, StatusCode};
use tokio::time::Instant;

use crate::{
    clock::Clock,
    counts::Counters,
    exchange::Exchange,
    outgoing::Outgoing,
    system_api::{Answer, BACK_OFF},
};

/// Characters of a refusal's body that are told.
const BODY_SHOWN: usize = 200;

/// The way out, and the time.
pub(super) struct Sending {
    exchange: Exchange,
    clock: Clock,
}

impl Sending {
    pub(super) fn new(outgoing: Outgoing, clock: Clock) -> Self {
        Self { exchange: Exchange::new(outgoing), clock }
    }

    pub(super) fn close(&self) {
        self.exchange.close();
    }

    /// Sends until there is an answer that counts: again after a failed connect and after a status that `is_untaken`
    /// names, within a bound, and never when the server may have taken the request.
    pub(super) async fn send(
        &self,
        request: &Request<Bytes>,
        is_untaken: impl Fn(StatusCode) -> bool,
        counts: &Counters,
        on_sent: impl Fn(Instant),
    ) -> Answer {
        let mut pauses = BACK_OFF.into_iter();
        let mut attempts = 0;
        loop {
            let at = self.clock.now();
            attempts += 1;
            on_sent(at);
            let (status, problem, may_repeat, body) = match self.exchange.send(request.clone()).await {
                Ok(response) => {
                    let status = response.status();
                    let problem = (!status.is_success()).then(|| refusal(status, response.body()));
                    (Some(status.as_u16()), problem, is_untaken(status), response.into_body())
                }
                Err(failure) => (None, Some(failure.problem), failure.never_left, Bytes::new()),
            };
            if may_repeat && let Some(pause) = pauses.next() {
                counts.add(|counts| counts.decisions.retried += 1);
                tokio::time::sleep(pause).await;
                continue;
            }
            return Answer { status, sent: Some(at), answered: self.clock.now(), attempts, problem, body };
        }
    }

    /// A decision for which there is no request.
    pub(super) fn unsent(&self, problem: String) -> Answer {
        let answered = self.clock.now();
        Answer { status: None, sent: None, answered, attempts: 0, problem: Some(problem), body: Bytes::new() }
    }
}

/// What the server says instead of yes, in one line.
fn refusal(status: StatusCode, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let shown: String =
        text.trim().chars().take(BODY_SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    match shown.is_empty() {
        true => format!("the server answered {}", status.as_u16()),
        false => format!("the server answered {}: {shown}", status.as_u16()),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::{BODY_SHOWN, refusal};

    #[test]
    fn a_refusal_is_one_line_and_cut() {
        for (body, expected) in [
            ("", "the server answered 403".to_owned()),
            (" no\nway ", "the server answered 403: no way".to_owned()),
            (&"x".repeat(900), format!("the server answered 403: {}", "x".repeat(BODY_SHOWN))),
        ] {
            assert_eq!(refusal(StatusCode::FORBIDDEN, body.as_bytes()), expected);
        }
    }
}
