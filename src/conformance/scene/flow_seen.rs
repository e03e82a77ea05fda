use super::Pushed;
use crate::conformance::By;
use crate::decision_channel::Login;
use crate::notification::{Notification, Stranger};
use std::time::Duration;
use tokio::time::Instant;

/// What is known about one flow of a check.
#[derive(Debug, Clone)]
pub struct FlowSeen {
    /// Its number, unique in the run.
    pub number: u64,
    /// Whose flow it is.
    pub by: By,
    /// The user that was hinted at.
    pub user: String,
    /// The binding message that was sent, if one was.
    pub binding_message: Option<String>,
    /// The scopes that were asked for.
    pub scope: String,
    /// When the authentication request was sent.
    pub sent: Instant,
    /// The acknowledgement, where the answer was one.
    pub acknowledged: Option<Acknowledged>,
    /// The login at our authentication service, once it was found.
    pub login: Option<Login>,
    /// When the decision was sent, and when the server confirmed it.
    pub decided: Option<(Instant, Instant)>,
    /// Whether the server refused a decision.
    pub decision_refused: bool,
    /// How long a well-behaved client waits now: the interval, and five seconds more for each `slow_down`.
    pub pace: Duration,
    /// When the last poll was sent, and when it was answered.
    pub last_poll: Option<(Instant, Instant)>,
    /// Polls so far.
    pub polls: usize,
    /// The tokens, once they were issued.
    pub tokens: Option<Tokens>,
    /// The ping, or the push, that was awaited last, if it came.
    pub ping: Option<PingSeen>,
    /// What was pushed last.
    pub push: Option<Pushed>,
}

/// An acknowledgement, read leniently: what is wrong with it is for the checks of section 7.3 to say.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    /// `auth_req_id` as text; a number is taken by its digits.
    pub auth_req_id: String,
    /// `expires_in` in seconds, rounded up, where it is a number or holds one; thirty years at most.
    pub expires_in: Option<u64>,
    /// `interval` in seconds, rounded up, where it is a positive number; thirty years at most.
    pub interval: Option<u64>,
    /// When the full answer was read.
    pub at: Instant,
}

/// Tokens of a flow. Never shown.
#[derive(Clone)]
pub struct Tokens {
    /// `access_token`.
    pub access_token: Option<String>,
    /// `refresh_token`.
    pub refresh_token: Option<String>,
    /// `id_token`.
    pub id_token: Option<String>,
    /// `expires_in` in seconds, where it is a whole number.
    pub expires_in: Option<u64>,
    /// When they arrived.
    pub at: Instant,
}

/// A call of the notification endpoint that belongs to a flow, in whatever shape it came.
#[derive(Debug, Clone)]
pub enum PingSeen {
    /// With the flow's token.
    Accepted(Notification),
    /// With another token, by another method, or with two headers.
    Strange(Stranger),
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("at", &self.at).finish_non_exhaustive()
    }
}

impl FlowSeen {
    /// When its request expires, as its client knows it.
    pub fn expires(&self) -> Option<Instant> {
        let acknowledged = self.acknowledged.as_ref()?;
        acknowledged.at.checked_add(Duration::from_secs(acknowledged.expires_in?))
    }
}

impl PingSeen {
    /// When it arrived.
    pub fn at(&self) -> Instant {
        match self {
            PingSeen::Accepted(notification) => notification.at,
            PingSeen::Strange(stranger) => stranger.at,
        }
    }
}
