use super::said::Said;
use crate::ciba::{Breach, DeliveryMode, Outcome};
use crate::decision_channel::{Confirmed, Login, NotConfirmed};
use crate::jose::Judged;
use crate::notification::{Cause, Stranger};
use crate::relying_party::Acknowledgement;
use mock_auth_service::Counts;
use std::time::Duration;

/// Everything that was observed of one flow. Times count from the moment in which its request was sent.
#[derive(Debug, Clone)]
pub(super) struct FlowSeen {
    pub(super) mode: DeliveryMode,
    pub(super) user: String,
    /// The binding message that was sent.
    pub(super) binding_message: Option<String>,
    /// By what the request is found in the server's own log.
    pub(super) correlation_id: String,
    /// The answer to the authentication request; `None` while there was none.
    pub(super) answered: Option<Said>,
    /// It, where it is an acknowledgement.
    pub(super) acknowledged: Option<Acknowledgement>,
    /// What reached our authentication service; `None` where it is not ours.
    pub(super) channel: Option<Channel>,
    /// Token requests that were begun. In a ping flow there is none before the ping.
    pub(super) asked: usize,
    /// Those that were answered.
    pub(super) polls: Vec<Poll>,
    /// What the flow ended in; `None` where it was left.
    pub(super) ended: Option<Outcome>,
    /// Rules that the server broke.
    pub(super) breaches: Vec<Breach>,
    /// The ID token, where one was issued.
    pub(super) id_token: Option<Judged>,
    /// Calls of the notification endpoint that no token spoke for.
    pub(super) strangers: Vec<StrangerSeen>,
    /// For a ping flow that was left: what a poll was answered then.
    pub(super) polled_at_last: Option<Said>,
    /// How long it took in all.
    pub(super) took: Duration,
}

/// What passed between the server and our authentication service during one flow.
#[derive(Debug, Clone, Default)]
pub(super) struct Channel {
    /// What it counted during the flow.
    pub(super) counts: Counts,
    /// The login, and when it arrived.
    pub(super) login: Option<(Login, Duration)>,
    /// What became of the approval, and when it was sent and answered.
    pub(super) decision: Option<Result<Approved, NotConfirmed>>,
}

/// The server said yes to an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Approved {
    pub(super) status: u16,
    /// When it was sent, since the flow began.
    pub(super) sent: Duration,
    /// How long the answer took.
    pub(super) took: Duration,
}

/// A token request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Poll {
    /// When it was sent, since the flow began.
    pub(super) sent: Duration,
    /// When it was answered, since the flow began.
    pub(super) answered: Duration,
    pub(super) said: Said,
}

/// A call of the notification endpoint that no token spoke for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StrangerSeen {
    pub(super) cause: Cause,
    pub(super) method: String,
    pub(super) path: String,
}

impl FlowSeen {
    /// The tokens' request, where tokens came.
    pub(super) fn redeemed(&self) -> Option<&Poll> {
        self.polls.last().filter(|_| self.ended == Some(Outcome::Tokens))
    }

    /// The approval that the server took.
    pub(super) fn approved(&self) -> Option<Approved> {
        self.channel.as_ref()?.decision.as_ref()?.as_ref().ok().copied()
    }
}

impl Approved {
    pub(super) fn of(confirmed: Confirmed, since: impl Fn(tokio::time::Instant) -> Duration) -> Self {
        let (sent, answered) = (since(confirmed.sent), since(confirmed.answered));
        Approved { status: confirmed.status, sent, took: answered.saturating_sub(sent) }
    }
}

impl From<Stranger> for StrangerSeen {
    fn from(stranger: Stranger) -> Self {
        StrangerSeen {
            cause: stranger.cause,
            method: stranger.method.to_string(),
            path: stranger.path.to_string(),
        }
    }
}
