//! What a service needs to know before it starts, in whatever dialect.

use super::{ApprovalUrlSettings, KeycloakSettings};
use crate::{
    open_banking::OpenBanking,
    plan::DecisionPlan,
    secret::Secret,
    settings::{Limits, Settings, SettingsError, SystemClient},
};

/// The settings of one authentication service.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// How the server asks, and how it is told.
    pub dialect: DialectSettings,
    /// What the simulated users decide.
    pub plan: DecisionPlan,
    /// Bounds on what is kept and done at once.
    pub limits: Limits,
}

/// The settings of a dialect.
#[derive(Clone, Debug)]
pub enum DialectSettings {
    /// `/user/verify` and `/authentication/start`, and the system APIs.
    SecureAuth {
        /// The user name with which the server authenticates here (HTTP Basic).
        basic_user: String,
        /// The password with which the server authenticates here.
        basic_password: Secret,
        /// This service's own client at the server.
        system: SystemClient,
        /// How it deals with the consents of Open Banking.
        open_banking: OpenBanking,
    },
    /// Keycloak's HTTP authentication channel.
    Keycloak(KeycloakSettings),
    /// A URL that is called.
    ApprovalUrl(ApprovalUrlSettings),
}

/// Which dialect it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpokenDialect {
    /// `/user/verify` and `/authentication/start`, and the system APIs.
    SecureAuth,
    /// Keycloak's HTTP authentication channel.
    Keycloak,
    /// A URL that is called.
    ApprovalUrl,
}

impl From<Settings> for ServiceSettings {
    fn from(settings: Settings) -> Self {
        let Settings { basic_user, basic_password, system, plan, open_banking, limits } = settings;
        let dialect = DialectSettings::SecureAuth { basic_user, basic_password, system, open_banking };
        Self { dialect, plan, limits }
    }
}

impl ServiceSettings {
    /// Everything that can be said before the first request, but for what the dialect's own parts say.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        if let DialectSettings::SecureAuth { basic_user, system, .. } = &self.dialect {
            if basic_user.is_empty() || basic_user.contains(':') {
                return Err(SettingsError::BasicUser(basic_user.clone()));
            }
            if system.client_id.is_empty() {
                return Err(SettingsError::ClientId);
            }
        }
        self.limits.check()?;
        self.plan.validate().map_err(SettingsError::Plan)
    }
}
