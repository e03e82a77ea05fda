use super::seen::{ServiceCall, ServiceEndpoint, SystemCall};
use super::{Ask, Claim, Message, Step, Unheld, User, Wire};
use crate::clock::Clock;
use crate::conformance::Stop;
use crate::record::{CheckExchange, Exchange, Scrubber, redact_body};
use crate::target::{Addressee, Client, TargetFacts};
use crate::transport::{Answer, Call, Failure, Transport};
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Longest time that an answer may take for which a client waits, or that waits for nobody.
pub const IN_TIME: Duration = Duration::from_secs(5);
/// How long whatever else may come is waited for, on top of the time that the last decision took.
pub const SILENCE: Duration = Duration::from_secs(5);
/// How long a user thinks at least who is to see a request expire.
pub const THINKING: Duration = Duration::from_secs(5);
/// Longest wait for the embedded OP, and for the start that follows its acknowledgement.
const OP_PATIENCE: Duration = Duration::from_secs(30);
/// Headers of answers that are shown.
const SHOWN: [&str; 2] = ["content-type", "www-authenticate"];

/// Everything that the checks need: the embedded OP with its wire, whom to ask, and how long to wait.
pub struct Bench {
    /// What stands between the OP and the service.
    pub wire: Wire,
    /// Carries requests to the embedded OP.
    pub op: Arc<dyn Transport>,
    /// What the embedded OP publishes.
    pub facts: TargetFacts,
    /// A client of it.
    pub client: Client,
    /// A user whom the service knows, and who decides.
    pub user: String,
    /// A user whom it knows, and who refuses; without one denials are not seen.
    pub refusing_user: Option<String>,
    /// A user whom it knows, and who decides after [`THINKING`] at the earliest; without one no expiry is seen that passes
    /// meanwhile.
    pub thinking_user: Option<String>,
    /// A user whom it does not know.
    pub unknown_user: String,
    /// Longest wait for a decision.
    pub decision_within: Duration,
    /// The clock.
    pub clock: Clock,
}

/// What one check has seen so far.
pub struct Scene {
    bench: Arc<Bench>,
    /// When the check began.
    pub started: Instant,
    /// Calls of the service.
    calls: Vec<ServiceCall>,
    /// Calls of the system side.
    system: Vec<SystemCall>,
    tokens: Vec<SystemCall>,
    logins: Vec<String>,
    /// How many calls there were, each way, before the last authentication request.
    before: (usize, usize),
    /// When each step began.
    steps: Vec<Instant>,
    /// How long the last decision took, from its authentication request.
    decision_took: Duration,
    asked: Instant,
}

impl Scene {
    pub(super) fn new(bench: Arc<Bench>) -> Self {
        bench.wire.begin_check();
        let now = bench.clock.now();
        Scene {
            bench,
            started: now,
            calls: Vec::new(),
            system: Vec::new(),
            tokens: Vec::new(),
            logins: Vec::new(),
            before: (0, 0),
            steps: Vec::new(),
            decision_took: Duration::ZERO,
            asked: now,
        }
    }

    /// Milliseconds since the check began.
    pub(super) fn ms(&self, at: Instant) -> f64 {
        at.saturating_duration_since(self.started).as_secs_f64() * 1e3
    }

    pub(super) async fn act(&mut self, step: &Step) -> Result<(), Stop> {
        self.steps.push(self.bench.clock.now());
        let acted = match step {
            Step::Ask(ask) => self.ask(ask).await,
            Step::Repeat => self.repeat().await,
            Step::Decision => self.decision_comes().await,
            Step::Silence => {
                tokio::time::sleep(SILENCE + self.decision_took).await;
                Ok(())
            }
            Step::Given(_) | Step::Expect(_) => Ok(()),
        };
        self.look();
        acted?;
        match step {
            Step::Given(claim) => self.holds(claim, true),
            Step::Expect(claim) => self.holds(claim, false),
            Step::Ask(_) | Step::Repeat | Step::Decision | Step::Silence => Ok(()),
        }
    }

    fn look(&mut self) {
        let state = self.bench.wire.state();
        self.calls.clone_from(&state.calls);
        self.system.clone_from(&state.system);
        self.tokens.clone_from(&state.token_calls);
        self.logins.clone_from(&state.logins);
    }

    fn holds(&self, Claim(words, judge): &Claim, given: bool) -> Result<(), Stop> {
        let expected = (*words).to_owned();
        judge(self).map_err(|unheld| match unheld {
            Unheld::No(actual) if !given => Stop::Failed { expected, actual },
            Unheld::No(actual) | Unheld::Unclear(actual) => Stop::Inconclusive { expected, actual },
        })
    }

