//! What a client asks to be registered as, judged (RFC 7591, 2; CIBA Core 1.0, 4).

use serde_json::{Map, Value, json};

use super::address::{self, Objection};
use super::document;
use super::member::{Asked, invalid};
use super::pairwise;
use crate::client::Client;
use crate::error::OauthError;
use crate::fault::{Fault, FaultSet};
use crate::jws::JwsAlg;
use crate::router::Site;
use crate::secret::Secret;
use crate::settings::{CIBA_GRANT, ClientAuthMethod, ClientSettings, DeliveryMode, credential_problems};

/// Members that are echoed as they were said: those that are read, and those that mean nothing here.
const ECHOED: [&str; 12] = [
    "redirect_uris",
    "response_types",
    "client_name",
    "backchannel_client_notification_endpoint",
    "backchannel_authentication_request_signing_alg",
    "token_endpoint_auth_signing_alg",
    "jwks",
    "jwks_uri",
    "sector_identifier_uri",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_certificate_bound_access_tokens",
];
/// Algorithms by which something could be encrypted for the client; nothing is here.
const ENCRYPTIONS: [&str; 2] = ["id_token_encrypted_response_alg", "userinfo_encrypted_response_alg"];
/// The algorithm that is not to be used even where things are encrypted (FAPI-CIBA, 7.10.1).
const RSA1_5: &str = "RSA1_5";

/// Whether a client comes, or changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    Registration,
    Update,
}

/// A client as it is to be, and what it is told of that.
pub(super) struct Accepted {
    pub(super) client: Client,
    pub(super) members: Map<String, Value>,
}

/// Judges what is asked for. The identifier and the secret are the provider's to choose; who authenticates otherwise never
/// hears of the secret.
pub(super) async fn judge(
    site: &Site,
    asked: &Asked,
    identity: (String, Secret),
    occasion: Occasion,
) -> Result<Accepted, OauthError> {
    let faults = site.workspace.faults;
    let method = Method::of(asked, faults)?;
    let encrypted = encryptions(asked, faults)?;
    let mut settings = read(site, asked, identity, method)?;
    redirects(asked)?;
    grants(site, &settings)?;
    let mode_named = settings.token_delivery_mode.is_some();
    delivery(site, &mut settings)?;
    notified(&settings, occasion, faults)?;
    user_codes(site, &settings)?;
    id_token(site, asked)?;
    keys(site, asked, &mut settings).await?;
    let sector = pairwise::sector(asked, &settings, &site.provider.outgoing, faults).await?;
    let mut members = asked.of(&ECHOED);
    let scope = settings.scopes.join(" ");
    let pairwise = if sector.is_some() { "pairwise" } else { "public" };
    for (name, value) in [
        ("grant_types", json!(settings.grant_types)),
        ("token_endpoint_auth_method", json!(method.name)),
        ("scope", json!(scope)),
        ("subject_type", json!(pairwise)),
        ("backchannel_user_code_parameter", json!(settings.user_code_parameter)),
        ("id_token_signed_response_alg", json!(site.workspace.signing_key.alg_name())),
    ] {
        members.insert(name.to_owned(), value);
    }
    if let Some(mode) = settings.token_delivery_mode.filter(|_| mode_named) {
        members.insert("backchannel_token_delivery_mode".to_owned(), json!(mode.name()));
    }
    members.extend(encrypted);
    let client = Client { sector, is_open: method.is_open, ..Client::new(&settings) };
    Ok(Accepted { client, members })
}

/// How a client is to authenticate.
#[derive(Clone, Copy)]
struct Method {
    known: ClientAuthMethod,
    name: &'static str,
    /// Whether it need not.
    is_open: bool,
}

impl Method {
    fn of(asked: &Asked, faults: FaultSet) -> Result<Self, OauthError> {
        let known: Option<ClientAuthMethod> = match asked.text("token_endpoint_auth_method")?.as_deref() {
            Some("none") => {
                let is_open = faults.has(Fault::PublicClientAcknowledged);
                if !is_open && !faults.has(Fault::PublicClientRegistered) {
                    return Err(invalid("a client with CIBA has to authenticate"));
                }
                return Ok(Self { known: ClientAuthMethod::ClientSecretBasic, name: "none", is_open });
            }
            _ => asked.word("token_endpoint_auth_method")?,
        };
        let known = known.unwrap_or_default();
        Ok(Self { known, name: known.name(), is_open: false })
    }
}

/// The members that have a place in the settings of a client.
fn read(
    site: &Site,
    asked: &Asked,
    (client_id, client_secret): (String, Secret),
    method: Method,
) -> Result<ClientSettings, OauthError> {
    let grant_types = asked.texts("grant_types")?;
    let grant_types = grant_types.ok_or_else(|| invalid("grant_types is missing; code is not offered"))?;
    let scope = asked.text("scope")?.unwrap_or_default();
    let offered = |scope: &&str| {
        let mut clients = site.workspace.clients.values();
        *scope != "openid" && clients.any(|client| client.scopes.iter().any(|known| known == scope))
    };
    let further = scope.split(' ').filter(offered).map(str::to_owned);
    Ok(ClientSettings {
        client_name: asked.text("client_name")?.unwrap_or_else(|| client_id.clone()),
        grant_types,
        scopes: std::iter::once("openid".to_owned()).chain(further).collect(),
        token_delivery_mode: asked.word("backchannel_token_delivery_mode")?,
        client_notification_endpoint: asked.text("backchannel_client_notification_endpoint")?,
        user_code_parameter: asked.flag("backchannel_user_code_parameter")?,
        token_endpoint_auth_method: method.known,
        token_endpoint_auth_signing_alg: asked.word("token_endpoint_auth_signing_alg")?,
        backchannel_authentication_request_signing_alg: asked
            .word("backchannel_authentication_request_signing_alg")?,
        jwks: asked.keys()?,
        tls_client_auth_subject_dn: asked.text("tls_client_auth_subject_dn")?,
        tls_client_auth_san_dns: asked.text("tls_client_auth_san_dns")?,
        tls_client_certificate_bound_access_tokens: asked
            .flag("tls_client_certificate_bound_access_tokens")?,
        ..ClientSettings::poll(client_id, client_secret)
    })
}

