use super::Tally;
use crate::ciba::{Outcome, named};
use serde::{Deserialize, Serialize};

named! {
    /// The server's endpoints that flows call.
    pub enum Endpoint {
        /// The backchannel authentication endpoint.
        BackchannelAuthentication => "backchannel_authentication",
        /// The token endpoint.
        Token => "token",
        /// The protected API that the tokens are for.
        Userinfo => "userinfo",
        /// The consent API of Open Banking.
        Consents => "consents",
        /// The token endpoint, asked for the client's own token: the consent API wants one (RFC 6749, 4.4).
        ClientCredentials => "client_credentials",
    }
}

named! {
    /// What came back from one exchange: success, the protocol's error code, or the class of failure.
    pub enum Answered {
        /// Acknowledgement read.
        Acknowledged => "acknowledged",
        /// Tokens read.
        Tokens => "tokens",
        /// The protected API answered 200, or the consent API has created a consent.
        Ok => "ok",
        /// `authorization_pending`.
        AuthorizationPending => "authorization_pending",
        /// `slow_down`.
        SlowDown => "slow_down",
        /// `access_denied`.
        AccessDenied => "access_denied",
        /// `expired_token`.
        ExpiredToken => "expired_token",
        /// `invalid_grant`.
        InvalidGrant => "invalid_grant",
        /// `invalid_request`.
        InvalidRequest => "invalid_request",
        /// `invalid_client`.
        InvalidClient => "invalid_client",
        /// `unauthorized_client`.
        UnauthorizedClient => "unauthorized_client",
        /// `unsupported_grant_type`.
        UnsupportedGrantType => "unsupported_grant_type",
        /// `invalid_scope`.
        InvalidScope => "invalid_scope",
        /// `unknown_user_id`.
        UnknownUserId => "unknown_user_id",
        /// `invalid_binding_message`.
        InvalidBindingMessage => "invalid_binding_message",
        /// Another error code in the protocol's JSON form.
        OtherError => "other_error",
        /// 429 or 503: the server asks for patience.
        Unavailable => "unavailable",
        /// Another 5xx.
        ServerError => "server_error",
        /// An answer that is not the protocol's: HTML, broken JSON, an unexpected status.
        Unreadable => "unreadable",
        /// A body longer than this tool reads.
        TooLarge => "too_large",
        /// No connection.
        ConnectFailed => "connect_failed",
        /// No answer in time.
        TimedOut => "timed_out",
        /// The connection broke before the answer was complete.
        Broken => "broken",
        /// The run was stopped while the exchange was under way.
        Cancelled => "cancelled",
    }
}

named! {
    /// How the notification endpoint answered a caller.
    pub enum PingAnswer {
        /// A known token: 204 (or what a scenario asked for).
        Accepted => "accepted",
        /// A known token again.
        Duplicate => "duplicate",
        /// An unknown or missing token: 401.
        UnknownToken => "unknown_token",
        /// Not a POST to the endpoint, or a body that cannot be read.
        Malformed => "malformed",
    }
}

named! {
    /// Things that are counted besides exchanges and outcomes.
    pub enum Event {
        /// A flow fell back to polling because no notification came.
        FellBackToPolling => "fell_back_to_polling",
        /// A ping or a push that was expected (the user decided) and had not come when the flow ended.
        PingMissing => "ping_missing",
        /// A ping that came before the acknowledgement had been read.
        PingBeforeAcknowledgement => "ping_before_acknowledgement",
        /// A ping that came before the decision was answered.
        PingBeforeAccepted => "ping_before_accepted",
        /// An exchange that was repeated after 429, 503 or a lost connection.
        Retried => "retried",
        /// A `slow_down` that made a flow's interval longer.
        IntervalGrew => "interval_grew",
        /// A first poll of a flow.
        FirstPoll => "first_poll",
        /// A poll sent less than 5 ms after the accept was answered that still says pending.
        StalePoll5Ms => "stale_poll_0_5ms",
        /// The same, 5 to 20 ms after.
        StalePoll20Ms => "stale_poll_5_20ms",
        /// The same, 20 to 100 ms after.
        StalePoll100Ms => "stale_poll_20_100ms",
        /// The same, more than 100 ms after.
        StalePollLater => "stale_poll_over_100ms",
        /// A span whose end came before its beginning; not recorded as a sample.
        SpanOutOfOrder => "span_out_of_order",
        /// A flow whose decision could not be told from another flow's; left out of the decision spans.
        FlowAmbiguous => "flow_ambiguous",
        /// A call of the authentication service that belongs to no flow of this run.
        DecisionStray => "decision_stray",
        /// An ID token that was verified in full.
        IdTokenVerified => "id_token_verified",
        /// An ID token whose claims were judged and whose signature was not, since more came than are verified in full
        /// (the profile's `engine.id_tokens_verified_per_s`).
        IdTokenSampledOut => "id_token_sampled_out",
        /// A flow that named its user by `login_hint` because no other hint was to be had.
        HintSubstituted => "hint_substituted",
        /// A flow that ended after it had left on purpose (the profile's `behaviours.abandon`).
        BehaviourAbandon => "behaviour_abandon",
        /// The same of one that polled too early.
        BehaviourImpatient => "behaviour_impatient",
        /// The same of one that was to redeem twice, one after the other.
        BehaviourRedeemAgain => "behaviour_redeem_again",
        /// The same of one that was to redeem several times at once.
        BehaviourRedeemRace => "behaviour_redeem_race",
        /// The same of one whose notification endpoint was in trouble.
        BehaviourSlowEndpoint => "behaviour_slow_endpoint",
        /// One of these that ended in a failure.
        BehaviourFailed => "behaviour_failed",
        /// A token request beyond the one that the flow needed, on purpose, that was answered by the protocol.
        RedeemedAgain => "redeemed_again",
        /// A `slow_down` for a poll that was too early on purpose.
        SlowDownProvoked => "slow_down_provoked",
        /// A sample longer than the histograms reach (one hour), recorded as one hour.
        SampleClamped => "sample_clamped",
    }
}