    /// Sends an authentication request to the embedded OP and waits until the calls that it leads to are answered.
    async fn ask(&mut self, ask: &Ask) -> Result<(), Stop> {
        let bench = Arc::clone(&self.bench);
        let request = self.request(ask)?;
        self.asked = bench.clock.now();
        self.before = {
            let mut state = bench.wire.state();
            state.ask = Some(*ask);
            (state.calls.len(), state.system.len())
        };
        let answer = bench.op.exchange(request).await.result;
        let acknowledged = match &answer {
            Ok(answer) => answer.status == 200,
            Err(failure) => return Err(Stop::Broken(format!("the embedded OP gave no answer: {failure}"))),
        };
        if !ask.start {
            return Ok(());
        }
        if !acknowledged {
            self.look();
            let actual = match self.verify() {
                Ok(_) => "the embedded OP went no further after the answer of /user/verify".to_owned(),
                Err(Unheld::No(actual) | Unheld::Unclear(actual)) => actual,
            };
            return Err(Stop::Inconclusive { expected: "the user to be verified".to_owned(), actual });
        }
        let before = self.before.0;
        let until = bench.clock.now() + OP_PATIENCE;
        let starts = |call: &ServiceCall| call.endpoint == ServiceEndpoint::Start;
        let started =
            bench.wire.wait(until, |state| state.calls.get(before..)?.iter().any(starts).then_some(())).await;
        started.ok_or_else(|| Stop::Broken("the embedded OP sent no /authentication/start".to_owned()))
    }

    fn request(&self, ask: &Ask) -> Result<Call, Stop> {
        let Bench { client, user, refusing_user, thinking_user, unknown_user, facts, clock, .. } =
            &*self.bench;
        let endpoint = &facts.backchannel_authentication_endpoint;
        let named = |user: &Option<String>, whom: &str, option: &str| {
            user.clone().ok_or_else(|| Stop::NotApplicable(format!("no user is named who {whom} ({option})")))
        };
        let user = match ask.user {
            User::Known => user,
            User::Refusing => &named(refusing_user, "refuses", "--refusing-user")?,
            User::Thinking => &named(thinking_user, "thinks for a while", "--thinking-user")?,
            User::Unknown => unknown_user,
            User::Named(name) => name,
        };
        let message = match ask.message {
            Message::Plain => "Please approve this check",
            Message::Text(text) => text,
        };
        let mut form = form_urlencoded::Serializer::new(String::new())
            .append_pair("scope", "openid profile")
            .append_pair("login_hint", user)
            .append_pair("binding_message", message)
            .finish();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let addressee = Addressee { facts, endpoint, now: clock.wall(clock.now()) };
        client.authenticate(&addressee, &mut headers, &mut form);
        let (method, url) = (Method::POST, endpoint.clone());
        Ok(Call { method, url: url.into(), headers, body: form.into(), timeout: OP_PATIENCE, identity: None })
    }

    async fn repeat(&mut self) -> Result<(), Stop> {
        match self.bench.wire.repeat().await {
            true => Ok(()),
            false => Err(Stop::Broken("there is no start to be repeated".to_owned())),
        }
    }

    async fn decision_comes(&mut self) -> Result<(), Stop> {
        let (before, within) = (self.before.1, self.bench.decision_within);
        let until = self.bench.clock.now() + within;
        let decided = |call: &SystemCall| call.decides() && call.ended.is_some();
        let found =
            |state: &super::wire::State| state.system.get(before..)?.iter().any(decided).then_some(());
        match self.bench.wire.wait(until, found).await {
            Some(()) => {
                self.decision_took = self.bench.clock.now().saturating_duration_since(self.asked);
                Ok(())
            }
            None => Err(Stop::Inconclusive {
                expected: "a decision at the system API".to_owned(),
                actual: format!(
                    "none came within {} s (--decision-within); is this tool reachable, and did somebody decide?",
                    within.as_secs()
                ),
            }),
        }
    }

    /// How long the last decision took, from its authentication request.
    pub fn decision_took(&self) -> Duration {
        self.decision_took
    }

    /// The answer of `/user/verify` to the last authentication request.
    pub fn verify(&self) -> Result<&ServiceCall, Unheld> {
        self.last(ServiceEndpoint::Verify, "/user/verify")
    }

    /// The last start.
    pub fn start(&self) -> Result<&ServiceCall, Unheld> {
        self.last(ServiceEndpoint::Start, "/authentication/start")
    }

    /// The first start of the last authentication request.
    pub fn first_start(&self) -> Result<&ServiceCall, Unheld> {
        let calls = self.calls.get(self.before.0..).unwrap_or_default();
        calls.iter().find(|call| call.endpoint == ServiceEndpoint::Start).map_or_else(|| self.start(), Ok)
    }

