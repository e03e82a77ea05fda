//! The settings of an OP that is served by itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reference_op::{
    AuthenticationServiceSettings, ClientAuthMethod, ClientSettings, DeliveryMode, HintIssuerSettings,
    JwsAlg, RegistrationSettings, Settings, SigningAlg,
};

use crate::cli::failure::Failure;
use crate::cli::input;
use crate::cli::secrets::random_text;
use crate::clock::Clock;
use crate::jose::{GeneratedKey, SigningAlgorithm};
use crate::target::file::ServerUrl;
use crate::target::{ClientAuthentication, HintTokens};
use crate::tls::{Issued, TestAuthority};

/// The user name with which the OP authenticates at the authentication service.
const BASIC_USER: &str = "embedded-op";

/// Who signs the login hint tokens that the OP takes.
const HINT_ISSUER: &str = "https://hints.localhost";
/// Lifetime of ID tokens in seconds: short, so that checks need not wait long for one that is over.
const ID_TOKEN_EXPIRES_IN: u64 = 15;

/// Settings, and the keys that were made for them.
pub struct OpSettings {
    /// The settings.
    pub settings: Settings,
    /// The keys.
    pub keys: OpKeys,
}

/// Private keys whose public halves are in settings, as far as they were made here.
#[derive(Default)]
pub struct OpKeys {
    /// Of the clients that sign.
    pub clients: Option<GeneratedKey>,
    /// Of whoever makes login hint tokens.
    pub hints: Option<HintKey>,
    /// The certificates of clients, by `client_id`.
    pub certificates: BTreeMap<String, Issued>,
}

/// A key that signs login hint tokens.
pub struct HintKey {
    /// Whose it is.
    pub issuer: String,
    /// The key.
    pub key: GeneratedKey,
}

/// Settings without a file: one workspace, clients for poll and ping that authenticate by `method`, a second one, one with user
/// codes, one without CIBA, one that authenticates by a key and one that signs its requests with it, an issuer of login hint
/// tokens; all secrets random.
pub fn embedded(
    auth_service_url: &ServerUrl,
    notify_url: &ServerUrl,
    method: ClientAuthentication,
    push: bool,
    authority: Option<&TestAuthority>,
) -> Result<OpSettings, Failure> {
    let key = GeneratedKey::make(SigningAlgorithm::Ps256, "embedded-client").map_err(Failure::internal)?;
    let service = AuthenticationServiceSettings::External {
        url: auth_service_url.as_str().to_owned(),
        user: BASIC_USER.to_owned(),
        password: random_text().into(),
    };
    let second = ClientSettings {
        token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost,
        ..ClientSettings::poll("second-client", random_text())
    };
    let signs = |client: ClientSettings| ClientSettings { jwks: vec![key.public_jwk.clone()], ..client };
    let by_key = |client: ClientSettings| ClientSettings {
        client_secret: "".into(),
        token_endpoint_auth_method: ClientAuthMethod::PrivateKeyJwt,
        token_endpoint_auth_signing_alg: Some(JwsAlg::Ps256),
        ..signs(client)
    };
    let by_method = |client: ClientSettings| match method {
        ClientAuthentication::ClientSecretBasic => client,
        ClientAuthentication::ClientSecretPost => {
            ClientSettings { token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost, ..client }
        }
        ClientAuthentication::ClientSecretJwt => {
            ClientSettings { token_endpoint_auth_method: ClientAuthMethod::ClientSecretJwt, ..client }
        }
        ClientAuthentication::PrivateKeyJwt => by_key(client),
        // The certificate follows, where there is an authority for it.
        ClientAuthentication::TlsClientAuth => {
            ClientSettings { token_endpoint_auth_method: ClientAuthMethod::TlsClientAuth, ..client }
        }
        ClientAuthentication::SelfSignedTlsClientAuth => {
            ClientSettings { token_endpoint_auth_method: ClientAuthMethod::SelfSignedTlsClientAuth, ..client }
        }
    };
    let certified = ClientSettings {
        token_endpoint_auth_method: ClientAuthMethod::TlsClientAuth,
        ..ClientSettings::poll("certificate-client", "")
    };
    let mut clients = vec![
        by_method(ClientSettings::poll("poll-client", random_text())),
        by_method(ClientSettings::ping("ping-client", random_text(), notify_url.as_str())),
        second,
        ClientSettings {
            user_code_parameter: true,
            ..ClientSettings::poll("user-code-client", random_text())
        },
        ClientSettings {
            grant_types: vec!["client_credentials".to_owned()],
            token_delivery_mode: None,
            ..ClientSettings::poll("client-without-ciba", random_text())
        },
        by_key(ClientSettings::poll("assertion-client", random_text())),
        ClientSettings {
            backchannel_authentication_request_signing_alg: Some(JwsAlg::Ps256),
            binding_message_required: true,
            ..signs(ClientSettings::poll("signing-client", random_text()))
        },
    ];
    clients.extend(authority.map(|_| certified));
    let (_, hint_key) = HintTokens::generated(HINT_ISSUER, "").map_err(Failure::internal)?;
    let mut settings = Settings::embedded(service, clients);
    for workspace in &mut settings.workspaces {
        let issuer = HintIssuerSettings { issuer: HINT_ISSUER.to_owned(), jwk: hint_key.public_jwk.clone() };
        workspace.login_hint_token_issuers.push(issuer);
        workspace.id_token_expires_in = ID_TOKEN_EXPIRES_IN;
        workspace.user_code_parameter_supported = true;
        workspace.user_code = Some(random_text().into());
        if push {
            workspace.token_delivery_modes_supported.push(DeliveryMode::Push);
            let client = ClientSettings::push("push-client", random_text(), notify_url.as_str());
            workspace.clients.push(by_method(client));
        }
    }
    let hints = HintKey { issuer: HINT_ISSUER.to_owned(), key: hint_key };
    let keys = OpKeys { clients: Some(key), hints: Some(hints), ..OpKeys::default() };
    let mut made = OpSettings { settings, keys };
    certify(&mut made, authority)?;
    Ok(made)
}

