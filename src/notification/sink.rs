use crate::ciba::{Rule, Secret};
use crate::record::PingAnswer;
use bytes::Bytes;
use std::time::Duration;
use tokio::time::Instant;

/// A call with a registered token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The flow that the token belongs to.
    pub flow: u64,
    /// When the call arrived: stamped before anything else was done with it.
    pub at: Instant,
    /// The body's `auth_req_id`, not compared with anything: the acknowledgement may not have been read yet. `None`
    /// without a breach means that the connection broke, or dawdled, before the body was complete.
    pub auth_req_id: Option<String>,
    /// What the form of the call breaks. Names and lengths are quoted, values never.
    pub breaches: Vec<(Rule, String)>,
    /// Whether this flow's token had been presented before.
    pub duplicate: bool,
    /// The whole body, where the flow awaits a push: read by whoever knows what it has to say. A push that broke off is not
    /// handed over at all.
    pub push: Option<Secret<Bytes>>,
}

impl Notification {
    /// How the call counts.
    pub fn counts_as(&self) -> PingAnswer {
        if self.duplicate { PingAnswer::Duplicate } else { PingAnswer::Accepted }
    }
}

/// A call that no registered token speaks for. By itself it is counted and charged to nobody: it may be a late duplicate
/// for a flow that has ended, or belong to an earlier run. It breaks [`Rule::PingBearer`] only when its `auth_req_id` is
/// one of a flow that is under way, and that is for the owner of the flows to find out: see [`Cause::concerns_bearer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// When the call arrived.
    pub at: Instant,
    /// What is wrong with it.
    pub cause: Cause,
    /// Its method, of which [`METHOD_SHOWN`] characters are kept.
    pub method: Box<str>,
    /// The path it came to, without the query; [`PATH_SHOWN`] characters are kept.
    pub path: Box<str>,
    /// Where it presented bearer tokens.
    pub presented: Presented,
    /// The flow whose token it bears: all bearer tokens in its headers are this one, and it is registered.
    pub flow: Option<u64>,
    /// The body's `auth_req_id`, if there is one.
    pub auth_req_id: Option<String>,
}

/// Most characters of a stranger's path that are kept.
pub const PATH_SHOWN: usize = 512;
/// Most characters of a stranger's method that are kept.
pub const METHOD_SHOWN: usize = 32;

/// Where a call presented bearer tokens (RFC 6750, 2), and nothing of what they were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Presented {
    /// How many `Authorization` headers held one (2.1).
    pub headers: usize,
    /// Whether the query had an `access_token` (2.3).
    pub query: bool,
}

/// Why a call is a stranger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// No `Authorization` header, or none with one bearer token: answered 401.
    NoBearer,
    /// More than one `Authorization` header: answered 401.
    TwoBearers,
    /// A bearer token that is not registered (any more), or was altered: answered 401.
    UnknownToken,
    /// Not a POST: answered 405.
    WrongMethod,
    /// Another path: answered 404.
    WrongPath,
}

impl Cause {
    /// In words.
    pub fn about(self) -> &'static str {
        match self {
            Cause::NoBearer => "no bearer token",
            Cause::TwoBearers => "two Authorization headers",
            Cause::UnknownToken => "a bearer token that is not this request's",
            Cause::WrongMethod => "a method other than POST",
            Cause::WrongPath => "another path",
        }
    }

    /// Whether the call came to the right place in the right way, and its bearer token was wrong. Only such a call can
    /// break [`Rule::PingBearer`].
    pub fn concerns_bearer(self) -> bool {
        match self {
            Cause::NoBearer | Cause::TwoBearers | Cause::UnknownToken => true,
            Cause::WrongMethod | Cause::WrongPath => false,
        }
    }
}

impl Stranger {
    /// How the call counts.
    pub fn counts_as(&self) -> PingAnswer {
        if self.cause.concerns_bearer() { PingAnswer::UnknownToken } else { PingAnswer::Malformed }
    }
}

/// Where calls go after they were answered. Called on the endpoint's own runtime, once per call, in any order: an
/// implementation hands over and returns, it never waits.
pub trait NotificationSink: Send + Sync {
    /// A call with a registered token.
    fn notified(&self, notification: Notification);
    /// Any other call.
    fn stranger(&self, stranger: Stranger);

    /// A call that arrived `took` ago has its answer: what this endpoint itself takes. Not told of calls whose answer waits
    /// for their body, or for a delay that somebody asked for.
    fn answered(&self, took: Duration) {
        let _ = took;
    }
}
