//! Who takes part: the embedded OP with its wire, the listener for what the service calls, and the mock service where that
//! is judged.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use mock_auth_service::{Limits, NoObserver, Settings, SystemClient};
use url::Url;

use super::job::JudgeJob;
use crate::auth_service_suite::{Bench, Wire, plan_of};
use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::target::TargetFacts;
use crate::transport::{Call, Http, HttpSettings, InProcess, Transport};
use crate::world::{
    AuthServiceServer, CallingOp, CallingOpSettings, OP_CONNECTIONS_MAX, Runtime, SystemServer,
};

/// Threads of the listener and of the mock service together.
const THREADS: usize = 1;
/// Any free port of the loopback interface.
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// Longest wait for the first answer.
const FIRST_TIMEOUT: Duration = Duration::from_secs(10);
/// How much longer a request lives than its user may take.
const MORE_THAN_DECISION: Duration = Duration::from_secs(30);

/// The parties, running.
pub struct JudgeParties {
    /// The service, as the OP calls it.
    pub service_url: String,
    /// The embedded OP.
    pub op: CallingOp,
    /// What the checks use.
    pub bench: Arc<Bench>,
    out: Arc<dyn Transport>,
    network: InProcess,
    system: SystemServer,
    mock: Option<AuthServiceServer>,
    // Last, so that the servers are told to stop first.
    _runtime: Runtime,
}

impl JudgeParties {
    /// Starts them.
    pub async fn start(job: &JudgeJob, clock: Clock) -> Result<Self, Failure> {
        let runtime = Runtime::start("system-side", THREADS).map_err(Failure::internal)?;
        let listener = runtime.bind(job.listen).map_err(Failure::usage)?;
        let mock = match &job.service {
            Some(_) => None,
            None => Some((
                runtime.bind(ANY_PORT).map_err(Failure::internal)?,
                runtime.bind(ANY_PORT).map_err(Failure::internal)?,
            )),
        };
        let service_url = match (&job.service, &mock) {
            (Some(url), _) => url.as_str().trim_end_matches('/').to_owned(),
            (None, Some((listener, _))) => listener.base_url(),
            (None, None) => String::new(),
        };
        let http = Http::new(HttpSettings { connections_max: OP_CONNECTIONS_MAX }, clock)
            .map_err(Failure::internal)?;
        let out: Arc<dyn Transport> = Arc::new(http);
        let wire = Wire::new(Arc::clone(&out), job.credentials.clone(), clock);
        let settings = CallingOpSettings {
            public_url: job.public_url.clone().unwrap_or_else(|| listener.base_url()),
            service_url: service_url.clone(),
            username: job.credentials.username.clone(),
            password: job.credentials.password.clone(),
            client_id: job.client_id.clone(),
            client_secret: job.client_secret.clone(),
            expires_in: CallingOp::EXPIRES_IN.max(job.decision_within + MORE_THAN_DECISION),
        };
        let op = CallingOp::new(settings, clock, Arc::new(wire.clone())).map_err(Failure::usage)?;
        let system = SystemServer::start(&runtime, listener, wire.system_side(op.router()));
        let mock = mock
            .map(|(public, management)| {
                let settings = mock_settings(job, &op);
                AuthServiceServer::with_faults(
                    &runtime,
                    [public, management],
                    settings,
                    job.faults,
                    Arc::new(NoObserver),
                )
            })
            .transpose()
            .map_err(Failure::internal)?;
        // This tool's own requests need no socket.
        let network = InProcess::new(clock);
        network.serve(op.issuer().authority(), op.router());
        let facts = TargetFacts::discover(op.issuer(), &network).await.map_err(Failure::internal)?;
        let bench = Bench {
            wire,
            op: Arc::new(network.clone()),
            facts,
            client: op.client(),
            user: job.user().to_owned(),
            refusing_user: job.refusing_user.clone(),
            thinking_user: job.thinking_user.clone(),
            unknown_user: job.unknown_user.clone(),
            decision_within: job.decision_within,
            clock,
        };
        Ok(JudgeParties {
            service_url,
            op,
            bench: Arc::new(bench),
            out,
            network,
            system,
            mock,
            _runtime: runtime,
        })
    }

    /// Whether anybody answers at the URL; what, is for the checks to say.
    pub async fn knock(&self) -> Result<(), Failure> {
        let url = format!("{}/user/verify", self.service_url);
        let call = Call {
            method: Method::POST,
            url: Url::parse(&url).map_err(Failure::usage)?.into(),
            headers: http::HeaderMap::new(),
            body: "{}".into(),
            timeout: FIRST_TIMEOUT,
            identity: None,
        };
        match self.out.exchange(call).await.result {
            Ok(_) => Ok(()),
            Err(failure) => Err(Failure::target(format!(
                "{url}: {failure}; check that the authentication service runs and that its URL is right"
            ))),
        }
    }

    /// Ends them in order, within bounds.
    pub async fn close(&self) {
        if let Some(mock) = &self.mock {
            mock.close().await;
        }
        self.system.close().await;
        self.network.clear();
    }
}

fn mock_settings(job: &JudgeJob, op: &CallingOp) -> Settings {
    let secret = |text: &str| mock_auth_service::Secret::new(text);
    Settings {
        basic_user: job.credentials.username.clone(),
        basic_password: secret(job.credentials.password.expose()),
        system: SystemClient {
            client_id: job.client_id.clone(),
            client_secret: secret(job.client_secret.expose()),
            token_endpoint: op.system_token_endpoint(),
            api_base: Some(op.system_api()),
        },
        plan: plan_of(&job.unknown_user, job.refusing_user.as_deref(), job.thinking_user.as_deref()),
        open_banking: mock_auth_service::OpenBanking::default(),
        limits: Limits::default(),
    }
}