/// The same as FAPI-CIBA wants it (5.2.2): every client authenticates by a certificate or a key, signs its requests by PS256
/// with a binding message, and gets tokens that are bound to its certificate.
pub fn fapi(
    auth_service_url: &ServerUrl,
    notify_url: &ServerUrl,
    authority: &TestAuthority,
) -> Result<OpSettings, Failure> {
    let method = ClientAuthentication::TlsClientAuth;
    let mut made = embedded(auth_service_url, notify_url, method, false, None)?;
    let jwks: Vec<_> = made.keys.clients.iter().map(|key| key.public_jwk.clone()).collect();
    for workspace in &mut made.settings.workspaces {
        workspace.id_token_signing_alg = SigningAlg::Ps256;
        workspace.clients.retain(|client| client.client_id != "signing-client");
        for client in &mut workspace.clients {
            if client.token_endpoint_auth_method != ClientAuthMethod::PrivateKeyJwt {
                client.token_endpoint_auth_method = ClientAuthMethod::TlsClientAuth;
            }
            client.client_secret = "".into();
            client.jwks.clone_from(&jwks);
            client.backchannel_authentication_request_signing_alg = Some(JwsAlg::Ps256);
            client.binding_message_required = true;
            client.tls_client_certificate_bound_access_tokens = true;
        }
    }
    certify(&mut made, Some(authority))?;
    Ok(made)
}

/// Gives every client that needs one a certificate.
fn certify(made: &mut OpSettings, authority: Option<&TestAuthority>) -> Result<(), Failure> {
    let Some(authority) = authority else { return Ok(()) };
    let clock = Clock::system();
    for workspace in &mut made.settings.workspaces {
        workspace.client_certificate_authorities = vec![authority.certificate().to_owned()];
        for client in &mut workspace.clients {
            let id = client.client_id.clone();
            let issued = match client.token_endpoint_auth_method {
                ClientAuthMethod::TlsClientAuth => {
                    client.tls_client_auth_san_dns = Some(id.clone());
                    authority.client(&id).map_err(Failure::internal)?
                }
                ClientAuthMethod::SelfSignedTlsClientAuth => {
                    let now = clock.wall(clock.now());
                    let issued = TestAuthority::self_signed(&id, now).map_err(Failure::internal)?;
                    client.jwks.push(issued.jwk().map_err(Failure::internal)?);
                    issued
                }
                _ if client.tls_client_certificate_bound_access_tokens => {
                    authority.client(&id).map_err(Failure::internal)?
                }
                ClientAuthMethod::ClientSecretBasic
                | ClientAuthMethod::ClientSecretPost
                | ClientAuthMethod::ClientSecretJwt
                | ClientAuthMethod::PrivateKeyJwt => continue,
            };
            client.tls_client_certificate_bound_access_tokens = true;
            client.client_secret = "".into();
            made.keys.certificates.insert(id, issued);
        }
    }
    Ok(())
}

/// Settings for a person in front of the simulator's page: one workspace, one client that polls, with a random secret.
pub fn simulator() -> OpSettings {
    let client = ClientSettings::poll("simulator-client", random_text());
    let mut settings = Settings::embedded(AuthenticationServiceSettings::Simulator, vec![client]);
    for workspace in &mut settings.workspaces {
        // The SIMULATOR serves poll clients only.
        workspace.token_delivery_modes_supported = vec![DeliveryMode::Poll];
    }
    OpSettings { settings, keys: OpKeys::default() }
}

/// The same OP, at which clients can register that show a token (RFC 7591).
pub fn with_registration(mut made: OpSettings) -> OpSettings {
    for workspace in &mut made.settings.workspaces {
        let initial_access_token = Some(random_text().into());
        workspace.registration = Some(RegistrationSettings { initial_access_token });
    }
    made
}

/// Settings from a file.
pub fn from_file(path: &Path) -> Result<OpSettings, Failure> {
    let text = input::text(path, "the OP's settings", "check the path")?;
    let settings = Settings::from_toml(&text).map_err(|error| {
        let lines = Failure::usage(error).lines().join("\n");
        Failure::usage(format!("{}: {lines}", path.display()))
    })?;
    Ok(OpSettings { settings, keys: OpKeys::default() })
}

/// The same settings with an access log.
pub fn with_access_log(settings: Settings, file: Option<&Path>) -> Settings {
    let access_log_file: Option<PathBuf> = file.map(Path::to_owned).or(settings.access_log_file.clone());
    Settings { access_log_file, ..settings }
}
