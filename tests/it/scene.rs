//! A client side that runs flows against either world, and counts what it sees.

use ciba_bench::ciba::{Breach, DeliveryMode, Outcome, Rule};
use ciba_bench::clock::Clock;
use ciba_bench::decision_channel::{Marker, SpanSink, Traces};
use ciba_bench::flow::Conduct;
use ciba_bench::jose::{SubjectLedger, SubjectRule};
use ciba_bench::notification::{Inbox, NotificationToken, RANDOM_BYTES, Receiver};
use ciba_bench::record::{Event, Span};
use ciba_bench::relying_party::{
    FlowRun, IssuerKeys, PartySettings, RelyingParty, RequestParameters, TraceIds, run_flow,
};
use ciba_bench::target::TargetFacts;
use ciba_bench::transport::{Call, Exchanged, Transport};
use ciba_bench::world::{InProcess, KnownClient, WorldSettings};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use mock_auth_service::{Counts, Decision, DecisionPlan, Delay, UserOverride};
use reference_op::AccessCounts;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;

/// Answers by endpoint and outcome, in the words of the OP's access log.
pub type Seen = BTreeMap<String, BTreeMap<String, u64>>;

/// Who hears of notifications and decisions.
pub struct Ears {
    pub inbox: Arc<Inbox>,
    pub traces: Arc<Traces>,
}

impl Ears {
    pub fn new() -> Self {
        let traces = Traces::new(Some(Marker::new(1)), Arc::new(Deaf));
        Ears { inbox: Arc::default(), traces: Arc::new(traces) }
    }
}

struct Deaf;

impl SpanSink for Deaf {
    fn span(&self, _: Span, _: Duration) {}
    fn event(&self, _: Event) {}
}

/// How one flow is run.
#[derive(Clone)]
pub struct Plan {
    pub number: u64,
    pub user: &'static str,
    pub conduct: Conduct,
    pub requested_expiry: Option<u64>,
    /// Whatever else its request holds.
    pub parameters: RequestParameters,
}

impl Plan {
    pub fn of(user: &'static str) -> Self {
        let parameters = RequestParameters::default();
        Plan { number: 1, user, conduct: Conduct::default(), requested_expiry: None, parameters }
    }
}

/// What the users of the tests do: whoever is not named here approves at once.
pub fn people() -> DecisionPlan {
    let does = |decision| UserOverride { decision: Some(decision), ..UserOverride::default() };
    let users = [
        ("denise", does(Decision::Deny)),
        ("iggy", does(Decision::Ignore)),
        ("nobody", UserOverride { unknown: Some(true), ..UserOverride::default() }),
        (
            "slow",
            UserOverride { delay: Some(Delay::Constant(Duration::from_secs(7))), ..does(Decision::Approve) },
        ),
    ];
    let users = users.into_iter().map(|(name, user)| (name.to_owned(), user)).collect();
    DecisionPlan { users, ..DecisionPlan::default() }
}

/// A world of these people.
pub fn peopled() -> WorldSettings {
    WorldSettings { plan: people(), ..WorldSettings::default() }
}

/// How it ended.
#[derive(Debug)]
pub struct Ending {
    pub outcome: Outcome,
    pub breaches: Vec<Breach>,
    /// From the flow's beginning to its end.
    pub took: Duration,
}

impl Ending {
    pub fn rules(&self) -> Vec<Rule> {
        self.breaches.iter().map(|breach| breach.rule).collect()
    }
}

/// The client side of a world.
pub struct Scene {
    pub ears: Ears,
    pub seen: Arc<Mutex<Seen>>,
    transport: Arc<dyn Transport>,
    receiver: Receiver,
    clock: Clock,
    facts: Arc<TargetFacts>,
    keys: Arc<IssuerKeys>,
}