impl Event {
    /// The flows that ended after they had misbehaved on purpose, or had been to.
    pub const BEHAVIOURS: [Event; 5] = [
        Event::BehaviourAbandon,
        Event::BehaviourImpatient,
        Event::BehaviourRedeemAgain,
        Event::BehaviourRedeemRace,
        Event::BehaviourSlowEndpoint,
    ];
}

/// The accounting of flows. `scheduled = started + dropped` and `started = sum of outcomes` hold at the end of a run;
/// each counter is incremented where the thing happens, none is computed from the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowCounts {
    /// Starts that the profile asked for.
    pub scheduled: u64,
    /// Flows that began.
    pub started: u64,
    /// Starts that found no capacity, or a run that was stopping.
    pub dropped: u64,
    /// How the started flows ended.
    pub outcomes: Tally<Outcome>,
}

/// Everything that is counted, for one interval, one stage or a whole run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Flows.
    pub flows: FlowCounts,
    /// Answers of the backchannel authentication endpoint.
    pub backchannel_authentication: Tally<Answered>,
    /// Answers of the token endpoint.
    pub token: Tally<Answered>,
    /// Answers of the protected API.
    pub userinfo: Tally<Answered>,
    /// Answers of the consent API of Open Banking, where consents are created.
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    pub consents: Tally<Answered>,
    /// Answers of the token endpoint to clients that ask for a token of their own.
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    pub client_credentials: Tally<Answered>,
    /// Calls that reached the notification endpoint.
    pub pings: Tally<PingAnswer>,
    /// Other events.
    pub events: Tally<Event>,
}

impl Counts {
    /// The answers of one endpoint.
    pub fn answers(&self, endpoint: Endpoint) -> &Tally<Answered> {
        match endpoint {
            Endpoint::BackchannelAuthentication => &self.backchannel_authentication,
            Endpoint::Token => &self.token,
            Endpoint::Userinfo => &self.userinfo,
            Endpoint::Consents => &self.consents,
            Endpoint::ClientCredentials => &self.client_credentials,
        }
    }

    /// The answers of one endpoint, for counting.
    pub fn answers_mut(&mut self, endpoint: Endpoint) -> &mut Tally<Answered> {
        match endpoint {
            Endpoint::BackchannelAuthentication => &mut self.backchannel_authentication,
            Endpoint::Token => &mut self.token,
            Endpoint::Userinfo => &mut self.userinfo,
            Endpoint::Consents => &mut self.consents,
            Endpoint::ClientCredentials => &mut self.client_credentials,
        }
    }

    /// Adds other counts to these.
    pub fn merge(&mut self, other: &Counts) {
        self.flows.scheduled += other.flows.scheduled;
        self.flows.started += other.flows.started;
        self.flows.dropped += other.flows.dropped;
        self.flows.outcomes.merge(&other.flows.outcomes);
        self.backchannel_authentication.merge(&other.backchannel_authentication);
        self.token.merge(&other.token);
        self.userinfo.merge(&other.userinfo);
        self.consents.merge(&other.consents);
        self.client_credentials.merge(&other.client_credentials);
        self.pings.merge(&other.pings);
        self.events.merge(&other.events);
    }

    /// Sets everything to zero and keeps the memory.
    pub fn clear(&mut self) {
        self.flows.scheduled = 0;
        self.flows.started = 0;
        self.flows.dropped = 0;
        self.flows.outcomes.clear();
        self.backchannel_authentication.clear();
        self.token.clear();
        self.userinfo.clear();
        self.consents.clear();
        self.client_credentials.clear();
        self.pings.clear();
        self.events.clear();
    }

    /// Whether the accounting closes: true at the end of every run that was not killed.
    pub fn closes(&self) -> bool {
        self.flows.scheduled == self.flows.started + self.flows.dropped
            && self.flows.started == self.flows.outcomes.total()
    }
}

/// What an answer comes to, whatever it is in detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// What was asked for.
    Success,
    /// A refusal in the protocol's own words.
    Refusal,
    /// No answer of the protocol.
    Failure,
    /// This tool gave up.
    Cancelled,
}

impl Answered {
    /// What the answer comes to.
    pub fn sense(self) -> Sense {
        match self {
            Answered::Acknowledged | Answered::Tokens | Answered::Ok => Sense::Success,
            Answered::AuthorizationPending
            | Answered::SlowDown
            | Answered::AccessDenied
            | Answered::ExpiredToken
            | Answered::InvalidGrant
            | Answered::InvalidRequest
            | Answered::InvalidClient
            | Answered::UnauthorizedClient
            | Answered::UnsupportedGrantType
            | Answered::InvalidScope
            | Answered::UnknownUserId
            | Answered::InvalidBindingMessage
            | Answered::OtherError => Sense::Refusal,
            Answered::Unavailable
            | Answered::ServerError
            | Answered::Unreadable
            | Answered::TooLarge
            | Answered::ConnectFailed
            | Answered::TimedOut
            | Answered::Broken => Sense::Failure,
            Answered::Cancelled => Sense::Cancelled,
        }
    }

    /// Whether no answer of the protocol came back, for whatever reason.
    pub fn is_failure(self) -> bool {
        self.sense() == Sense::Failure
    }
}
