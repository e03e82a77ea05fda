use crate::ciba::named;

named! {
    /// The named parts of one flow. All are measured on one monotonic clock, in microseconds.
    ///
    /// "Sent" means handed to a connected socket, otherwise this tool's own queueing would be charged to the server.
    pub enum Span {
        /// Intended start to the beginning of the flow: the generator's lateness.
        StartLag => "start_lag",
        /// Waiting for one of the bounded connections.
        Blocked => "blocked",
        /// TCP and TLS set-up.
        Connect => "connect",
        /// Consent request sent to its answer (Open Banking); the client's own token is got before it.
        Consent => "consent",
        /// Authentication request sent to the full body of its acknowledgement.
        Ack => "ack",
        /// Authentication request sent to `/user/verify` reaching the authentication service.
        Verify => "verify",
        /// Authentication request sent to `/authentication/start` reaching the authentication service.
        Start => "start",
        /// The authentication service's GET of the scope grant or consent.
        Details => "details",
        /// `/authentication/start` to the decision being sent: the simulated human, no time of the server's.
        DecisionDelay => "decision_delay",
        /// Decision sent to its answer.
        Accept => "accept",
        /// Decision sent to the notification's arrival.
        Notify => "notify",
        /// A token request answered `authorization_pending`.
        PollPending => "poll_pending",
        /// A token request answered `slow_down`.
        PollSlowDown => "poll_slow_down",
        /// A token request answered `access_denied`.
        PollDenied => "poll_denied",
        /// A token request answered `expired_token`.
        PollExpired => "poll_expired",
        /// A token request answered in any other way.
        PollError => "poll_error",
        /// Any token request but the one that issued the tokens: the sum of the five above.
        Poll => "poll",
        /// Due time of a poll to its exchange being begun: the generator's lateness. What follows is `blocked`.
        PollLateness => "poll_lateness",
        /// Accept answered to the first poll sent after it: what the protocol's interval costs, not the server.
        Pacing => "pacing",
        /// The token request that issued the tokens.
        Redeem => "redeem",
        /// Decision sent to tokens in hand: what the user feels.
        ApproveToToken => "approve_to_token",
        /// The protected API called with the fresh access token.
        UseToken => "use_token",
        /// Intended start to the flow's outcome.
        Flow => "flow",
        /// A notification that arrived to its answer being ready: this tool's own time.
        NotificationAnswer => "notification_answer",
        /// A call of our authentication service that was read to its answer being ready: this tool's own time.
        ServiceAnswer => "service_answer",
        /// `/user/verify` sent to its answer, where an authentication service is judged.
        VerifyAnswer => "verify_answer",
        /// `/authentication/start` sent to its acknowledgement, where an authentication service is judged.
        StartAnswer => "start_answer",
        /// `/authentication/start` sent to the decision arriving at the system API, where an authentication service is judged.
        Decide => "decide",
    }
}

impl Span {
    /// The spans whose sum [`Span::Poll`] is. They are recorded; the sum is made when a run is summed up.
    pub const POLLS: [Span; 5] =
        [Span::PollPending, Span::PollSlowDown, Span::PollDenied, Span::PollExpired, Span::PollError];

    /// The spans that exist only where an authentication service is judged.
    pub const OF_AUTH_SERVICE: [Span; 3] = [Span::VerifyAnswer, Span::StartAnswer, Span::Decide];

    /// One line for reports: from what to what.
    pub fn about(self) -> &'static str {
        match self {
            Span::StartLag => "intended start -> flow begins (generator)",
            Span::Blocked => "waiting for a connection permit (generator)",
            Span::Connect => "TCP and TLS set-up",
            Span::Consent => "consent request sent -> consent created",
            Span::Ack => "authentication request sent -> acknowledgement read",
            Span::Verify => "authentication request sent -> /user/verify arrives",
            Span::Start => "authentication request sent -> /authentication/start arrives",
            Span::Details => "scope grant asked for -> answered",
            Span::DecisionDelay => "/authentication/start -> decision sent (simulated user)",
            Span::Accept => "decision sent -> answered",
            Span::Notify => "decision sent -> ping or push arrives",
            Span::PollPending => "poll sent -> authorization_pending",
            Span::PollSlowDown => "poll sent -> slow_down",
            Span::PollDenied => "poll sent -> access_denied",
            Span::PollExpired => "poll sent -> expired_token",
            Span::PollError => "poll sent -> any other error",
            Span::Poll => "poll sent -> answered without tokens",
            Span::PollLateness => "poll due -> begun (generator)",
            Span::Pacing => "accept answered -> next poll sent (protocol)",
            Span::Redeem => "poll sent -> tokens",
            Span::ApproveToToken => "decision sent -> tokens in hand",
            Span::UseToken => "protected API called -> answered",
            Span::Flow => "intended start -> outcome",
            Span::NotificationAnswer => "notification arrives -> answered (generator)",
            Span::ServiceAnswer => "authentication service called -> answered (generator)",
            Span::VerifyAnswer => "/user/verify sent -> answered",
            Span::StartAnswer => "/authentication/start sent -> acknowledged",
            Span::Decide => "/authentication/start sent -> decision arrives",
        }
    }
}
