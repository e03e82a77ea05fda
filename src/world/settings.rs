use super::bank::introduce_third_parties;
use super::in_process::BEGINNING;
use super::known_client::OwnKeys;
use super::{KnownClient, WorldError};
use crate::ciba::{DeliveryMode, Secret};
use crate::jose::{GeneratedKey, SigningAlgorithm};
use crate::target::{HintTokens, UserCodes};
use crate::tls::{Identity, TestAuthority};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mock_auth_service::{DecisionPlan, Limits};
use reference_op::{
    AuthenticationServiceSettings, ClientAuthMethod, ClientSettings, FaultSet, HintIssuerSettings, JwsAlg,
    RegistrationSettings, Settings, WorkspaceSettings,
};
use std::sync::{Arc, OnceLock};
use url::Url;

/// Randomness of a secret that is made here, in bytes.
const SECRET_BYTES: usize = 24;
/// The grant of a client that is not registered for CIBA (RFC 6749, 4.4).
const CLIENT_CREDENTIALS: &str = "client_credentials";
/// The user name with which the OP authenticates at the mock authentication service.
const BASIC_USER: &str = "embedded-op";

/// The client that authenticates by its certificate.
const CERTIFICATE_CLIENT: &str = "certificate-client";

/// Who signs login hint tokens in a world.
const HINT_ISSUER: &str = "https://hints.localhost";
/// Lifetime of ID tokens in seconds: short, so that one that is over can be had soon.
const ID_TOKEN_EXPIRES_IN: u64 = 15;

/// What a world is to be like. The default keeps the standard and approves everything at once.
#[derive(Debug, Clone)]
pub struct WorldSettings {
    /// The OP's settings. Flows go to the first workspace. Where it has no authentication service it gets the mock
    /// one, and where it has no clients it gets two for poll and two for ping, with random secrets: one of each
    /// authenticates with `client_secret_basic`, the other with `client_secret_post`. A fifth one is registered for user
    /// codes, and a sixth one not for CIBA. Two more for poll have a key for PS256: one authenticates by `private_key_jwt`,
    /// the other signs its requests. One more for poll authenticates by a certificate, where connections carry some. A client
    /// for ping or push without an endpoint gets the world's. Where the workspace supports push, it gets a client for that as well, and
    /// another with a certificate where connections carry some.
    /// Where it trusts no issuer of login hint tokens, it gets one.
    pub op: Settings,
    /// What the OP does wrong.
    pub faults: FaultSet,
    /// What the users decide.
    pub plan: DecisionPlan,
}

impl Default for WorldSettings {
    fn default() -> Self {
        WorldSettings {
            op: Settings::new(vec![WorkspaceSettings {
                id_token_expires_in: ID_TOKEN_EXPIRES_IN,
                ..WorkspaceSettings::new("ciba")
            }]),
            faults: FaultSet::NONE,
            plan: DecisionPlan::default(),
        }
    }
}

impl WorldSettings {
    /// Has the first workspace offer push, too, which the default does not (FAPI-CIBA forbids it).
    #[must_use]
    pub fn offering_push(mut self) -> Self {
        if let Some(workspace) = self.op.workspaces.first_mut() {
            workspace.token_delivery_modes_supported.push(reference_op::DeliveryMode::Push);
        }
        self
    }

    /// Lets clients register themselves at the first workspace, without showing anything, which the default does not.
    #[must_use]
    pub fn open_for_registration(mut self) -> Self {
        if let Some(workspace) = self.op.workspaces.first_mut() {
            workspace.registration = Some(RegistrationSettings::default());
        }
        self
    }

    /// Gives each of these users a code of their own.
    pub fn give_user_codes(&mut self, users: impl IntoIterator<Item = String>) {
        if let Some(workspace) = self.op.workspaces.first_mut() {
            let codes = users.into_iter().map(|user| (user, random_secret().into()));
            workspace.user_codes.extend(codes);
        }
    }
}

/// Settings in which every party knows the others.
pub(super) struct Acquainted {
    pub(super) op: Settings,
    /// Identifier of the first workspace.
    pub(super) workspace: String,
    pub(super) clients: Vec<KnownClient>,
    pub(super) user_code_client: Option<KnownClient>,
    pub(super) unregistered_client: Option<KnownClient>,
    /// What makes login hint tokens that the OP takes; their audience is still open. Absent where the settings name others.
    hint_tokens: Option<HintTokens>,
    pub(super) user_codes: UserCodes,
    pub(super) basic_user: String,
    pub(super) basic_password: String,
}

