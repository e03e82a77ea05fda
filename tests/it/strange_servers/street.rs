//! The neighbourhood of a strange server, in one thread: an authentication service, a notification endpoint, and the
//! network between them.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ciba_bench::ciba::{DeliveryMode, Secret};
use ciba_bench::clock::Clock;
use ciba_bench::conformance::{
    Check, Hints, Notifications, Ran, RunOptions, SECTIONS, Section, Surface, SurfaceClient, SurfaceClients,
    Users, run,
};
use ciba_bench::decision_channel::{Decisions, Logins, Marker, hand_plan};
use ciba_bench::jose::{KeySet, SubjectRule};
use ciba_bench::notification::{ConnectionReset, Inbox, Receiver};
use ciba_bench::target::file::PollingEnforcement;
use ciba_bench::target::{Client, Credentials, TargetFacts};
use ciba_bench::transport::{Call, ConnectionLost, InProcess, Transport, outgoing};
use ciba_bench::world::InProcess as World;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use mock_auth_service::{AuthService, Limits, Settings, SystemClient};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::sync::watch;
use tower::util::MapResponseLayer;

/// A user whom nobody knows.
const UNKNOWN_USER: &str = "mr-nobody";
/// Secret of every client.
pub const SECRET: &str = "one-secret-for-all-0123456789abcdef0123";
/// Where pings arrive.
pub const PING_URL: &str = "http://app.test/ciba/ping";
/// How long every request is on its way.
const LATENCY: Duration = Duration::from_millis(4);
const DEVICE: &str = "http://device.test";

/// What a strange server may use: the way out and the time.
#[derive(Clone)]
pub struct Neighbours {
    transport: Arc<dyn Transport>,
    pub clock: Clock,
}

