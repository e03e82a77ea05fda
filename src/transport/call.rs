use super::Address;
use crate::tls::Identity;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Longest body of an answer that is read, in bytes. Longer ones are a [`Failure::TooLarge`].
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// One request.
#[derive(Debug, Clone)]
pub struct Call {
    /// Method.
    pub method: Method,
    /// Where to.
    pub url: Address,
    /// Headers, `content-type` included.
    pub headers: HeaderMap,
    /// Body; for all of OAuth a form.
    pub body: Bytes,
    /// Longest time from here to the full body, waiting for a connection included.
    pub timeout: Duration,
    /// The certificate that the caller shows, if it has one (RFC 8705).
    pub identity: Option<Arc<Identity>>,
}

/// An answer, whatever it says.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The full body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection was made: the server cannot have seen the request.
    #[error("no connection: {0}")]
    Connect(String),
    /// No connection was free in time: the server cannot have seen the request.
    #[error("no free connection within {} ms", .0.as_millis())]
    Blocked(Duration),
    /// No full answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The connection broke before the answer was complete.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The body is longer than [`BODY_BYTES_MAX`].
    #[error("the body is longer than {BODY_BYTES_MAX} bytes")]
    TooLarge,
}

/// When the parts of an exchange happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeline {
    /// The exchange was asked for.
    pub asked: Instant,
    /// It was allowed to use one of the bounded connections.
    pub permitted: Instant,
    /// How long TCP and TLS set-up took, where this exchange had to wait for one.
    pub connect: Option<Duration>,
    /// The request was handed to a connected socket.
    pub sent: Instant,
    /// The full body was read, or the failure was noticed.
    pub ended: Instant,
}

impl Timeline {
    /// Everything at one moment.
    pub fn at(asked: Instant) -> Self {
        Timeline { asked, permitted: asked, connect: None, sent: asked, ended: asked }
    }

    /// From sent to the full body.
    pub fn service(&self) -> Duration {
        self.ended.saturating_duration_since(self.sent)
    }
}

/// What became of a [`Call`].
#[derive(Debug, Clone)]
pub struct Exchanged {
    /// The answer, or why there is none.
    pub result: Result<Answer, Failure>,
    /// When.
    pub timeline: Timeline,
}

/// Something that carries calls.
pub trait Transport: Send + Sync {
    /// Carries one call. Never follows redirects, never repeats.
    fn exchange(&self, call: Call) -> BoxFuture<'static, Exchanged>;
}