    fn last(&self, endpoint: ServiceEndpoint, path: &str) -> Result<&ServiceCall, Unheld> {
        let calls = self.calls.get(self.before.0..).unwrap_or_default();
        let last = calls.iter().rev().find(|call| call.endpoint == endpoint);
        last.ok_or_else(|| Unheld::Unclear(format!("{path} was not called")))
    }

    /// Decisions since the last authentication request, for whatever login.
    pub fn decisions(&self) -> impl Iterator<Item = &SystemCall> {
        self.system.get(self.before.1..).unwrap_or_default().iter().filter(|call| call.decides())
    }

    /// Those of them that are about a login of which nothing was heard before.
    pub fn new_decisions(&self) -> impl Iterator<Item = &SystemCall> {
        let before = self.system.get(..self.before.1).unwrap_or_default();
        let earlier = self.logins.split_last().map(|(_, earlier)| earlier).unwrap_or_default();
        self.decisions().filter(move |call| {
            !earlier.contains(&call.login) && before.iter().all(|seen| seen.login != call.login)
        })
    }

    /// The first decision since the last authentication request.
    pub fn decision(&self) -> Result<&SystemCall, Unheld> {
        self.decisions().next().ok_or_else(|| Unheld::Unclear("no decision came".to_owned()))
    }

    /// Every call of the system side in this check.
    pub fn system(&self) -> &[SystemCall] {
        &self.system
    }

    /// Every request for a token in this run.
    pub fn token_requests(&self) -> &[SystemCall] {
        &self.tokens
    }

    /// Logins that were started in this check.
    pub fn logins(&self) -> &[String] {
        &self.logins
    }

    /// What went over the wire, step by step, and what strikes secrets out of whatever is told.
    pub(super) fn finish(&mut self) -> (Vec<CheckExchange>, Scrubber) {
        self.look();
        let mut scrubber = Scrubber::default();
        self.bench.wire.secrets().iter().for_each(|secret| scrubber.learn(secret));
        let ours = self.calls.iter().map(|call| (call.at, self.shown(call)));
        let theirs = self.system.iter().map(|call| (call.at, self.shown_of_theirs(call)));
        let mut all: Vec<(Instant, CheckExchange)> = ours.chain(theirs).collect();
        all.sort_by_key(|(at, _)| *at);
        let mut exchanges: Vec<CheckExchange> = all.into_iter().map(|(_, exchange)| exchange).collect();
        for CheckExchange { exchange, .. } in &mut exchanges {
            exchange.headers.iter_mut().for_each(|header| scrubber.scrub(header));
            [&mut exchange.form, &mut exchange.body].into_iter().for_each(|text| scrubber.scrub(text));
        }
        (exchanges, scrubber)
    }

    fn step_at(&self, at: Instant) -> usize {
        self.steps.iter().rposition(|begun| *begun <= at).unwrap_or_default()
    }

    fn shown(&self, call: &ServiceCall) -> CheckExchange {
        let answer = call.result.as_ref().ok();
        let exchange = Exchange {
            request: format!("POST {}", call.url),
            form: redact_body(&call.body),
            status: answer.map(|answer| answer.status),
            headers: answer.map(headers).unwrap_or_default(),
            body: answer.map(|answer| redact_body(&answer.body)).unwrap_or_default(),
            correlation_id: String::new(),
            trace_id: None,
        };
        let failure = call.result.as_ref().err().map(Failure::to_string);
        let took_ms = call.took.as_secs_f64() * 1e3;
        CheckExchange { step: self.step_at(call.at), at_ms: self.ms(call.at), took_ms, exchange, failure }
    }

    fn shown_of_theirs(&self, call: &SystemCall) -> CheckExchange {
        let exchange = Exchange {
            request: format!("{}, from the service", call.line),
            form: redact_body(&call.body),
            status: call.status,
            headers: Vec::new(),
            body: String::new(),
            correlation_id: String::new(),
            trace_id: None,
        };
        let took = call.ended.map(|ended| ended.saturating_duration_since(call.at)).unwrap_or_default();
        let failure = call.ended.is_none().then(|| "not answered before the check was over".to_owned());
        let took_ms = took.as_secs_f64() * 1e3;
        CheckExchange { step: self.step_at(call.at), at_ms: self.ms(call.at), took_ms, exchange, failure }
    }
}

fn headers(answer: &Answer) -> Vec<String> {
    let text = |name: &&str| Some(format!("{name}: {}", answer.headers.get(*name)?.to_str().ok()?));
    SHOWN.iter().filter_map(text).collect()
}
