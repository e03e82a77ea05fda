//! A workspace as it runs: its clients, its policy, its prepared documents.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::json;

use crate::authentication_service::AuthenticationService;
use crate::certificate::{self, PeerCertificate};
use crate::client::Client;
use crate::client_assertion;
use crate::client_authentication::{Credentials, Leniency};
use crate::discovery;
use crate::error::OauthError;
use crate::fault::{Fault, FaultSet};
use crate::form::Form;
use crate::hint::HintIssuer;
use crate::jws::PublicKey;
use crate::keys::{self, SigningKey, signing_key, standby_key};
use crate::open_banking::OpenBanking;
use crate::random;
use crate::registration::RegisteredClients;
use crate::replay::Used;
use crate::secret::Secret;
use crate::settings::{
    CLIENT_CREDENTIALS_GRANT, DeliveryMode, PingOrder, StartOrder, WorkspaceSettings, has_ciba,
};
use crate::subject::Subjects;
use crate::throttle::SharedPaces;
use crate::user_code::UserCodes;

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
    /// What verifies the workspace's own signatures.
    pub(crate) verification_key: PublicKey,
    /// Lifetime of ID tokens.
    pub(crate) id_token_lifetime: Duration,
    pub(crate) hint_issuers: Vec<HintIssuer>,
    /// Present when clients can be registered for user codes.
    pub(crate) user_codes: Option<UserCodes>,
    pub(crate) subjects: Subjects,
    /// Present in a bank's workspace.
    pub(crate) open_banking: Option<OpenBanking>,
    /// Present when CIBA is allowed.
    pub(crate) system_client: Option<SystemClient>,
    /// The clients of the settings.
    pub(crate) clients: HashMap<String, Arc<Client>>,
    /// Present where clients can register themselves.
    pub(crate) registered: Option<RegisteredClients>,
    pub(crate) discovery: Bytes,
    pub(crate) jwks: Bytes,
    pub(crate) faults: FaultSet,
    pub(crate) shared_paces: SharedPaces,
    pub(crate) used_assertions: Used,
    /// Whose certificates clients may show, in DER.
    pub(crate) certificate_authorities: Vec<Bytes>,
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
            // A key that was made here is of a kind that is read here.
            verification_key: PublicKey::read(signing_key.jwk()).expect("own keys can be read"),
            id_token_lifetime: Duration::from_secs(settings.id_token_expires_in),
            hint_issuers: settings.login_hint_token_issuers.iter().filter_map(HintIssuer::new).collect(),
            user_codes: settings.user_code_parameter_supported.then(|| UserCodes::new(settings)),
            subjects: Subjects::default(),
            open_banking: settings.open_banking.as_ref().map(|consents| OpenBanking::new(tenant, consents)),
            system_client: ciba.then(|| system_client(base_url, tenant, settings)),
            clients: settings
                .clients
                .iter()
                .map(|client| (client.client_id.clone(), Arc::new(Client::new(client))))
                .collect(),
            registered: settings
                .registration
                .as_ref()
                .map(|registration| RegisteredClients::new(registration.initial_access_token.clone())),
            discovery: Bytes::new(),
            faults,
            shared_paces: SharedPaces::default(),
            used_assertions: Used::default(),
            certificate_authorities: authorities(settings),
            jwks: published(signing_key, faults),
        };
        workspace.discovery = discovery::document(&workspace, settings.id_token_signing_alg);
        workspace
    }

    /// The token endpoint's URL.
    pub(crate) fn token_endpoint(&self) -> String {
        format!("{}/oauth2/token", self.issuer)
    }

    /// The backchannel authentication endpoint's URL.
    pub(crate) fn backchannel_endpoint(&self) -> String {
        format!("{}/backchannel/authentication", self.issuer)
    }

    /// A client, whether of the settings or registered.
    pub(crate) fn client(&self, id: &str) -> Option<Arc<Client>> {
        let registered = || self.registered.as_ref()?.client(id);
        self.clients.get(id).cloned().or_else(registered)
    }

    /// The client of a request, authenticated by its registered method (CIBA Core 1.0, 7.2). `now` is in seconds since
    /// 1970.
    pub(crate) fn authenticate(
        &self,
        headers: &HeaderMap,
        form: &Form,
        peer: Option<&PeerCertificate>,
        leniency: Leniency,
        now: u64,
    ) -> Result<Arc<Client>, OauthError> {
        if let Some(client) = leniency.name_without_proof(headers, form).and_then(|id| self.client(id)) {
            return Ok(client);
        }
        if let Some(assertion) = client_assertion::presented(headers, form)? {
            return client_assertion::verify(
                self,
                assertion,
                form.get("client_id"),
                leniency.of_assertions(),
                now,
            );
        }
        let named = form.get("client_id").and_then(|id| self.client(id));
        if let Some(client) = named.as_ref().filter(|client| client.is_open) {
            return Ok(Arc::clone(client));
        }
        if let Some(client) = named.filter(|client| client.is_by_certificate())
            && !headers.contains_key(http::header::AUTHORIZATION)
            && form.get("client_secret").is_none()
        {
            return match certificate::proves(peer, &client, &self.certificate_authorities, now, self.faults) {
                true => Ok(client),
                false => {
                    Err(OauthError::invalid_client("the certificate is not the client's, or there is none"))
                }
            };
        }
        let credentials = Credentials::read(headers, form, leniency)?;
        self.client(&credentials.client_id)
            .filter(|client| client.accepts(&credentials, leniency))
            .ok_or_else(|| OauthError::invalid_client("unknown client, wrong secret or unregistered method"))
    }
}

fn authorities(settings: &WorkspaceSettings) -> Vec<Bytes> {
    settings.client_certificate_authorities.iter().filter_map(|pem| certificate::authority(pem)).collect()
}

/// The keys that the workspace publishes.
fn published(signing_key: &SigningKey, faults: FaultSet) -> Bytes {
    let mut keys = vec![standby_key().jwk().clone(), signing_key.jwk().clone()];
    if faults.has(Fault::WeakKeyPublished) {
        keys.push(keys::weak_jwk());
    }
    json!({ "keys": keys }).to_string().into()
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
