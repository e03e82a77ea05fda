//! Who wants to know what happens, and when.

use tokio::time::Instant;

use crate::plan::Decision;

/// Is told of every step with the instant at which it happened. The calls are made from the tasks that serve requests, so
/// they must be quick and must not block.
pub trait Observer: Send + Sync {
    /// `/user/verify` arrived at `at`; `user_identifier` is empty when the request named none.
    fn verify(&self, user_identifier: &str, at: Instant);

    /// `/authentication/start` arrived at `at`. Called while the service is locked: it must not be called from here.
    fn start(&self, start: &StartSeen<'_>, at: Instant);

    /// The scope grant, or the consent, was asked for at `sent` and answered at `answered`, with whatever status.
    fn details(&self, login_id: &str, sent: Instant, answered: Instant);

    /// A decision is handed over to the transport. Called again when it is sent again, which only happens when the server
    /// cannot have taken it; the last call counts.
    fn decision_sent(&self, login_id: &str, decision: Decision, at: Instant);

    /// The final answer to a decision; `None`: no answer, or no token to send it with.
    fn decision_answered(&self, login_id: &str, decision: Decision, status: Option<u16>, at: Instant);

    /// A call was read at `read`, and its answer is ready at `ready`: what this service itself takes.
    fn answered(&self, read: Instant, ready: Instant) {
        let _ = (read, ready);
    }
}

/// What `/authentication/start` said.
#[derive(Clone, Copy, Debug)]
pub struct StartSeen<'a> {
    /// The path parameter of the decision.
    pub login_id: &'a str,
    /// The user; empty when the request named none.
    pub user_identifier: &'a str,
    /// The binding message, unless empty.
    pub binding_message: Option<&'a str>,
    /// The client that asks; empty when the request named none.
    pub client_id: &'a str,
    /// The requested scopes.
    pub requested_scopes: &'a [Box<str>],
    /// The consent that the login is about.
    pub openbanking_intent_id: Option<&'a str>,
    /// When the request expires (RFC 3339), as given.
    pub expires_at: Option<&'a str>,
    /// Whether it was announced by whoever started the flow: when it arrived tells nothing about the server.
    pub announced: bool,
    /// Whether this login had been acknowledged before.
    pub repeated: bool,
}

/// Wants to know nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn verify(&self, _: &str, _: Instant) {}
    fn start(&self, _: &StartSeen<'_>, _: Instant) {}
    fn details(&self, _: &str, _: Instant, _: Instant) {}
    fn decision_sent(&self, _: &str, _: Decision, _: Instant) {}
    fn decision_answered(&self, _: &str, _: Decision, _: Option<u16>, _: Instant) {}
}