impl Acquainted {
    /// Fills in what only becomes known when the parties have their addresses. Where connections carry no certificates, the
    /// client that authenticates by one is not among the clients.
    pub(super) fn new(
        mut op: Settings,
        auth_service_url: &str,
        notification_url: &str,
        certificates: bool,
    ) -> Result<Self, WorldError> {
        let Some(workspace) = op.workspaces.first_mut() else {
            return Err(WorldError::Workspace("is missing; flows need a workspace".to_owned()));
        };
        let service =
            workspace.authentication_service.get_or_insert_with(|| AuthenticationServiceSettings::External {
                url: auth_service_url.to_owned(),
                user: BASIC_USER.to_owned(),
                password: random_secret().into(),
            });
        let (basic_user, basic_password) = match service {
            AuthenticationServiceSettings::External { user, password, .. } => {
                (user.clone(), password.expose().to_owned())
            }
            AuthenticationServiceSettings::Simulator => (BASIC_USER.to_owned(), random_secret()),
        };
        let made = match workspace.clients.is_empty() {
            true => {
                let (key, certificate) = (client_key()?, certificates.then(client_certificate).transpose()?);
                workspace.clients = clients(notification_url, key);
                if workspace.token_delivery_modes_supported.contains(&reference_op::DeliveryMode::Push) {
                    workspace.clients.extend(push_clients(notification_url, certificates));
                }
                introduce_third_parties(workspace, notification_url, &key.public_jwk);
                let authority = certificate.map(|certificate| certificate.authority.clone());
                workspace.client_certificate_authorities.extend(authority);
                workspace.user_code_parameter_supported = true;
                workspace.user_code.get_or_insert_with(|| random_secret().into());
                OwnKeys { key: Some(&key.signing_key), identity: certificate.map(|own| &own.identity) }
            }
            false => OwnKeys::default(),
        };
        for client in &mut workspace.clients {
            let mode = client.token_delivery_mode;
            if mode.is_some_and(|mode| mode != reference_op::DeliveryMode::Poll) {
                client.client_notification_endpoint.get_or_insert_with(|| notification_url.to_owned());
            }
        }
        let hint_tokens = match workspace.login_hint_token_issuers.is_empty() {
            true => Some(introduce_hint_issuer(workspace)?),
            false => None,
        };
        let user_codes = user_codes(workspace);
        let clients: Vec<_> =
            workspace.clients.iter().filter_map(|settings| KnownClient::of(settings, made)).collect();
        let user_code_client = workspace.clients.iter().find_map(KnownClient::with_user_code);
        let unregistered_client = workspace.clients.iter().find_map(KnownClient::without_ciba);
        let workspace = workspace.id.clone();
        Ok(Acquainted {
            op,
            workspace,
            clients,
            user_code_client,
            unregistered_client,
            hint_tokens,
            user_codes,
            basic_user,
            basic_password,
        })
    }

    /// The issuer of the first workspace.
    pub(super) fn issuer(&self, op: &reference_op::ReferenceOp) -> Result<Url, WorldError> {
        let issuer = op.issuer(&self.workspace).unwrap_or_default();
        Url::parse(&issuer).map_err(|error| WorldError::Workspace(format!("has issuer {issuer:?}: {error}")))
    }

    /// What makes login hint tokens for this issuer.
    pub(super) fn hint_tokens(&self, issuer: &Url) -> Option<HintTokens> {
        Some(HintTokens { audience: issuer.as_str().to_owned(), ..self.hint_tokens.clone()? })
    }

    /// The settings of the authentication service, with the client that the OP made for it.
    pub(super) fn auth_service(
        &self,
        op: &reference_op::ReferenceOp,
        plan: DecisionPlan,
    ) -> Result<mock_auth_service::Settings, WorldError> {
        let client = op.authentication_service_client(&self.workspace).ok_or_else(|| {
            WorldError::Workspace("does not allow the CIBA grant; flows need it".to_owned())
        })?;
        Ok(mock_auth_service::Settings {
            basic_user: self.basic_user.clone(),
            basic_password: mock_auth_service::Secret::new(self.basic_password.clone()),
            system: mock_auth_service::SystemClient {
                client_id: client.client_id.clone(),
                client_secret: mock_auth_service::Secret::new(client.client_secret.expose()),
                token_endpoint: client.token_endpoint.clone(),
                api_base: None,
            },
            plan,
            open_banking: mock_auth_service::OpenBanking::default(),
            limits: Limits::default(),
        })
    }
}

/// The first client of a delivery mode.
pub(super) fn first(clients: &[KnownClient], mode: DeliveryMode) -> Option<&KnownClient> {
    clients.iter().find(|client| client.delivery_mode == mode)
}

