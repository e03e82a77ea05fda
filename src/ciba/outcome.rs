use super::named::named;

named! {
    /// How one flow ended. Every started flow ends in exactly one of these.
    pub enum Outcome {
        /// Tokens were issued and hold.
        Tokens => "tokens",
        /// `access_denied`.
        Denied => "denied",
        /// `expired_token`, or the client's own clock ran past the request's life.
        Expired => "expired",
        /// The request was refused with `unknown_user_id`.
        UnknownUser => "unknown_user",
        /// The consent that has to come first was not created (Open Banking).
        ConsentRefused => "consent_refused",
        /// Any other refusal in the protocol's own words.
        Refused => "refused",
        /// No usable answer: connection, time-out, 5xx, or a body that is not the protocol's.
        TransportFailed => "transport_failed",
        /// Tokens came, but they are not what the standard says.
        Violation => "violation",
        /// The run ended first, or the flow's behaviour was to leave.
        Abandoned => "abandoned",
        /// This tool failed; never charged to the server.
        HarnessPanic => "harness_panic",
    }
}

impl Outcome {
    /// Whether the flow failed: neither its tokens, nor a decision against them, nor an end that was its own.
    pub fn is_failure(self) -> bool {
        match self {
            Outcome::TransportFailed
            | Outcome::Violation
            | Outcome::ConsentRefused
            | Outcome::Refused
            | Outcome::HarnessPanic => true,
            Outcome::Tokens
            | Outcome::Denied
            | Outcome::Expired
            | Outcome::UnknownUser
            | Outcome::Abandoned => false,
        }
    }
}
