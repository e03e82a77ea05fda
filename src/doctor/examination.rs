use crate::ciba::{DeliveryMode, Named as _, named};

named! {
    /// What is looked at, in the order in which that happens.
    pub enum Examination {
        /// What the target file says.
        TargetFile => "target_file",
        /// Our authentication service listens.
        AuthenticationService => "authentication_service",
        /// Our notification endpoint listens.
        NotificationEndpoint => "notification_endpoint",
        /// The issuer publishes metadata with CIBA in them.
        Metadata => "metadata",
        /// They name the issuer of the target file.
        Issuer => "issuer",
        /// They offer what the target file's clients need.
        DeliveryModes => "delivery_modes",
        /// The token endpoint answers.
        TokenEndpoint => "token_endpoint",
        /// The backchannel authentication endpoint answers.
        BackchannelEndpoint => "backchannel_endpoint",
        /// The issuer's keys can be read.
        Keys => "keys",
        /// The server's clock agrees with ours.
        Clock => "clock",
        /// `clients.poll` can authenticate.
        PollClient => "poll_client",
        /// `clients.ping` can authenticate.
        PingClient => "ping_client",
        /// `clients.push` can authenticate.
        PushClient => "push_client",
        /// `clients.second` can authenticate.
        SecondClient => "second_client",
        /// `clients.unregistered` can authenticate.
        UnregisteredClient => "unregistered_client",
        /// Each kind of consent of the target file is created.
        Consents => "consents",
        /// The server asks our authentication service about the user.
        UserVerification => "user_verification",
        /// An authentication request is acknowledged.
        AuthenticationRequest => "authentication_request",
        /// The server has our authentication service ask the user.
        UserPrompt => "user_prompt",
        /// The login can be told to be the flow's.
        Correlation => "correlation",
        /// The server takes the user's decision.
        Decision => "decision",
        /// A poll flow ends in tokens.
        PollFlow => "poll_flow",
        /// A ping flow is notified and ends in tokens.
        PingFlow => "ping_flow",
        /// A push flow is sent its tokens.
        PushFlow => "push_flow",
        /// `sub` follows the target file's rule.
        Subject => "subject",
        /// A user whom nobody knows is refused.
        UnknownUser => "unknown_user",
    }
}

impl Examination {
    /// The name as it is read aloud: `poll flow`.
    pub fn words(self) -> String {
        self.name().replace('_', " ")
    }

    /// Whether it is about what hardly any server offers, and is not even named where the target file has nothing about it.
    pub fn is_rare(self) -> bool {
        self.is_about_push() || self == Examination::Consents
    }

    /// Whether it is about push.
    pub fn is_about_push(self) -> bool {
        self == Examination::PushClient || self == Examination::PushFlow
    }

    /// What has to be well, or at least not to have failed, before this can be looked at. `main` is the delivery mode of
    /// the flow in which the decision channel is watched.
    pub fn needs(self, main: DeliveryMode) -> Vec<Examination> {
        use Examination as E;
        let (client, flow) = match main {
            DeliveryMode::Poll => (E::PollClient, E::PollFlow),
            DeliveryMode::Ping => (E::PingClient, E::PingFlow),
            DeliveryMode::Push => (E::PushClient, E::PushFlow),
        };
        match self {
            E::TargetFile | E::AuthenticationService | E::NotificationEndpoint | E::Metadata => vec![],
            E::Issuer | E::DeliveryModes | E::TokenEndpoint | E::BackchannelEndpoint | E::Keys | E::Clock => {
                vec![E::Metadata]
            }
            E::PollClient
            | E::PingClient
            | E::PushClient
            | E::SecondClient
            | E::UnregisteredClient
            | E::Consents => {
                vec![E::TokenEndpoint]
            }
            E::UserVerification => {
                let mut needs = vec![client, E::BackchannelEndpoint, E::AuthenticationService];
                needs.extend((flow != E::PollFlow).then_some(E::NotificationEndpoint));
                needs
            }
            E::AuthenticationRequest => vec![client, E::BackchannelEndpoint, E::UserVerification],
            E::UserPrompt => vec![E::AuthenticationRequest],
            E::Correlation | E::Decision => vec![E::UserPrompt],
            E::PollFlow => vec![E::PollClient, E::AuthenticationRequest, E::Decision],
            E::PingFlow => {
                vec![E::PingClient, E::NotificationEndpoint, E::AuthenticationRequest, E::Decision]
            }
            E::PushFlow => {
                vec![E::PushClient, E::NotificationEndpoint, E::AuthenticationRequest, E::Decision]
            }
            E::Subject => vec![flow],
            E::UnknownUser => vec![E::AuthenticationRequest],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_stands_on_what_comes_before_it() {
        for main in [DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Push] {
            for examination in Examination::ALL {
                for need in examination.needs(main) {
                    assert!(need < *examination, "{examination} needs {need}");
                }
            }
        }
    }
}