fn redirects(asked: &Asked) -> Result<(), OauthError> {
    for url in asked.texts("redirect_uris")?.unwrap_or_default() {
        if address::look(&url).is_err() || url.contains('#') {
            let reason = "a redirect URI is an HTTPS URL of a client's without fragment";
            return Err(OauthError::new("invalid_redirect_uri", reason));
        }
    }
    Ok(())
}

fn grants(site: &Site, settings: &ClientSettings) -> Result<(), OauthError> {
    let known = |grant: &String| match grant.as_str() {
        CIBA_GRANT => site.workspace.ciba,
        _ => grant == crate::settings::CLIENT_CREDENTIALS_GRANT && site.workspace.client_credentials,
    };
    match settings.grant_types.iter().all(known) {
        true => Ok(()),
        false => Err(invalid("grant_types holds one that is not offered")),
    }
}

/// A client with CIBA names its delivery mode, and it is one that is offered.
fn delivery(site: &Site, settings: &mut ClientSettings) -> Result<(), OauthError> {
    if !crate::settings::has_ciba(&settings.grant_types) {
        settings.token_delivery_mode = None;
        return Ok(());
    }
    match settings.token_delivery_mode {
        None if site.workspace.faults.has(Fault::RegistrationModeOptional) => {
            settings.token_delivery_mode = Some(DeliveryMode::Poll);
            Ok(())
        }
        None => Err(invalid("backchannel_token_delivery_mode is missing")),
        Some(mode) if site.workspace.delivery_modes.contains(&mode) => Ok(()),
        Some(_) => Err(invalid("the delivery mode is not offered")),
    }
}

/// Whoever is notified says where, and that place is the client's.
fn notified(settings: &ClientSettings, occasion: Occasion, faults: FaultSet) -> Result<(), OauthError> {
    let needed = matches!(settings.token_delivery_mode, Some(DeliveryMode::Ping | DeliveryMode::Push));
    let Some(endpoint) = &settings.client_notification_endpoint else {
        return match needed && !faults.has(Fault::RegistrationEndpointOptional) {
            true => Err(invalid("backchannel_client_notification_endpoint is missing")),
            false => Ok(()),
        };
    };
    let overlooked = |objection| match (objection, occasion) {
        (Objection::NoUrl, _) => false,
        (Objection::PlainHttp, Occasion::Registration) => faults.has(Fault::RegistrationPlainHttp),
        (Objection::PlainHttp, Occasion::Update) => faults.has(Fault::UpdatePlainHttp),
        (Objection::Internal, _) => faults.has(Fault::RegistrationInternalEndpoint),
    };
    match address::look(endpoint) {
        Err(objection) if !overlooked(objection) => {
            Err(invalid("backchannel_client_notification_endpoint is no HTTPS URL of a client's"))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn user_codes(site: &Site, settings: &ClientSettings) -> Result<(), OauthError> {
    match settings.user_code_parameter && site.workspace.user_codes.is_none() {
        true => Err(invalid("user codes are not offered")),
        false => Ok(()),
    }
}

fn id_token(site: &Site, asked: &Asked) -> Result<(), OauthError> {
    let signed = asked.text("id_token_signed_response_alg")?;
    match signed.is_some_and(|alg| alg != site.workspace.signing_key.alg_name()) {
        true => Err(invalid("ID tokens are not signed by that algorithm")),
        false => Ok(()),
    }
}

/// What is to be encrypted: nothing, but for a fault.
fn encryptions(asked: &Asked, faults: FaultSet) -> Result<Map<String, Value>, OauthError> {
    let members = asked.of(&ENCRYPTIONS);
    if members.is_empty() {
        return Ok(members);
    }
    match members.values().all(|alg| alg == RSA1_5) && faults.has(Fault::Rsa15Registered) {
        true => Ok(members),
        false => Err(invalid("nothing is encrypted here")),
    }
}

/// The keys of the client: those that it sent, or those at its `jwks_uri`, which is read once.
async fn keys(site: &Site, asked: &Asked, settings: &mut ClientSettings) -> Result<(), OauthError> {
    let url = asked.text("jwks_uri")?;
    if let Some(url) = &url {
        if asked.has("jwks") {
            return Err(invalid("jwks and jwks_uri exclude each other"));
        }
        address::look(url).map_err(|_| invalid("jwks_uri is no HTTPS URL of a client's"))?;
        match document::keys(&site.provider.outgoing, url).await {
            Some(keys) => settings.jwks = keys,
            None if site.workspace.faults.has(Fault::PairwiseKeysUnread) => {}
            None => return Err(invalid("jwks_uri leads to no key set")),
        }
    }
    if settings.backchannel_authentication_request_signing_alg == Some(JwsAlg::Hs256) {
        return Err(invalid("requests are signed asymmetrically"));
    }
    let problems = credential_problems(settings);
    // What is found at a jwks_uri was looked at above.
    let left = |field: &str| url.is_none() || !field.ends_with("jwks");
    match problems.into_iter().find(|problem| left(&problem.field)) {
        Some(problem) => {
            Err(invalid(format!("{} cannot be as it is", problem.field.trim_start_matches('.'))))
        }
        None => Ok(()),
    }
}
