use super::{KnownClient, WorldError};
use crate::ciba::DeliveryMode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mock_auth_service::{DecisionPlan, Limits};
use reference_op::{
    AuthenticationServiceSettings, ClientAuthMethod, ClientSettings, FaultSet, Settings, WorkspaceSettings,
};
use url::Url;

/// Randomness of a secret that is made here, in bytes.
const SECRET_BYTES: usize = 24;
/// The grant of a client that is not registered for CIBA (RFC 6749, 4.4).
const CLIENT_CREDENTIALS: &str = "client_credentials";
/// The user name with which the OP authenticates at the mock authentication service.
const BASIC_USER: &str = "embedded-op";

/// What a world is to be like. The default keeps the standard and approves everything at once.
#[derive(Debug, Clone)]
pub struct WorldSettings {
    /// The OP's settings. Flows go to the first workspace. Where it has no authentication service it gets the mock
    /// one, and where it has no clients it gets two for poll and two for ping, with random secrets: one of each
    /// authenticates with `client_secret_basic`, the other with `client_secret_post`. A fifth one is not registered for
    /// CIBA.
    pub op: Settings,
    /// What the OP does wrong.
    pub faults: FaultSet,
    /// What the users decide.
    pub plan: DecisionPlan,
}

impl Default for WorldSettings {
    fn default() -> Self {
        WorldSettings {
            op: Settings::new(vec![WorkspaceSettings::new("ciba")]),
            faults: FaultSet::NONE,
            plan: DecisionPlan::default(),
        }
    }
}

/// Settings in which every party knows the others.
pub(super) struct Acquainted {
    pub(super) op: Settings,
    /// Identifier of the first workspace.
    pub(super) workspace: String,
    pub(super) clients: Vec<KnownClient>,
    pub(super) unregistered_client: Option<KnownClient>,
    pub(super) basic_user: String,
    pub(super) basic_password: String,
}

impl Acquainted {
    /// Fills in what only becomes known when the parties have their addresses.
    pub(super) fn new(
        mut op: Settings,
        auth_service_url: &str,
        notification_url: &str,
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
        if workspace.clients.is_empty() {
            workspace.clients = clients(notification_url);
        }
        let clients: Vec<_> = workspace.clients.iter().filter_map(KnownClient::of).collect();
        let unregistered_client = workspace.clients.iter().find_map(KnownClient::without_ciba);
        let workspace = workspace.id.clone();
        Ok(Acquainted { op, workspace, clients, unregistered_client, basic_user, basic_password })
    }

    /// The issuer of the first workspace.
    pub(super) fn issuer(&self, op: &reference_op::ReferenceOp) -> Result<Url, WorldError> {
        let issuer = op.issuer(&self.workspace).unwrap_or_default();
        Url::parse(&issuer).map_err(|error| WorldError::Workspace(format!("has issuer {issuer:?}: {error}")))
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
            limits: Limits::default(),
        })
    }
}

/// The first client of a delivery mode.
pub(super) fn first(clients: &[KnownClient], mode: DeliveryMode) -> Option<&KnownClient> {
    clients.iter().find(|client| client.delivery_mode == mode)
}

fn clients(notification_url: &str) -> Vec<ClientSettings> {
    let post = |client: ClientSettings| ClientSettings {
        token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost,
        ..client
    };
    vec![
        ClientSettings::poll("poll-client", random_secret()),
        ClientSettings::ping("ping-client", random_secret(), notification_url),
        post(ClientSettings::poll("second-poll-client", random_secret())),
        post(ClientSettings::ping("second-ping-client", random_secret(), notification_url)),
        unregistered_client(),
    ]
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