/// A strange server, as its target file would describe it.
pub struct Strange {
    pub router: Router,
    pub issuer: &'static str,
    /// Identifiers of the clients: main, ping, second, and one without the grant.
    pub clients: [Option<&'static str>; 4],
    /// Token endpoint and root of the system API, where users decide.
    pub system: Option<[&'static str; 2]>,
    pub subject: SubjectRule,
    pub fapi_ciba: bool,
}

/// The suite against one server.
pub struct Street {
    network: InProcess,
    pub neighbours: Neighbours,
    logins: Arc<Logins>,
    inbox: Arc<Inbox>,
}

impl Street {
    pub fn new() -> Self {
        let clock = Clock::starting_at(World::beginning());
        let network = InProcess::new(clock);
        let neighbours = Neighbours { transport: Arc::new(network.clone()), clock };
        Street { network, neighbours, logins: Arc::default(), inbox: Arc::default() }
    }

    /// Opens a server and prepares the suite for it.
    pub async fn open(&self, server: Strange) -> Arc<Surface> {
        let Neighbours { transport, clock } = self.neighbours.clone();
        let issuer = server.issuer.parse().unwrap();
        let router = server.router.layer(from_fn(|request: Request, next: Next| async {
            tokio::time::sleep(LATENCY).await;
            next.run(request).await
        }));
        self.network.serve(url::Url::authority(&issuer), router);
        let receiver = Receiver::new("/ciba/ping", clock, self.inbox.clone());
        let lose = |mut response: Response| {
            if response.extensions().get::<ConnectionReset>().is_some() {
                response.extensions_mut().insert(ConnectionLost);
            }
            response
        };
        self.network.serve("app.test", receiver.router().layer(MapResponseLayer::new(lose)));
        let facts = TargetFacts::discover(&issuer, transport.as_ref()).await.unwrap();
        let keys = KeySet::parse(&facts.fetch_keys(transport.as_ref()).await.unwrap()).unwrap();
        let client = |id: Option<&'static str>, mode| {
            let credentials = Credentials::SecretBasic(Secret::new(SECRET.to_owned()));
            let scope = "openid profile".to_owned();
            id.map(|id| SurfaceClient::new(Client::new(id, mode, &credentials), &credentials, scope))
        };
        let [main, ping, second, unregistered] = server.clients;
        Arc::new(Surface {
            transport,
            clock,
            facts,
            keys,
            clients: SurfaceClients {
                main: client(main, DeliveryMode::Poll).unwrap(),
                ping: client(ping, DeliveryMode::Ping),
                push: None,
                second: client(second, DeliveryMode::Poll),
                user_code: None,
                unregistered: client(unregistered, DeliveryMode::Poll),
                assertion: None,
                certificate: None,
                signed: None,
            },
            hints: Hints::default(),
            users: Users::new((1..=64).map(|n| format!("resident{n}@street.test")).collect()),
            unknown_user: UNKNOWN_USER.to_owned(),
            names_unknown_user: true,
            decisions: server.system.map(|system| self.device(system)),
            notifications: Some(Notifications {
                certificate: None,
                receiver,
                inbox: self.inbox.clone(),
                url: PING_URL.parse().unwrap(),
            }),
            bank: None,
            registration: None,
            subject: server.subject,
            enforcement: PollingEnforcement::Allowed,
            strict: false,
            fapi_ciba: server.fapi_ciba,
            marker: Marker::new(7),
            flows: AtomicU64::new(1),
        })
    }

    /// Opens the authentication service, whose users decide when they are told to.
    fn device(&self, [token_endpoint, api_base]: [&str; 2]) -> Decisions {
        let settings = Settings {
            basic_user: "strange".to_owned(),
            basic_password: mock_auth_service::Secret::new("door-key"),
            system: SystemClient {
                client_id: "device".to_owned(),
                client_secret: mock_auth_service::Secret::new("device-secret"),
                token_endpoint: token_endpoint.to_owned(),
                api_base: Some(api_base.to_owned()),
            },
            plan: hand_plan(UNKNOWN_USER),
            open_banking: mock_auth_service::OpenBanking::default(),
            limits: Limits::default(),
        };
        let clock = mock_auth_service::Clock::starting_at(World::beginning());
        let out = outgoing(self.neighbours.transport.clone());
        let device = AuthService::new(settings, clock, out, self.logins.clone()).unwrap();
        self.network.serve("device.test", device.router());
        Decisions::new(device, self.logins.clone())
    }
}

impl Drop for Street {
    fn drop(&mut self) {
        self.network.clear();
    }
}

impl Neighbours {
    /// Asks the authentication service something.
    pub async fn ask_device(&self, path: &str, body: Value) -> Option<Value> {
        let basic = format!("Basic {}", STANDARD.encode("strange:door-key"));
        let url = format!("{DEVICE}{path}");
        let (status, _, body) = self.post(&url, &basic, "application/json", body.to_string()).await?;
        (status == 200).then(|| serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Sends something by POST and waits a few seconds for the answer: status, `Location`, body.
    pub async fn post(
        &self,
        url: &str,
        authorization: &str,
        media: &'static str,
        body: String,
    ) -> Option<(u16, Option<String>, Bytes)> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        headers.insert(AUTHORIZATION, authorization.parse().ok()?);
        let call = Call {
            method: http::Method::POST,
            url: url.parse().ok()?,
            headers,
            body: body.into(),
            timeout: Duration::from_secs(3),
            identity: None,
        };
        let answer = self.transport.exchange(call).await.result.ok()?;
        let location = answer.headers.get("location").and_then(|value| value.to_str().ok());
        Some((answer.status, location.map(str::to_owned), answer.body))
    }

    /// Seconds since 1970.
    pub fn now(&self) -> u64 {
        self.clock.wall(self.clock.now()).as_secs()
    }
}

/// Runs every check.
pub async fn judge(surface: &Arc<Surface>, jobs: usize, order_seed: Option<u64>) -> Ran {
    let entries: Vec<(&Section, &Check)> = SECTIONS
        .iter()
        .flat_map(|section| section.checks.iter().map(move |check| (section, check)))
        .collect();
    // The sender is gone at once, which means that nobody interrupts.
    let (_, stop) = watch::channel(false);
    let options = RunOptions { jobs, order_seed, budget: None, stop };
    run(surface.clone(), &entries, &options, &|_| {}).await
}
