use super::{Bench, Check, Ran, Section, ServiceCredentials, THINKING, Wire, run};
use crate::ciba::Secret;
use crate::clock::Clock;
use crate::target::TargetFacts;
use crate::transport::{InProcess, Transport};
use crate::world::{self, CallingOp, CallingOpSettings, out_of_auth_service};
use axum::Router;
use mock_auth_service::{
    AuthService, Decision, DecisionPlan, Delay, FaultSet, Limits, NoObserver, UserOverride,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Host names of the two parties.
const OP: &str = "op.localhost";
const SERVICE: &str = "authentication-service.localhost";
/// User name and password that the OP has, and the service's own client at the OP.
const USERNAME: &str = "embedded-op";
const PASSWORD: &str = "password-of-the-embedded-op";
const CLIENT_ID: &str = "authentication-service";
const CLIENT_SECRET: &str = "secret-of-the-authentication-service";
/// A user whom nobody knows.
const UNKNOWN_USER: &str = "nobody-at-all";
/// A user who refuses, and one who takes their time.
const REFUSING_USER: &str = "user-who-refuses";
const THINKING_USER: &str = "user-who-thinks";
/// Longest wait for a decision, which nobody has to make.
const DECISION_WITHIN: Duration = Duration::from_secs(30);

/// The embedded OP and the mock authentication service in one thread, without sockets. Dropping it breaks the cycle in which
/// they hold each other.
pub struct ProvingGround {
    network: InProcess,
    whole: InProcess,
    bench: Arc<Bench>,
    service: AuthService,
}

/// A proving ground that could not be set up: this tool is at fault.
#[derive(Debug, thiserror::Error)]
#[error("the embedded OP and the mock authentication service cannot be set up: {0}")]
pub struct SetUpError(String);

impl ProvingGround {
    /// Sets one up. Needs paused time. `wrap` stands between the wire and the service.
    ///
    /// # Errors
    /// This tool is at fault.
    pub async fn new(faults: FaultSet, wrap: impl FnOnce(Router) -> Router) -> Result<Self, SetUpError> {
        let failed = |error: &dyn std::fmt::Display| SetUpError(error.to_string());
        let wall = world::InProcess::beginning();
        let clock = Clock::starting_at(wall);
        let network = InProcess::new(clock);
        let plain: Arc<dyn Transport> = Arc::new(network.clone());
        let (username, password) = (USERNAME.to_owned(), Secret::new(PASSWORD.to_owned()));
        let credentials = ServiceCredentials { username, password: password.clone() };
        let wire = Wire::new(Arc::clone(&plain), credentials, clock);
        let settings = CallingOpSettings {
            public_url: format!("http://{OP}"),
            service_url: format!("http://{SERVICE}"),
            username: USERNAME.to_owned(),
            password,
            client_id: CLIENT_ID.to_owned(),
            client_secret: Secret::new(CLIENT_SECRET.to_owned()),
            expires_in: CallingOp::EXPIRES_IN,
        };
        let op = CallingOp::new(settings, clock, Arc::new(wire.clone())).map_err(|e| failed(&e))?;
        let settings = mock_auth_service::Settings {
            basic_user: USERNAME.to_owned(),
            basic_password: mock_auth_service::Secret::new(PASSWORD),
            system: mock_auth_service::SystemClient {
                client_id: CLIENT_ID.to_owned(),
                client_secret: mock_auth_service::Secret::new(CLIENT_SECRET),
                token_endpoint: op.system_token_endpoint(),
                api_base: None,
            },
            plan: plan_of(UNKNOWN_USER, Some(REFUSING_USER), Some(THINKING_USER)),
            open_banking: mock_auth_service::OpenBanking::default(),
            limits: Limits::default(),
        };
        let service = AuthService::with_faults(
            settings,
            faults,
            mock_auth_service::Clock::starting_at(wall),
            out_of_auth_service(Arc::clone(&plain)),
            Arc::new(NoObserver),
        )
        .map_err(|e| failed(&e))?;
        network.serve(SERVICE, wrap(service.router()));
        // The service reaches the system side, the checks the whole OP, which has another name for them.
        network.serve(OP, wire.system_side(op.router()));
        let whole = InProcess::new(clock);
        whole.serve(OP, op.router());
        let facts = TargetFacts::discover(op.issuer(), &whole).await.map_err(|e| failed(&e))?;
        let bench = Bench {
            wire,
            op: Arc::new(whole.clone()),
            facts,
            client: op.client(),
            user: "user-01".to_owned(),
            refusing_user: Some(REFUSING_USER.to_owned()),
            thinking_user: Some(THINKING_USER.to_owned()),
            unknown_user: UNKNOWN_USER.to_owned(),
            decision_within: DECISION_WITHIN,
            clock,
        };
        Ok(ProvingGround { network, whole, bench: Arc::new(bench), service })
    }

    /// What carries the service's calls to the OP.
    pub fn transport(&self) -> Arc<dyn Transport> {
        Arc::new(self.network.clone())
    }

    /// Runs checks.
    pub async fn run(&self, entries: &[(&Section, &Check)]) -> Ran {
        // The sender is gone at once, which means that nobody interrupts.
        let (_, stop) = watch::channel(false);
        run(Arc::clone(&self.bench), entries, stop, &|_| {}).await
    }
}

impl Drop for ProvingGround {
    fn drop(&mut self) {
        self.service.close();
        self.network.clear();
        self.whole.clear();
    }
}

/// How much longer the user thinks who is made to.
const LONGER: Duration = Duration::from_secs(1);

/// Everything is approved at once, but that one user is unknown, one refuses, and one takes longer than [`THINKING`].
pub fn plan_of(unknown_user: &str, refusing_user: Option<&str>, thinking_user: Option<&str>) -> DecisionPlan {
    let unknown = UserOverride { unknown: Some(true), ..UserOverride::default() };
    let refuses = UserOverride { decision: Some(Decision::Deny), ..UserOverride::default() };
    let thinks = UserOverride { delay: Some(Delay::Constant(THINKING + LONGER)), ..UserOverride::default() };
    let users = [(Some(unknown_user), unknown), (refusing_user, refuses), (thinking_user, thinks)];
    let users = users.into_iter().filter_map(|(user, changed)| Some((user?.to_owned(), changed)));
    DecisionPlan { users: users.collect(), ..DecisionPlan::default() }
}
