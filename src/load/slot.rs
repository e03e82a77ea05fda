use crate::ciba::{AuthReqId, Behaviour, DeliveryMode, Outcome, Rule, Secret};
use crate::flow::Flow;
use crate::record::Endpoint;
use bytes::Bytes;
use std::sync::Arc;
use tokio::time::Instant;

/// One flow that is under way. A few hundred bytes, since hundreds of thousands wait at once.
pub(super) struct Slot {
    pub number: u64,
    pub user: Arc<str>,
    pub flow: Flow,
    pub behaviour: Behaviour,
    /// The consent that the authentication request will name (Open Banking).
    pub consent: Option<Box<str>>,
    pub auth_req_id: Option<AuthReqId>,
    pub intended: Instant,
    /// The authentication request was sent.
    pub asked: Option<Instant>,
    /// What is being waited for at the server.
    pub in_flight: Option<Endpoint>,
    /// Which entry of the heap of due times is the flow's own; older ones are void.
    pub due: u32,
    /// When the poll that is next, or under way, was due.
    pub due_at: Instant,
    /// Exchanges so far.
    pub step: u32,
    /// The first notification arrived.
    pub pinged: Option<Instant>,
    /// What was pushed, and when, until it is read against the acknowledgement.
    pub push: Option<Box<(Instant, Secret<Bytes>)>>,
    /// Whether a push is being read.
    pub reads_push: bool,
    /// The `auth_req_id` of a notification that came before the acknowledgement.
    pub pinged_id: Option<Box<str>>,
    /// The first poll that was sent after the decision had been taken.
    pub paced: Option<Instant>,
    /// Tokens in hand.
    pub tokens: Option<Instant>,
    /// How the flow ends once its last exchange is answered.
    pub ending: Option<Outcome>,
    /// A binding rule was broken by what the tokens are.
    pub tainted: bool,
}

impl Slot {
    pub fn new(
        number: u64,
        user: Arc<str>,
        mode: DeliveryMode,
        behaviour: Behaviour,
        intended: Instant,
    ) -> Self {
        Slot {
            number,
            user,
            flow: Flow::new(mode),
            behaviour,
            consent: None,
            auth_req_id: None,
            intended,
            asked: None,
            in_flight: None,
            due: 0,
            due_at: intended,
            step: 0,
            pinged: None,
            push: None,
            reads_push: false,
            pinged_id: None,
            paced: None,
            tokens: None,
            ending: None,
            tainted: false,
        }
    }

    /// Whether something is under way whose end the flow has to wait for.
    pub fn is_busy(&self) -> bool {
        self.in_flight.is_some() || self.reads_push
    }
}

/// Whether a broken rule makes tokens worthless, so that the flow did not end in tokens.
pub(super) fn taints(rule: Rule) -> bool {
    match rule {
        Rule::TokenResponseForm
        | Rule::TokensAfterDenial
        | Rule::TokensBeforeDecision
        | Rule::IdTokenSignature
        | Rule::IdTokenKeyId
        | Rule::IdTokenIssuer
        | Rule::IdTokenAudience
        | Rule::IdTokenExpiry
        | Rule::IdTokenIssuedAt
        | Rule::IdTokenSubject
        | Rule::IdTokenAccessTokenHash
        | Rule::IdTokenRefreshTokenHash
        | Rule::IdTokenAuthReqId
        | Rule::AccessTokenRefused => true,
        Rule::AcknowledgementForm
        | Rule::AuthReqIdAlphabet
        | Rule::AuthReqIdRepeated
        | Rule::ExpiresInForm
        | Rule::IntervalForm
        | Rule::TokenErrorStatus
        | Rule::TokenErrorCode
        | Rule::ConformantPollerThrottled
        | Rule::FirstPollThrottled
        | Rule::PendingAfterPing
        | Rule::TokenResponseCacheable
        | Rule::AliveAfterExpiry
        | Rule::ExpiredEarly
        | Rule::DeniedAfterApproval
        | Rule::PingBearer
        | Rule::PingAuthReqId
        | Rule::PingExtraMembers
        | Rule::PingContentType
        | Rule::PingBeforeDecision
        | Rule::PingMissing
        | Rule::PushMissing
        | Rule::PushErrorCode
        | Rule::AuthReqIdReused => false,
    }
}
