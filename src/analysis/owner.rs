use crate::record::Span;

/// Whose time a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The server's, and the network's on the way to it.
    Server,
    /// The sum of everybody's: what a user or an application sees.
    EndToEnd,
    /// The protocol's: what waiting for the polling interval costs.
    Protocol,
    /// The simulated user's.
    User,
    /// This tool's own. It should be small.
    Generator,
}

impl Owner {
    /// All, in the order in which reports group spans.
    pub const ALL: [Owner; 5] =
        [Owner::Server, Owner::EndToEnd, Owner::Protocol, Owner::User, Owner::Generator];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Owner::Server => "server",
            Owner::EndToEnd => "end to end",
            Owner::Protocol => "protocol",
            Owner::User => "user",
            Owner::Generator => "generator",
        }
    }

    /// Whose time `span` is.
    pub fn of(span: Span) -> Self {
        match span {
            Span::Connect
            | Span::Consent
            | Span::Ack
            | Span::Verify
            | Span::Start
            | Span::VerifyAnswer
            | Span::StartAnswer
            | Span::Details
            | Span::Accept
            | Span::Notify
            | Span::PollPending
            | Span::PollSlowDown
            | Span::PollDenied
            | Span::PollExpired
            | Span::PollError
            | Span::Poll
            | Span::Redeem
            | Span::UseToken => Owner::Server,
            Span::ApproveToToken | Span::Decide | Span::Flow => Owner::EndToEnd,
            Span::Pacing => Owner::Protocol,
            Span::DecisionDelay => Owner::User,
            Span::StartLag
            | Span::Blocked
            | Span::PollLateness
            | Span::NotificationAnswer
            | Span::ServiceAnswer => Owner::Generator,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::Named;

    #[test]
    fn only_the_generators_spans_say_so_in_words() {
        for span in Span::ALL {
            let says_so = span.about().contains("(generator)");
            assert_eq!(Owner::of(*span) == Owner::Generator, says_so, "{span}");
        }
    }
}
