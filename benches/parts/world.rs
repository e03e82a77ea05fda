use ciba_bench::ciba::{CIBA_GRANT_TYPE, DeliveryMode, Hint, Outcome};
use ciba_bench::clock::Clock;
use ciba_bench::decision_channel::{Marker, SpanSink, Traces};
use ciba_bench::flow::Conduct;
use ciba_bench::jose::{SubjectLedger, SubjectRule};
use ciba_bench::notification::{Inbox, NotificationToken, RANDOM_BYTES};
use ciba_bench::record::{Event, Span};
use ciba_bench::relying_party::{
    FlowRun, IssuerKeys, PartySettings, RelyingParty, RequestParameters, TraceIds, run_flow,
};
use ciba_bench::target::{Addressee, TargetFacts};
use ciba_bench::transport::{Call, Exchanged, Transport};
use ciba_bench::world::{InProcess, WorldSettings};
use criterion::{Criterion, Throughput};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use mock_auth_service::Shares;
use reference_op::{AuthenticationServiceSettings, ClientSettings, WorkspaceSettings};
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;

/// Longest wait for anything in process.
const TIMEOUT: Duration = Duration::from_secs(35);

/// A whole flow in process, and what the OP can do at most.
pub fn measure(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let scene = runtime.block_on(Scene::open());
    let party = scene.party(DeliveryMode::Ping, scene.world.transport());
    criterion.bench_function("a whole ping flow in process", |bencher| {
        bencher.to_async(&runtime).iter(|| scene.run(&party));
    });
    drop((party, scene));

    let op = runtime.block_on(BusyOp::open());
    let mut group = criterion.benchmark_group("the OP's ceiling");
    group.throughput(Throughput::Elements(1));
    group.bench_function("acknowledge", |bencher| {
        bencher.to_async(&runtime).iter(|| op.acknowledge());
    });
    group.bench_function("acknowledge, then say pending", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let id = op.acknowledge().await;
            op.poll(&id).await;
        });
    });
    group.finish();
}

/// A world in process and its client side.
pub struct Scene {
    pub world: InProcess,
    traces: Arc<Traces>,
    inbox: Arc<Inbox>,
    facts: Arc<TargetFacts>,
    keys: Arc<IssuerKeys>,
    flows: AtomicU64,
}

/// What a token response held, and what it is judged by.
pub struct Kept {
    pub id_token: String,
    pub access_token: String,
    pub auth_req_id: String,
    pub client_id: String,
    pub issuer: String,
    pub keys: Vec<u8>,
    pub now: Duration,
}

impl Scene {
    /// A world in which everybody approves at once.
    pub async fn open() -> Self {
        let traces = Arc::new(Traces::new(Some(Marker::new(1)), Arc::new(Deaf)));
        let inbox = Arc::<Inbox>::default();
        let world = InProcess::new(WorldSettings::default(), traces.clone(), inbox.clone()).unwrap();
        let transport = world.transport();
        let facts = Arc::new(TargetFacts::discover(world.issuer(), transport.as_ref()).await.unwrap());
        let keys = Arc::new(IssuerKeys::fetch(&facts, transport.as_ref(), world.clock()).await.unwrap());
        Scene { world, traces, inbox, facts, keys, flows: AtomicU64::new(0) }
    }

    /// The world's clock.
    pub fn clock(&self) -> Clock {
        self.world.clock()
    }

    /// The world's first client of a delivery mode, over a transport.
    pub fn party(&self, mode: DeliveryMode, transport: Arc<dyn Transport>) -> RelyingParty {
        let settings = PartySettings {
            scope: "openid profile".to_owned(),
            parameters: RequestParameters::default(),
            request_timeout: TIMEOUT,
            poll_timeout: TIMEOUT,
            trace: TraceIds::new(1),
        };
        let client = self.world.client(mode).unwrap().client();
        let subjects = Arc::new(Mutex::new(SubjectLedger::new(SubjectRule::Hint)));
        let clock = self.world.clock();
        RelyingParty::new(client, self.facts.clone(), self.keys.clone(), subjects, transport, settings, clock)
    }

