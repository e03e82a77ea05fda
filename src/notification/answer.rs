use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use std::time::Duration;

/// How the endpoint answers a call with a known token: a scenario may ask for anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status of the answer.
    pub status: StatusCode,
    /// `Location`, for a redirect that an OP must not follow (CIBA Core 1.0, 10.2).
    pub location: Option<HeaderValue>,
    /// Body of the answer; an OP ignores it.
    pub body: Bytes,
    /// How long the answer is held back, at most [`Answer::DELAY_MAX`]. The notification itself is delivered at once.
    pub delay: Duration,
    /// Whether the connection is reset instead of an answer, after the delay.
    pub reset: bool,
}

impl Answer {
    /// Longest time that an answer is held back.
    pub const DELAY_MAX: Duration = Duration::from_secs(10 * 60);

    /// An answer of this status, at once and without a body.
    pub fn status(status: StatusCode) -> Self {
        Answer { status, location: None, body: Bytes::new(), delay: Duration::ZERO, reset: false }
    }

    /// A redirect.
    pub fn redirect(status: StatusCode, location: HeaderValue) -> Self {
        Answer { location: Some(location), ..Answer::status(status) }
    }

    /// A reset connection instead of an answer.
    pub fn reset() -> Self {
        Answer { reset: true, ..Answer::default() }
    }

    /// The same answer, held back.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Answer { delay: delay.min(Self::DELAY_MAX), ..self }
    }

    /// The same answer with a body.
    #[must_use]
    pub fn with_body(self, body: impl Into<Bytes>) -> Self {
        Answer { body: body.into(), ..self }
    }
}

impl Default for Answer {
    /// 204, as CIBA Core 1.0, 10.2 recommends.
    fn default() -> Self {
        Answer::status(StatusCode::NO_CONTENT)
    }
}

/// Marks a response that must not be sent: the connection is to be reset instead. [`serve`](super::serve) does so; a
/// transport without sockets reads it as a lost connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection was reset on purpose")]
pub struct ConnectionReset;
