use crate::ciba::Secret;
use crate::transport::{Answer, Failure};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// What an OP calls at an authentication service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceEndpoint {
    /// `/user/verify`.
    Verify,
    /// `/authentication/start`.
    Start,
}

/// One call of the service, as it went over the wire.
#[derive(Debug, Clone)]
pub struct ServiceCall {
    /// What was called.
    pub endpoint: ServiceEndpoint,
    /// Its URL.
    pub url: String,
    /// When it was asked for.
    pub at: Instant,
    /// From sent to the full answer.
    pub took: Duration,
    /// When that was.
    pub ended: Instant,
    /// The body that was sent.
    pub body: Bytes,
    /// What came.
    pub result: Result<Answer, Failure>,
}

/// What an authentication service calls at an OP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemCallKind {
    /// The system token endpoint.
    Token,
    /// `GET` of a scope grant.
    Details,
    /// A decision: the user agreed.
    Accept,
    /// A decision: the user refused.
    Reject,
}

/// One call of the OP's system side.
#[derive(Debug, Clone)]
pub struct SystemCall {
    /// What was called.
    pub kind: SystemCallKind,
    /// Method and path.
    pub line: String,
    /// The login that the path names.
    pub login: String,
    /// When it arrived.
    pub at: Instant,
    /// When it was answered; `None` as long as it is not.
    pub ended: Option<Instant>,
    /// Its headers.
    pub headers: HeaderMap,
    /// The bearer token, if it carried one.
    pub bearer: Option<Secret<String>>,
    /// Whether that was issued here.
    pub bearer_known: bool,
    /// Its body.
    pub body: Bytes,
    /// The answer's status.
    pub status: Option<u16>,
    /// The answer was held until the bound, and the start had not been acknowledged then.
    pub held_in_vain: bool,
}

impl ServiceEndpoint {
    /// The endpoint of a path.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path {
            path if path.ends_with("/user/verify") => Some(ServiceEndpoint::Verify),
            path if path.ends_with("/authentication/start") => Some(ServiceEndpoint::Start),
            _ => None,
        }
    }
}

impl ServiceCall {
    /// A member of the body that was sent.
    pub fn sent(&self, member: &str) -> Option<Value> {
        serde_json::from_slice::<Value>(&self.body).ok()?.get(member).cloned()
    }
}

impl SystemCall {
    /// Whether it is a decision.
    pub fn decides(&self) -> bool {
        match self.kind {
            SystemCallKind::Accept | SystemCallKind::Reject => true,
            SystemCallKind::Token | SystemCallKind::Details => false,
        }
    }

    /// A member of its JSON body.
    pub fn member(&self, name: &str) -> Option<Value> {
        serde_json::from_slice::<Value>(&self.body).ok()?.get(name).cloned()
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
