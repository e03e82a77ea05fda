//! Dialects: how a server asks for its users' decisions, and how it is told of them.
//!
//! - `secureauth`: `/user/verify` and `/authentication/start` behind HTTP Basic ([`crate::verify`], [`crate::start`]), decisions
//!   through the system APIs ([`crate::system_api`]).
//! - `keycloak`: Keycloak's HTTP authentication channel.
//! - `approval_url`: nobody is asked; whoever started the flow has a URL called.
//!
//! What happens to a login in between (plan, page, bounds, counters) is the same for all of them.

mod approval_url;
pub(crate) mod keycloak;
mod sending;
mod settings;

pub use approval_url::{Announcement, ApprovalUrlSettings};
pub use keycloak::{CHANNEL_PATH, DenialStatus, KeycloakSettings};
pub use settings::{DialectSettings, ServiceSettings, SpokenDialect};

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    clock::Clock,
    counts::Counters,
    fault::FaultSet,
    outgoing::Outgoing,
    pending::Login,
    plan::Decision,
    settings::SettingsError,
    system_api::{Answer, Granted, LoginRef, SystemApi},
};

/// The way back to the server.
pub(crate) enum Dialect {
    SecureAuth(Box<SystemApi>),
    Keycloak(keycloak::Callback),
    ApprovalUrl(approval_url::ApprovalUrl),
}

impl Dialect {
    pub(crate) fn new(
        settings: &DialectSettings,
        faults: FaultSet,
        outgoing: Outgoing,
        clock: Clock,
    ) -> Result<Self, SettingsError> {
        Ok(match settings {
            DialectSettings::SecureAuth { system, open_banking, .. } => {
                let system = SystemApi::new(system, open_banking.paths, faults, outgoing, clock)?;
                Self::SecureAuth(Box::new(system))
            }
            DialectSettings::Keycloak(settings) => {
                Self::Keycloak(keycloak::Callback::new(settings, outgoing, clock)?)
            }
            DialectSettings::ApprovalUrl(settings) => {
                Self::ApprovalUrl(approval_url::ApprovalUrl::new(settings, outgoing, clock)?)
            }
        })
    }

    /// The least time between a login and its decision.
    pub(crate) fn least_delay(&self) -> Duration {
        match self {
            Self::Keycloak(_) => keycloak::LEAST_DELAY,
            Self::SecureAuth(_) | Self::ApprovalUrl(_) => Duration::ZERO,
        }
    }

    /// Which one it is.
    pub(crate) fn spoken(&self) -> SpokenDialect {
        match self {
            Self::SecureAuth(_) => SpokenDialect::SecureAuth,
            Self::Keycloak(_) => SpokenDialect::Keycloak,
            Self::ApprovalUrl(_) => SpokenDialect::ApprovalUrl,
        }
    }

    /// Fetches what the server knows of a login. `None`: the dialect has no such call.
    pub(crate) async fn details(&self, login: LoginRef<'_>, counts: &Counters) -> Option<Answer> {
        match self {
            Self::SecureAuth(system) => Some(system.details(login, counts).await),
            Self::Keycloak(_) | Self::ApprovalUrl(_) => None,
        }
    }

    /// Tells the server of a decision, until there is an answer that counts. `on_sent` is called each time that it is handed
    /// over to the transport. Only `secureauth` can say what is granted.
    pub(crate) async fn decide(
        &self,
        (login, named): (&Login, LoginRef<'_>),
        decision: Decision,
        granted: Option<Granted<'_>>,
        counts: &Counters,
        on_sent: impl Fn(Instant),
    ) -> Answer {
        match self {
            Self::SecureAuth(system) => system.decide(named, granted, counts, on_sent).await,
            Self::Keycloak(callback) => callback.decide(login, decision, counts, on_sent).await,
            Self::ApprovalUrl(url) => url.decide(named.login_id, decision, counts, on_sent).await,
        }
    }

    pub(crate) fn close(&self) {
        match self {
            Self::SecureAuth(system) => system.close(),
            Self::Keycloak(callback) => callback.close(),
            Self::ApprovalUrl(url) => url.close(),
        }
    }
}
