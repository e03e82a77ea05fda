use super::seen::{ServiceCall, ServiceEndpoint, SystemCall};
use super::{Ask, Body, Credentials};
use crate::ciba::Secret;
use crate::clock::Clock;
use crate::decision_channel::SpanSink;
use crate::record::Span;
use crate::transport::{Answer, Call, Exchanged, Timeline, Transport};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderValue};
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Longest wait for an answer of the service: shorter than the embedded OP's own, so that no call is cut off unseen.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(9);
/// How long ago an expiry is that has passed.
const EXPIRED_AGO: Duration = Duration::from_secs(60);
/// How long a request lives that expires while its user thinks.
pub(super) const SHORT_LIFE: Duration = Duration::from_secs(3);
/// Calls that are kept of one check, each way.
const CALLS_MAX: usize = 1_000;
/// Logins that are remembered: those of earlier checks, and those of a load whose decision is awaited.
const LOGINS_MAX: usize = 100_000;

/// User name and password with which the OP authenticates at the service.
#[derive(Debug, Clone)]
pub struct ServiceCredentials {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret<String>,
}

/// What stands between the embedded OP and the service that is judged: it carries the OP's calls, writes down what passes in
/// both directions, and changes what a check wants to be changed. Clones are the same wire.
#[derive(Clone)]
pub struct Wire(pub(super) Arc<Shared>);

pub(super) struct Shared {
    inner: Arc<dyn Transport>,
    pub(super) clock: Clock,
    credentials: ServiceCredentials,
    state: Mutex<State>,
    changed: watch::Sender<()>,
    spans: OnceLock<Arc<dyn SpanSink>>,
}

/// What was seen since the last check began.
#[derive(Default)]
pub(super) struct State {
    pub(super) ask: Option<Ask>,
    pub(super) calls: Vec<ServiceCall>,
    pub(super) system: Vec<SystemCall>,
    /// Logins of this check, in order.
    pub(super) logins: Vec<String>,
    /// Logins of earlier checks: what still comes for them is no longer looked at.
    pub(super) earlier: FxHashSet<String>,
    /// Tokens that the system token endpoint issued.
    pub(super) tokens: Vec<Secret<String>>,
    /// Requests for a token, of the whole run: a token is fetched seldom.
    pub(super) token_calls: Vec<SystemCall>,
    last_start: Option<Call>,
    /// When starts of a load were sent whose decision is awaited.
    started: FxHashMap<String, Instant>,
}

impl Wire {
    /// A wire over a transport. The credentials are those that the OP was given, too.
    pub fn new(inner: Arc<dyn Transport>, credentials: ServiceCredentials, clock: Clock) -> Self {
        Wire(Arc::new(Shared {
            inner,
            clock,
            credentials,
            state: Mutex::default(),
            changed: watch::Sender::new(()),
            spans: OnceLock::new(),
        }))
    }

    /// From now on nothing is written down or changed; the time that each part takes goes to a sink. For load.
    pub fn measure(&self, sink: Arc<dyn SpanSink>) {
        let _ = self.0.spans.set(sink);
        *self.state() = State::default();
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self) {
        self.0.changed.send_replace(());
    }

    /// A check begins: what was seen is forgotten, and what still comes for earlier logins will not be looked at.
    pub(super) fn begin_check(&self) {
        let mut state = self.state();
        let State { logins, system, mut earlier, tokens, token_calls, .. } = std::mem::take(&mut *state);
        if earlier.len() < LOGINS_MAX {
            // Those that were decided about, too: a service may decide about one that was never started.
            let decided = system.into_iter().map(|call| call.login).filter(|login| !login.is_empty());
            earlier.extend(logins.into_iter().chain(decided));
        }
        *state = State { earlier, tokens, token_calls, ..State::default() };
    }