fn clients(notification_url: &str, key: &GeneratedKey) -> Vec<ClientSettings> {
    let post = |client: ClientSettings| ClientSettings {
        token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost,
        ..client
    };
    vec![
        ClientSettings::poll("poll-client", random_secret()),
        ClientSettings::ping("ping-client", random_secret(), notification_url),
        post(ClientSettings::poll("second-poll-client", random_secret())),
        post(ClientSettings::ping("second-ping-client", random_secret(), notification_url)),
        ClientSettings {
            user_code_parameter: true,
            ..ClientSettings::poll("user-code-client", random_secret())
        },
        unregistered_client(),
        ClientSettings {
            token_endpoint_auth_method: ClientAuthMethod::PrivateKeyJwt,
            token_endpoint_auth_signing_alg: Some(JwsAlg::Ps256),
            jwks: vec![key.public_jwk.clone()],
            ..ClientSettings::poll("assertion-client", "")
        },
        ClientSettings {
            backchannel_authentication_request_signing_alg: Some(JwsAlg::Ps256),
            binding_message_required: true,
            jwks: vec![key.public_jwk.clone()],
            ..ClientSettings::poll("signing-client", random_secret())
        },
        ClientSettings {
            token_endpoint_auth_method: ClientAuthMethod::TlsClientAuth,
            tls_client_auth_san_dns: Some(CERTIFICATE_CLIENT.to_owned()),
            tls_client_certificate_bound_access_tokens: true,
            ..ClientSettings::poll(CERTIFICATE_CLIENT, "")
        },
    ]
}

/// One with a secret; where connections carry certificates, another that authenticates by the same one as
/// [`CERTIFICATE_CLIENT`].
fn push_clients(notification_url: &str, certificates: bool) -> impl Iterator<Item = ClientSettings> {
    let certified = certificates.then(|| ClientSettings {
        token_endpoint_auth_method: ClientAuthMethod::TlsClientAuth,
        tls_client_auth_san_dns: Some(CERTIFICATE_CLIENT.to_owned()),
        tls_client_certificate_bound_access_tokens: true,
        ..ClientSettings::push("certificate-push-client", "", notification_url)
    });
    [ClientSettings::push("push-client", random_secret(), notification_url)].into_iter().chain(certified)
}

/// The key of the clients that sign; made once per process, since RSA keys take a moment.
fn client_key() -> Result<&'static GeneratedKey, WorldError> {
    static KEY: OnceLock<GeneratedKey> = OnceLock::new();
    if let Some(key) = KEY.get() {
        return Ok(key);
    }
    let made = GeneratedKey::make(SigningAlgorithm::Ps256, "embedded-client")?;
    Ok(KEY.get_or_init(|| made))
}

/// A certificate, and the authority that has issued it.
struct Certified {
    authority: String,
    identity: Arc<Identity>,
}

/// The certificate of the client that authenticates by one; made once per process.
fn client_certificate() -> Result<&'static Certified, WorldError> {
    static MADE: OnceLock<Certified> = OnceLock::new();
    if let Some(made) = MADE.get() {
        return Ok(made);
    }
    let authority = TestAuthority::make(BEGINNING)?;
    let identity = Arc::new(authority.client(CERTIFICATE_CLIENT)?.identity()?);
    Ok(MADE.get_or_init(|| Certified { authority: authority.certificate().to_owned(), identity }))
}

/// Has the workspace trust an issuer of login hint tokens, and gives what makes them.
fn introduce_hint_issuer(workspace: &mut WorkspaceSettings) -> Result<HintTokens, WorldError> {
    let (tokens, made) = HintTokens::generated(HINT_ISSUER, "")?;
    let issuer = HintIssuerSettings { issuer: HINT_ISSUER.to_owned(), jwk: made.public_jwk };
    workspace.login_hint_token_issuers.push(issuer);
    Ok(tokens)
}

fn user_codes(workspace: &WorkspaceSettings) -> UserCodes {
    let code = |code: &reference_op::Secret| Secret::new(code.expose().to_owned());
    UserCodes {
        shared: workspace.user_code.as_ref().map(code),
        own: workspace.user_codes.iter().map(|(user, own)| (user.clone(), code(own))).collect(),
    }
}

/// A client that may do other things, but not CIBA.
fn unregistered_client() -> ClientSettings {
    ClientSettings {
        grant_types: vec![CLIENT_CREDENTIALS.to_owned()],
        token_delivery_mode: None,
        ..ClientSettings::poll("client-without-ciba", random_secret())
    }
}

pub(super) fn random_secret() -> String {
    let mut bytes = [0; SECRET_BYTES];
    // Fails only if the operating system has no randomness, and then TLS and signing keys have none either.
    aws_lc_rs::rand::fill(&mut bytes).expect("the random generator is seeded");
    URL_SAFE_NO_PAD.encode(bytes)
}
