//! Clients.

use crate::client_authentication::{Credentials, Leniency};
use crate::secret::Secret;
use crate::settings::{CLIENT_CREDENTIALS_GRANT, ClientAuthMethod, ClientSettings, DeliveryMode, has_ciba};

/// An application of a workspace.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) ciba: bool,
    pub(crate) client_credentials: bool,
    pub(crate) delivery: DeliveryMode,
    /// Present for every ping client.
    pub(crate) notification_endpoint: Option<String>,
    secret: Secret,
    method: ClientAuthMethod,
}

impl Client {
    pub(crate) fn new(settings: &ClientSettings) -> Self {
        Self {
            id: settings.client_id.clone(),
            name: settings.client_name.clone(),
            scopes: settings.scopes.clone(),
            ciba: has_ciba(&settings.grant_types),
            client_credentials: settings.grant_types.iter().any(|grant| grant == CLIENT_CREDENTIALS_GRANT),
            delivery: settings.token_delivery_mode.unwrap_or(DeliveryMode::Poll),
            notification_endpoint: settings.client_notification_endpoint.clone(),
            secret: settings.client_secret.clone(),
            method: settings.token_endpoint_auth_method,
        }
    }

    /// Whether these are the client's credentials, presented by its registered method.
    pub(crate) fn accepts(&self, credentials: &Credentials, leniency: Leniency) -> bool {
        // The secret is compared first, so that a wrong method takes as long as a right one.
        let secret = self.secret.matches(credentials.secret.expose());
        (secret || leniency.any_secret) && (self.method == credentials.method || leniency.any_method)
    }
}
