use crate::Failed;
use crate::op_process::OpProcess;
use bytes::Bytes;
use ciba_bench::ciba::{DeliveryMode, Secret};
use ciba_bench::clock::Clock;
use ciba_bench::decision_channel::{Marker, Traces};
use ciba_bench::jose::{SubjectLedger, SubjectRule};
use ciba_bench::load::{self, LoadResult, LoadSetting, Measurement};
use ciba_bench::profile::Profile;
use ciba_bench::relying_party::{IssuerKeys, PartySettings, RelyingParty, RequestParameters, TraceIds};
use ciba_bench::target::{Client, Credentials, TargetFacts};
use ciba_bench::transport::{Call, Http, HttpSettings, Transport};
use ciba_bench::world::{AuthServiceServer, NOTIFICATION_PATH, NotificationServer, Runtime};
use mock_auth_service::{Limits, Settings, SystemClient};
use reference_op::AccessCounts;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;

/// Lifetime of the OP's authentication requests, in seconds: longer than any measurement.
const EXPIRES_IN: u64 = 900;
/// Longest wait for the OP's counters.
const COUNTERS_TIMEOUT: Duration = Duration::from_secs(5);
const PASSWORD: &str = "password-of-the-op";
const SECRET: &str = "secret-of-a-client";

/// A generator as `run --target` has it, with the authentication service and the notification endpoint in its process and
/// the OP in another.
pub struct Rig {
    pub clock: Clock,
    pub measurement: Arc<Measurement>,
    pub facts: Arc<TargetFacts>,
    op: OpProcess,
    profile: Profile,
    /// With a connection of its own: it has to work however busy the others are.
    management: Http,
    parties: Vec<Arc<RelyingParty>>,
    traces: Arc<Traces>,
    notifications: NotificationServer,
    _auth_service: AuthServiceServer,
    _instruments: Runtime,
}

impl Rig {
    /// Starts an OP with the given polling interval, in seconds, on a core of its own if one is named, and everything
    /// that the profile needs.
    pub async fn open(profile: &str, interval: u64, op_core: Option<usize>) -> Result<Self, Failed> {
        let profile =
            Profile::parse("bench", "bench.toml", profile).map_err(|errors| format!("{errors:?}"))?;
        let clock = Clock::system();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let measurement = Measurement::new(cores, clock);
        let traces = Arc::new(Traces::new(Some(Marker::new(profile.seed)), measurement.clone()));
        let instruments = Runtime::start("instruments", 1)?;
        let bind = || instruments.bind(SocketAddr::from(([127, 0, 0, 1], 0)));
        let (auth, auth_management, notifications) = (bind()?, bind()?, bind()?);
        let notification_url = format!("{}{NOTIFICATION_PATH}", notifications.base_url());
        let settings = op_settings(interval, &auth.base_url(), &notification_url);
        let op = OpProcess::start(&settings, op_core)?;
        let issuer = Url::parse(&op.issuer)?;
        let settings = Settings {
            basic_user: "op".to_owned(),
            basic_password: mock_auth_service::Secret::new(PASSWORD),
            system: SystemClient {
                client_id: "auth-service".to_owned(),
                client_secret: mock_auth_service::Secret::new(SECRET),
                token_endpoint: issuer.join("/default/system/oauth2/token")?.into(),
                api_base: None,
            },
            plan: profile.decisions.clone(),
            open_banking: mock_auth_service::OpenBanking::default(),
            limits: Limits::default(),
        };
        let auth_service =
            AuthServiceServer::start(&instruments, auth, auth_management, settings, traces.clone())?;
        let sink = measurement.clone();
        let notifications =
            NotificationServer::start(&instruments, notifications, NOTIFICATION_PATH, clock, sink);

        let connections_max = profile.engine.max_connections as usize;
        let transport: Arc<dyn Transport> = Arc::new(Http::new(HttpSettings { connections_max }, clock)?);
        let facts = Arc::new(TargetFacts::discover(&issuer, transport.as_ref()).await?);
        let keys = Arc::new(IssuerKeys::fetch(&facts, transport.as_ref(), clock).await?);
        let subjects = Arc::new(Mutex::new(SubjectLedger::new(SubjectRule::Hint)));
        let parties = [DeliveryMode::Poll, DeliveryMode::Ping].map(|mode| {
            let settings = party_settings(&profile);
            let (facts, keys, subjects) = (facts.clone(), keys.clone(), subjects.clone());
            let transport = transport.clone();
            Arc::new(RelyingParty::new(client(mode), facts, keys, subjects, transport, settings, clock))
        });
        let management = Http::new(HttpSettings { connections_max: 1 }, clock)?;
        Ok(Rig {
            clock,
            measurement,
            facts,
            op,
            profile,
            management,
            parties: parties.to_vec(),
            traces,
            notifications,
            _auth_service: auth_service,
            _instruments: instruments,
        })
    }

    /// Runs the profile.
    pub async fn run(&self) -> Result<LoadResult, Failed> {
        let setting = LoadSetting {
            profile: self.profile.clone(),
            issuer: self.facts.issuer.clone(),
            parties: self.parties.clone(),
            names: self.profile.users.names.clone(),
            traces: self.traces.clone(),
            receiver: Some(self.notifications.receiver().clone()),
            judges_decisions: true,
            announcer: None,
            logging: None,
            goose_report: None,
        };
        Ok(load::run(self.measurement.clone(), setting).await?)
    }

    /// The OP's process.
    pub fn op_id(&self) -> u32 {
        self.op.id()
    }

    /// What the OP has answered so far.
    pub async fn counts(&self) -> Result<AccessCounts, Failed> {
        let call = Call {
            method: http::Method::GET,
            url: Url::parse(&self.op.management)?.join("/access-log")?.into(),
            headers: http::HeaderMap::new(),
            body: Bytes::new(),
            timeout: COUNTERS_TIMEOUT,
            identity: None,
        };
        Ok(serde_json::from_slice(&self.management.exchange(call).await.result?.body)?)
    }
}

/// The client of a delivery mode, as [`op_settings`] has it.
pub fn client(mode: DeliveryMode) -> Client {
    let id = format!("{}-client", mode.name());
    Client::new(&id, mode, &Credentials::SecretBasic(Secret::new(SECRET.to_owned())))
}

fn party_settings(profile: &Profile) -> PartySettings {
    PartySettings {
        scope: profile.flow.scope.clone(),
        parameters: RequestParameters {
            requested_expiry: profile.flow.requested_expiry,
            ..RequestParameters::default()
        },
        request_timeout: profile.flow.request_timeout,
        poll_timeout: profile.flow.poll_timeout,
        trace: TraceIds::new(profile.seed),
    }
}

fn op_settings(interval: u64, auth_service: &str, notification_url: &str) -> String {
    format!(
        r#"
        max_pending = 1_000_000
        [[workspaces]]
        id = "ciba"
        interval = {interval}
        expires_in = {EXPIRES_IN}
        authentication_service = {{ type = "EXTERNAL", url = "{auth_service}", user = "op", password = "{PASSWORD}" }}
        authentication_service_client = {{ client_id = "auth-service", client_secret = "{SECRET}" }}
        [[workspaces.clients]]
        client_id = "poll-client"
        client_secret = "{SECRET}"
        token_delivery_mode = "poll"
        [[workspaces.clients]]
        client_id = "ping-client"
        client_secret = "{SECRET}"
        token_delivery_mode = "ping"
        client_notification_endpoint = "{notification_url}"
        "#
    )
}