    /// Waits until something is there, or until the deadline.
    pub(super) async fn wait<T>(
        &self,
        until: Instant,
        mut found: impl FnMut(&State) -> Option<T>,
    ) -> Option<T> {
        let mut changed = self.0.changed.subscribe();
        let waiting = async {
            loop {
                changed.borrow_and_update();
                if let Some(found) = found(&self.state()) {
                    return found;
                }
                // The sender lives as long as this wire.
                if changed.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
        };
        tokio::time::timeout_at(until, waiting).await.ok()
    }

    /// Sends the last start once more.
    pub(super) async fn repeat(&self) -> bool {
        let last = self.state().last_start.clone();
        match last {
            Some(call) => {
                self.send(ServiceEndpoint::Start, call).await;
                true
            }
            None => false,
        }
    }

    async fn carry(&self, endpoint: ServiceEndpoint, mut call: Call) -> Exchanged {
        call.timeout = call.timeout.min(ANSWER_TIMEOUT);
        if self.0.spans.get().is_some() {
            return self.timed(endpoint, call).await;
        }
        let login = login_of(&call.body);
        let ask = {
            let mut state = self.state();
            let ask = state.ask.unwrap_or(Ask::PLAIN);
            // An OP repeats a start without an answer that it likes; what was changed is sent once.
            let again = ask.changed == endpoint && is_changed(&ask) && state.logins.contains(&login);
            if endpoint == ServiceEndpoint::Start {
                // Nor does the service hear again of what an earlier check started.
                if again || !ask.start || state.earlier.contains(&login) {
                    return acknowledged(self.0.clock.now());
                }
                if !state.logins.contains(&login) {
                    state.logins.push(login);
                }
            }
            ask
        };
        if ask.changed == endpoint {
            self.change(&ask, &mut call);
        }
        if endpoint == ServiceEndpoint::Start {
            self.state().last_start = Some(call.clone());
        }
        self.send(endpoint, call).await
    }

    async fn send(&self, endpoint: ServiceEndpoint, call: Call) -> Exchanged {
        let (url, body, at) = (call.url.to_string(), call.body.clone(), self.0.clock.now());
        let exchanged = self.0.inner.exchange(call).await;
        let seen = ServiceCall {
            endpoint,
            url,
            at,
            took: exchanged.timeline.service(),
            ended: exchanged.timeline.ended,
            body,
            result: exchanged.result.clone(),
        };
        let mut state = self.state();
        if state.calls.len() < CALLS_MAX {
            state.calls.push(seen);
        }
        drop(state);
        self.tell();
        exchanged
    }

    fn change(&self, ask: &Ask, call: &mut Call) {
        let ServiceCredentials { username, .. } = &self.0.credentials;
        match ask.credentials {
            Credentials::Agreed => {}
            Credentials::WrongPassword => {
                let pair = STANDARD.encode(format!("{username}:not-the-password"));
                // Base64 is a valid header value.
                if let Ok(value) = HeaderValue::from_str(&format!("Basic {pair}")) {
                    call.headers.insert(AUTHORIZATION, value);
                }
            }
            Credentials::Missing => {
                call.headers.remove(AUTHORIZATION);
            }
        }
        if ask.body == Body::Malformed {
            call.body = Bytes::from_static(b"{\"user_identifier\": ");
            return;
        }
        let Ok(Value::Object(mut members)) = serde_json::from_slice(&call.body) else { return };
        match ask.body {
            Body::AsIs | Body::Malformed => return,
            Body::UnknownMembers => {
                members.insert("x_unknown".to_owned(), json!({"nested": [1, null, "two"]}));
                members.insert("authorization_details".to_owned(), json!([]));
            }
            Body::Bare => {
                members.insert("acr_values".to_owned(), Value::Null);
                members.remove("binding_message");
                members.remove("client_info");
            }
            Body::Expired => {
                members.insert(
                    "expires_at".to_owned(),
                    json!(self.seconds(|now| now.saturating_sub(EXPIRED_AGO))),
                );
            }
            Body::ShortLived => {
                members.insert("expires_at".to_owned(), json!(self.seconds(|now| now + SHORT_LIFE)));
            }
        }
        call.body = Value::Object(members).to_string().into();
    }

    /// A wall time near now, in whole seconds (RFC 3339).
    fn seconds(&self, of: impl FnOnce(Duration) -> Duration) -> String {
        let clock = self.0.clock;
        let seconds = of(clock.wall(clock.now())).as_secs();
        Timestamp::from_second(i64::try_from(seconds).unwrap_or_default()).unwrap_or_default().to_string()
    }

    /// An exchange of a load: nothing but its time is kept.
    async fn timed(&self, endpoint: ServiceEndpoint, call: Call) -> Exchanged {
        let login = login_of(&call.body);
        let starts = endpoint == ServiceEndpoint::Start;
        if starts {
            let mut state = self.state();
            if state.started.len() < LOGINS_MAX {
                state.started.insert(login, self.0.clock.now());
            }
        }
        let exchanged = self.0.inner.exchange(call).await;
        if let (Some(sink), Ok(answer)) = (self.0.spans.get(), &exchanged.result)
            && (200..300).contains(&answer.status)
        {
            let span = if starts { Span::StartAnswer } else { Span::VerifyAnswer };
            sink.span(span, exchanged.timeline.service());
        }
        exchanged
    }

    /// Whether a load is being measured. A decision then gives its span, once.
    pub(super) fn measured(&self, decided: Option<&str>, at: Instant) -> bool {
        let Some(sink) = self.0.spans.get() else { return false };
        let started = decided.and_then(|login| self.state().started.remove(login));
        if let Some(started) = started {
            sink.span(Span::Decide, at.saturating_duration_since(started));
        }
        true
    }

    pub(super) fn secrets(&self) -> Vec<String> {
        let ServiceCredentials { username, password } = &self.0.credentials;
        let pair = format!("{username}:{}", password.expose());
        let tokens = self.state().tokens.iter().map(|token| token.expose().clone()).collect::<Vec<_>>();
        [password.expose().clone(), pair].into_iter().chain(tokens).collect()
    }
}

impl Transport for Wire {
    fn exchange(&self, call: Call) -> BoxFuture<'static, Exchanged> {
        let Some(endpoint) = ServiceEndpoint::of(call.url.path()) else { return self.0.inner.exchange(call) };
        let wire = self.clone();
        async move { wire.carry(endpoint, call).await }.boxed()
    }
}

fn is_changed(ask: &Ask) -> bool {
    ask.credentials != Credentials::Agreed || ask.body != Body::AsIs
}

fn login_of(body: &[u8]) -> String {
    let members = serde_json::from_slice::<Value>(body).unwrap_or_default();
    members.get("login_id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What the OP is told of a start that it need not know about.
fn acknowledged(now: Instant) -> Exchanged {
    let answer = Answer { status: 200, headers: HeaderMap::new(), body: Bytes::from_static(b"{}") };
    Exchanged { result: Ok(answer), timeline: Timeline::at(now) }
}