    /// Runs a ping flow to its tokens: nothing in it waits for time to pass.
    pub async fn run(&self, party: &RelyingParty) {
        let number = self.flows.fetch_add(1, Ordering::Relaxed);
        let token = NotificationToken::new(number, &[7; RANDOM_BYTES]);
        self.world.receiver().register(&token).unwrap();
        self.traces.register(number, "alice");
        let binding_message = self.traces.binding_message(number);
        let run = FlowRun {
            number,
            user: "alice",
            hint: &Hint::LoginHint("alice".to_owned()),
            binding_message: binding_message.as_deref(),
            notification: Some((&token, &self.inbox)),
            conduct: &Conduct::default(),
        };
        let (outcome, breaches) = run_flow(party, &run, self.world.clock()).await;
        assert_eq!((outcome, breaches), (Outcome::Tokens, vec![]));
        self.traces.take(number, "alice");
        self.world.receiver().forget(number);
    }

    /// Runs a flow and keeps what its token response held.
    pub async fn keep_tokens(&self) -> Kept {
        let bodies = Arc::<Mutex<Vec<Value>>>::default();
        let tap = Tap { inner: self.world.transport(), bodies: bodies.clone() };
        let party = self.party(DeliveryMode::Ping, Arc::new(tap));
        self.run(&party).await;
        let member = |name: &str| {
            let bodies = bodies.lock().unwrap();
            bodies.iter().find_map(|body| Some(body.get(name)?.as_str()?.to_owned())).unwrap()
        };
        let keys = self.facts.fetch_keys(self.world.transport().as_ref()).await.unwrap();
        let clock = self.world.clock();
        Kept {
            id_token: member("id_token"),
            access_token: member("access_token"),
            auth_req_id: member("auth_req_id"),
            client_id: party.client().id().to_owned(),
            issuer: self.facts.issuer.clone(),
            keys: keys.to_vec(),
            now: clock.wall(clock.now()),
        }
    }
}

struct Deaf;

impl SpanSink for Deaf {
    fn span(&self, _: Span, _: Duration) {}
    fn event(&self, _: Event) {}
}

/// Keeps every body that is JSON.
struct Tap {
    inner: Arc<dyn Transport>,
    bodies: Arc<Mutex<Vec<Value>>>,
}

impl Transport for Tap {
    fn exchange(&self, call: Call) -> BoxFuture<'static, Exchanged> {
        let (exchange, bodies) = (self.inner.exchange(call), self.bodies.clone());
        async move {
            let exchanged = exchange.await;
            if let Ok(answer) = &exchanged.result
                && let Ok(body) = serde_json::from_slice(&answer.body)
            {
                bodies.lock().unwrap().push(body);
            }
            exchanged
        }
        .boxed()
    }
}

/// An OP that calls nobody: every request stays pending until it expires.
struct BusyOp {
    world: InProcess,
    facts: TargetFacts,
    headers: HeaderMap,
}

impl BusyOp {
    async fn open() -> Self {
        let mut settings = WorldSettings::default();
        settings.op.max_pending = usize::MAX >> 1;
        settings.plan.shares = Shares { approve: 0.0, deny: 0.0, ignore: 1.0 };
        settings.op.workspaces[0] = WorkspaceSettings {
            // The shortest life, so that memory does not grow with the number of iterations.
            expires_in: 1,
            authentication_service: Some(AuthenticationServiceSettings::Simulator),
            clients: vec![ClientSettings::poll("client", "secret-of-a-client")],
            ..WorkspaceSettings::new("ciba")
        };
        let traces = Arc::new(Traces::new(Some(Marker::new(1)), Arc::new(Deaf)));
        let world = InProcess::new(settings, traces, Arc::<Inbox>::default()).unwrap();
        let facts = TargetFacts::discover(world.issuer(), world.transport().as_ref()).await.unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let endpoint = &facts.backchannel_authentication_endpoint;
        let addressee = Addressee { facts: &facts, endpoint, now: Duration::ZERO };
        world.clients()[0].client().authenticate(&addressee, &mut headers, &mut String::new());
        BusyOp { world, facts, headers }
    }

    async fn acknowledge(&self) -> String {
        let url = &self.facts.backchannel_authentication_endpoint;
        let answer = self.post(url, "scope=openid&login_hint=alice".to_owned()).await;
        answer["auth_req_id"].as_str().unwrap().to_owned()
    }

    async fn poll(&self, auth_req_id: &str) {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("grant_type", CIBA_GRANT_TYPE), ("auth_req_id", auth_req_id)])
            .finish();
        assert_eq!(self.post(&self.facts.token_endpoint, form).await["error"], "authorization_pending");
    }

    async fn post(&self, url: &Url, form: String) -> Value {
        let call = Call {
            method: Method::POST,
            url: url.clone().into(),
            headers: self.headers.clone(),
            body: form.into(),
            timeout: TIMEOUT,
            identity: None,
        };
        let answer = self.world.transport().exchange(call).await.result.unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }
}
