//! What runs beside a server of somebody else's: the authentication service and the notification endpoint that it calls.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use mock_auth_service::{
    ApprovalUrlSettings, AuthService, ConsentPaths, DecisionPlan, DenialStatus, DialectSettings, FaultSet,
    KeycloakSettings, Limits, Observer, OpenBanking, ServiceSettings, SystemClient,
};
use url::Url;

use super::failure::Failure;
use crate::clock::Clock;
use crate::notification::{NotificationSink, Receiver};
use crate::target::file::{
    ApprovalMethod, AuthenticationService, Denial, FileIdentity, SystemPath, TargetFile,
};
use crate::tls::ShownCertificate;
use crate::world::{AuthServiceServer, NotificationServer, Runtime, WorldError};

/// Threads of the authentication service and the notification endpoint together.
const THREADS: usize = 1;

/// The instruments, running.
pub struct Instruments {
    auth_service: Option<AuthServiceServer>,
    notifications: Option<NotificationServer>,
    // Last, so that the servers are told to stop first.
    runtime: Runtime,
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
        Self::try_start(target, settings, clock).map_err(|error| failure(error, target))
    }

    fn try_start(
        target: &TargetFile,
        settings: InstrumentSettings,
        clock: Clock,
    ) -> Result<Self, WorldError> {
        let InstrumentSettings { pings, plan, observer, sink } = settings;
        let runtime = Runtime::start("instruments", THREADS)?;
        let notifications = if pings {
            let own = target.notification.identity.as_ref();
            let listener = runtime.bind(target.notification.listen)?;
            let listener = listener.with_tls(own.and_then(FileIdentity::acceptor));
            Some(NotificationServer::start(&runtime, listener, &target.notification.path, clock, sink))
        } else {
            None
        };
        let auth_service = match dialect_of(target) {
            None => None,
            Some(Spoken { dialect, listen }) => {
                let own = target.authentication_service.identity();
                let listener = runtime.bind(listen)?.with_tls(own.and_then(FileIdentity::acceptor));
                let management = runtime.bind(any_loopback_port())?;
                // A person decides what simulated users would.
                let plan = if target.manual {
                    DecisionPlan { shares: DecisionPlan::by_hand().shares, ..plan }
                } else {
                    plan
                };
                let settings = ServiceSettings { dialect, plan, limits: Limits::default() };
                let (listeners, trust) = ([listener, management], target.server_tls());
                let settings = (settings, FaultSet::NONE);
                Some(AuthServiceServer::trusting(&runtime, listeners, settings, observer, trust)?)
            }
        };
        Ok(Instruments { auth_service, notifications, runtime })
    }

    /// Starts a task on their threads.
    pub fn beside(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }

    /// The authentication service, where it is ours.
    pub fn auth_service(&self) -> Option<&AuthService> {
        self.auth_service.as_ref().map(AuthServiceServer::service)
    }

    /// The notification endpoint, where pings are expected.
    pub fn receiver(&self) -> Option<&Receiver> {
        self.notifications.as_ref().map(NotificationServer::receiver)
    }

    /// The certificate that the notification endpoint shows, where it is ours and served over TLS.
    pub fn notification_certificate(&self) -> Option<&ShownCertificate> {
        self.notifications.as_ref().and_then(NotificationServer::certificate)
    }

    /// Where the notification endpoint is called, as the server sees it.
    pub fn notification_url(&self, target: &TargetFile) -> Option<Url> {
        let server = self.notifications.as_ref()?;
        let base = match &target.notification.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => {
                let scheme = if target.notification.identity.is_some() { "https" } else { "http" };
                format!("{scheme}://{}", server.address())
            }
        };
        Url::parse(&format!("{base}{}", target.notification.path)).ok()
    }

    /// Where the authentication service listens.
    pub fn auth_service_address(&self) -> Option<SocketAddr> {
        self.auth_service.as_ref().map(AuthServiceServer::address)
    }

    /// The page on which a person decides, where one is to.
    pub fn page(&self, target: &TargetFile) -> Option<String> {
        let server = self.auth_service.as_ref().filter(|_| target.manual)?;
        Some(format!("http://{}/device", server.management_address()))
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

/// What our authentication service speaks, and where it listens.
pub struct Spoken {
    /// The dialect, with what it needs.
    pub dialect: DialectSettings,
    /// IP address and port.
    pub listen: SocketAddr,
}

/// What the target file wants our authentication service to speak; `None` where it wants none.
pub fn dialect_of(target: &TargetFile) -> Option<Spoken> {
    let secret = |text: &str| mock_auth_service::Secret::new(text);
    Some(match &target.authentication_service {
        AuthenticationService::None => return None,
        AuthenticationService::Embedded(service) => Spoken {
            dialect: DialectSettings::SecureAuth {
                basic_user: service.username.clone(),
                basic_password: secret(service.password.value.expose()),
                system: SystemClient {
                    client_id: service.system.client_id.clone(),
                    client_secret: secret(service.system.client_secret.value.expose()),
                    token_endpoint: service.system.token_endpoint.to_string(),
                    api_base: service.api_base.as_ref().map(ToString::to_string),
                },
                open_banking: OpenBanking { paths: consent_paths(target), ..OpenBanking::default() },
            },
            listen: service.listen,
        },
        AuthenticationService::Keycloak(service) => Spoken {
            dialect: DialectSettings::Keycloak(KeycloakSettings {
                callback: service.callback(&target.issuer),
                denial: match service.denial {
                    Denial::Unauthorized => DenialStatus::Unauthorized,
                    Denial::Cancelled => DenialStatus::Cancelled,
                },
            }),
            listen: service.listen,
        },
        // Nobody calls it, but a person may look at its page.
        AuthenticationService::ApprovalUrl(service) => Spoken {
            dialect: DialectSettings::ApprovalUrl(ApprovalUrlSettings {
                template: secret(service.url.value.expose()),
                by_get: service.method == ApprovalMethod::Get,
                approve: service.approve.clone(),
                deny: service.deny.clone(),
            }),
            listen: any_loopback_port(),
        },
    })
}

fn any_loopback_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// What is wrong with addresses and settings stands in the target file.
fn failure(error: WorldError, target: &TargetFile) -> Failure {
    match error {
        WorldError::Bind { address, .. } => {
            let service = dialect_of(target).map(|spoken| spoken.listen);
            let keys: Vec<&str> = [
                ("notification.listen", Some(target.notification.listen)),
                ("authentication_service.listen", service),
            ]
            .into_iter()
            .filter_map(|(key, listen)| (listen == Some(address)).then_some(key))
            .collect();
            Failure::usage(format!("{} of the target file: {error}", keys.join(" and ")))
        }
        WorldError::AuthService(_) => Failure::usage(error),
        WorldError::Threads { .. }
        | WorldError::Op(_)
        | WorldError::Workspace(_)
        | WorldError::ClientKey(_)
        | WorldError::Authority(_)
        | WorldError::Identity(_)
        | WorldError::Transport(_) => Failure::internal(error),
    }
}
