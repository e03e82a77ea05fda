//! A workspace as it runs: its clients, its policy, its prepared documents.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::json;

use crate::authentication_service::AuthenticationService;
use crate::client::Client;
use crate::client_authentication::{Credentials, Leniency};
use crate::discovery;
use crate::error::OauthError;
use crate::fault::FaultSet;
use crate::form::Form;
use crate::keys::{SigningKey, signing_key, standby_key};
use crate::random;
use crate::secret::Secret;
use crate::settings::{
    CLIENT_CREDENTIALS_GRANT, DeliveryMode, PingOrder, StartOrder, WorkspaceSettings, has_ciba,
};
use crate::throttle::SharedPaces;

/// The authentication service's own client: what it needs to send decisions.
#[derive(Clone, Debug)]
pub struct SystemClient {
    /// OAuth client identifier in the system workspace.
    pub client_id: String,
    /// OAuth client secret, for HTTP Basic or in the body.
    pub client_secret: Secret,
    /// Where the client-credentials token is fetched.
    pub token_endpoint: String,
}

/// One authorization server.
pub(crate) struct Workspace {
    pub(crate) id: String,
    pub(crate) tenant: String,
    pub(crate) issuer: String,
    pub(crate) ciba: bool,
    pub(crate) client_credentials: bool,
    pub(crate) delivery_modes: Vec<DeliveryMode>,
    pub(crate) interval: Duration,
    pub(crate) expires_in: Duration,
    pub(crate) start_order: StartOrder,
    pub(crate) ping_order: PingOrder,
    pub(crate) authentication_service: AuthenticationService,
    pub(crate) signing_key: &'static SigningKey,
    /// Present when CIBA is allowed.
    pub(crate) system_client: Option<SystemClient>,
    pub(crate) clients: HashMap<String, Arc<Client>>,
    pub(crate) discovery: Bytes,
    pub(crate) jwks: Bytes,
    pub(crate) faults: FaultSet,
    pub(crate) shared_paces: SharedPaces,
}

impl Workspace {
    /// Builds from settings that were found valid.
    pub(crate) fn new(base_url: &str, tenant: &str, settings: &WorkspaceSettings, faults: FaultSet) -> Self {
        let ciba = has_ciba(&settings.allowed_grant_types);
        let signing_key = signing_key(settings.id_token_signing_alg);
        let mut workspace = Self {
            id: settings.id.clone(),
            tenant: tenant.to_owned(),
            issuer: format!("{base_url}/{tenant}/{}", settings.id),
            ciba,
            client_credentials: settings.allowed_grant_types.iter().any(|g| g == CLIENT_CREDENTIALS_GRANT),
            delivery_modes: settings.token_delivery_modes_supported.clone(),
            interval: Duration::from_secs(settings.interval),
            expires_in: Duration::from_secs(settings.expires_in),
            start_order: settings.start_order,
            ping_order: settings.ping_order,
            authentication_service: AuthenticationService::new(settings),
            signing_key,
            system_client: ciba.then(|| system_client(base_url, tenant, settings)),
            clients: settings
                .clients
                .iter()
                .map(|client| (client.client_id.clone(), Arc::new(Client::new(client))))
                .collect(),
            discovery: Bytes::new(),
            faults,
            shared_paces: SharedPaces::default(),
            jwks: json!({"keys": [standby_key().jwk(), signing_key.jwk()]}).to_string().into(),
        };
        workspace.discovery = discovery::document(&workspace, settings.id_token_signing_alg);
        workspace
    }

    /// The client of a request, authenticated by its registered method (CIBA Core 1.0, 7.2).
    pub(crate) fn authenticate(
        &self,
        headers: &HeaderMap,
        form: &Form,
        leniency: Leniency,
    ) -> Result<&Arc<Client>, OauthError> {
        if let Some(client) = leniency.name_without_proof(headers, form).and_then(|id| self.clients.get(id)) {
            return Ok(client);
        }
        let credentials = Credentials::read(headers, form, leniency)?;
        self.clients
            .get(&credentials.client_id)
            .filter(|client| client.accepts(&credentials, leniency))
            .ok_or_else(|| OauthError::invalid_client("unknown client, wrong secret or unregistered method"))
    }
}

fn system_client(base_url: &str, tenant: &str, settings: &WorkspaceSettings) -> SystemClient {
    let token_endpoint = format!("{base_url}/{tenant}/system/oauth2/token");
    match &settings.authentication_service_client {
        Some(given) => SystemClient {
            client_id: given.client_id.clone(),
            client_secret: given.client_secret.clone(),
            token_endpoint,
        },
        None => SystemClient {
            client_id: random::hexadecimal(),
            client_secret: Secret::new(random::unguessable()),
            token_endpoint,
        },
    }
}