impl Scene {
    pub async fn open(
        ears: Ears,
        transport: Arc<dyn Transport>,
        receiver: Receiver,
        issuer: &Url,
        clock: Clock,
    ) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let transport: Arc<dyn Transport> = Arc::new(Watched { inner: transport, seen: seen.clone() });
        let facts = Arc::new(TargetFacts::discover(issuer, transport.as_ref()).await.unwrap());
        let keys = Arc::new(IssuerKeys::fetch(&facts, transport.as_ref(), clock).await.unwrap());
        Scene { ears, seen, transport, receiver, clock, facts, keys }
    }

    /// A world without sockets, and its client side.
    pub async fn in_process(settings: WorldSettings) -> (InProcess, Self) {
        let ears = Ears::new();
        let world = InProcess::new(settings, ears.traces.clone(), ears.inbox.clone()).unwrap();
        let (transport, receiver) = (world.transport(), world.receiver().clone());
        let scene = Scene::open(ears, transport, receiver, world.issuer(), world.clock()).await;
        (world, scene)
    }

    /// Runs one flow of a client; its decisions are held against its outcome.
    pub async fn run(&self, client: &KnownClient, plan: &Plan) -> Ending {
        let began = self.clock.now();
        let party = self.party(client, plan);
        let (hint, _) = party.hint(plan.user, 0.0);
        let token = NotificationToken::new(plan.number, &[7; RANDOM_BYTES]);
        match client.delivery_mode {
            DeliveryMode::Poll => {}
            DeliveryMode::Ping => self.receiver.register(&token).unwrap(),
            DeliveryMode::Push => self.receiver.register_push(&token).unwrap(),
        }
        let notified = client.delivery_mode != DeliveryMode::Poll;
        let traces = &self.ears.traces;
        traces.register(plan.number, plan.user);
        let marker = traces.binding_message(plan.number);
        let run = FlowRun {
            number: plan.number,
            user: plan.user,
            hint: &hint,
            binding_message: marker.as_deref(),
            notification: notified.then_some((&token, self.ears.inbox.as_ref())),
            conduct: &plan.conduct,
        };
        let (outcome, mut breaches) = run_flow(&party, &run, self.clock).await;
        breaches.extend(traces.take(plan.number, plan.user).judge(outcome));
        self.receiver.forget(plan.number);
        Ending { outcome, breaches, took: self.clock.now() - began }
    }

    /// Every answer that the client saw stands in the OP's access log, and no other; the OP's calls are the mock's answers.
    pub fn assert_same_books(&self, op: &AccessCounts, mock: &Counts, name: &str) {
        for (endpoint, seen) in self.seen.lock().unwrap().iter() {
            assert_eq!(op.0.get(endpoint), Some(seen), "{name}: {endpoint}");
        }
        for (ours, theirs) in [
            (mock.verify.valid + mock.verify.invalid, op.total("user_verify")),
            (mock.start.accepted, op.total("authentication_start")),
            (mock.decisions.accepted, op.get("scope_grant_accept", "200")),
            (mock.decisions.denied, op.get("scope_grant_reject", "200")),
            (mock.token.fetched, op.total("system_token")),
            (0, mock.decisions.failed),
        ] {
            assert_eq!(ours, theirs, "{name}: {op:?} {mock:?}");
        }
    }

    /// How often the client saw an outcome at an endpoint.
    pub fn count(&self, endpoint: &str, outcome: &str) -> u64 {
        self.seen.lock().unwrap().get(endpoint).and_then(|seen| seen.get(outcome)).copied().unwrap_or(0)
    }

    pub fn party(&self, client: &KnownClient, plan: &Plan) -> RelyingParty {
        let settings = PartySettings {
            scope: "openid profile".to_owned(),
            parameters: RequestParameters {
                requested_expiry: plan.requested_expiry,
                ..plan.parameters.clone()
            },
            request_timeout: Duration::from_secs(10),
            poll_timeout: Duration::from_secs(35),
            trace: TraceIds::new(1),
        };
        RelyingParty::new(
            client.client(),
            self.facts.clone(),
            self.keys.clone(),
            Arc::new(Mutex::new(SubjectLedger::new(SubjectRule::Hint))),
            self.transport.clone(),
            settings,
            self.clock,
        )
    }
}

/// Notes every answer in the words of the OP's access log.
struct Watched {
    inner: Arc<dyn Transport>,
    seen: Arc<Mutex<Seen>>,
}

impl Transport for Watched {
    fn exchange(&self, call: Call) -> BoxFuture<'static, Exchanged> {
        let (path, seen) = (call.url.path().to_owned(), self.seen.clone());
        let exchange = self.inner.exchange(call);
        async move {
            let exchanged = exchange.await;
            let endpoint = endpoint(&path);
            let outcome = match &exchanged.result {
                Ok(answer) => match (endpoint, answer.status) {
                    ("backchannel_authentication", 200) => "acknowledged".to_owned(),
                    ("token", 200) => "tokens".to_owned(),
                    (_, 200) => "200".to_owned(),
                    _ => serde_json::from_slice::<Value>(&answer.body).unwrap()["error"]
                        .as_str()
                        .unwrap()
                        .to_owned(),
                },
                Err(failure) => failure.to_string(),
            };
            *seen.lock().unwrap().entry(endpoint.to_owned()).or_default().entry(outcome).or_default() += 1;
            exchanged
        }
        .boxed()
    }
}

fn endpoint(path: &str) -> &'static str {
    let endpoints = [
        ("/openid-configuration", "discovery"),
        ("/jwks.json", "jwks"),
        ("/backchannel/authentication", "backchannel_authentication"),
        ("/oauth2/token", "token"),
    ];
    endpoints.iter().find(|(end, _)| path.ends_with(end)).map_or("other", |(_, name)| name)
}
