//! What runs beside a server of somebody else's: the authentication service and the notification endpoint that it calls.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use mock_auth_service::{AuthService, ConsentPaths, DecisionPlan, Limits, Observer, Settings};
use url::Url;

use super::failure::Failure;
use crate::clock::Clock;
use crate::notification::{NotificationSink, Receiver};
use crate::target::file::{AuthenticationService, EmbeddedService, SystemPath, TargetFile};
use crate::world::{AuthServiceServer, NotificationServer, Runtime, WorldError};

/// Threads of the authentication service and the notification endpoint together.
const THREADS: usize = 1;

/// The instruments, running.
pub struct Instruments {
    auth_service: Option<AuthServiceServer>,
    notifications: Option<NotificationServer>,
    // Last, so that the servers are told to stop first.
    _runtime: Runtime,
}

/// How instruments are started.
pub struct InstrumentSettings {
    /// Whether the server is going to send pings.
    pub pings: bool,
    /// What the users decide.
    pub plan: DecisionPlan,
    /// Is told what the authentication service sees.
    pub observer: Arc<dyn Observer>,
    /// Is told what is notified.
    pub sink: Arc<dyn NotificationSink>,
}

impl Instruments {
    /// Starts those that the target file asks for.
    pub fn start(target: &TargetFile, settings: InstrumentSettings, clock: Clock) -> Result<Self, Failure> {
        Self::try_start(target, settings, clock).map_err(failure)
    }

    fn try_start(
        target: &TargetFile,
        settings: InstrumentSettings,
        clock: Clock,
    ) -> Result<Self, WorldError> {
        let InstrumentSettings { pings, plan, observer, sink } = settings;
        let runtime = Runtime::start("instruments", THREADS)?;
        let notifications = if pings {
            let listener = runtime.bind(target.notification.listen)?;
            Some(NotificationServer::start(&runtime, listener, &target.notification.path, clock, sink))
        } else {
            None
        };
        let auth_service = match &target.authentication_service {
            AuthenticationService::Embedded(service) => {
                let listener = runtime.bind(service.listen)?;
                let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                let management = runtime.bind(any_port)?;
                let paths = consent_paths(target);
                let settings = settings_of(service, plan, paths);
                Some(AuthServiceServer::start(&runtime, listener, management, settings, observer)?)
            }
            AuthenticationService::None => None,
        };
        Ok(Instruments { auth_service, notifications, _runtime: runtime })
    }

    /// The authentication service, where it is ours.
    pub fn auth_service(&self) -> Option<&AuthService> {
        self.auth_service.as_ref().map(AuthServiceServer::service)
    }

    /// The notification endpoint, where pings are expected.
    pub fn receiver(&self) -> Option<&Receiver> {
        self.notifications.as_ref().map(NotificationServer::receiver)
    }

    /// Where the notification endpoint is called, as the server sees it.
    pub fn notification_url(&self, target: &TargetFile) -> Option<Url> {
        let server = self.notifications.as_ref()?;
        let base = match &target.notification.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", server.address()),
        };
        Url::parse(&format!("{base}{}", target.notification.path)).ok()
    }

    /// Where the authentication service listens.
    pub fn auth_service_address(&self) -> Option<SocketAddr> {
        self.auth_service.as_ref().map(AuthServiceServer::address)
    }

    /// Where the notification endpoint listens.
    pub fn notification_address(&self) -> Option<SocketAddr> {
        self.notifications.as_ref().map(NotificationServer::address)
    }

    /// Ends them in order, within bounds.
    pub async fn close(&self) {
        if let Some(server) = &self.auth_service {
            server.close().await;
        }
        if let Some(server) = &self.notifications {
            server.close().await;
        }
    }
}

fn consent_paths(target: &TargetFile) -> ConsentPaths {
    match target.open_banking.as_ref().map(|entry| entry.system_path) {
        Some(SystemPath::Api) => ConsentPaths::Legacy,
        Some(SystemPath::System) | None => ConsentPaths::Current,
    }
}

fn settings_of(service: &EmbeddedService, plan: DecisionPlan, paths: ConsentPaths) -> Settings {
    let secret = |text: &str| mock_auth_service::Secret::new(text);
    Settings {
        basic_user: service.username.clone(),
        basic_password: secret(service.password.value.expose()),
        system: mock_auth_service::SystemClient {
            client_id: service.system.client_id.clone(),
            client_secret: secret(service.system.client_secret.value.expose()),
            token_endpoint: service.system.token_endpoint.to_string(),
            api_base: service.api_base.as_ref().map(ToString::to_string),
        },
        plan,
        open_banking: mock_auth_service::OpenBanking { paths, ..Default::default() },
        limits: Limits::default(),
    }
}

/// What is wrong with addresses and settings stands in the target file.
fn failure(error: WorldError) -> Failure {
    match error {
        WorldError::Bind { .. } | WorldError::AuthService(_) => Failure::usage(error),
        WorldError::Threads { .. }
        | WorldError::Op(_)
        | WorldError::Workspace(_)
        | WorldError::ClientKey(_)
        | WorldError::Transport(_) => Failure::internal(error),
    }
}
