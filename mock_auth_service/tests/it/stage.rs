//! A service with a scripted server and an observer that writes everything down.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use axum::{Router, body::Body};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use mock_auth_service::{
    AuthService, BoxError, Clock, Decision, DecisionPlan, Limits, NotConnected, Observer, OpenBanking,
    Outgoing, Secret, Settings, StartSeen, SystemClient,
};
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt as _;

pub const TOKEN_PATH: &str = "/default/system/oauth2/token";

/// What the server answers to one request.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    Status(u16),
    /// This status after this time.
    Late(u16, Duration),
    /// 200 after this time.
    After(Duration),
    NoConnection,
    Reset,
    Never,
}

/// One request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub at: Instant,
    pub line: String,
    pub authorization: String,
    pub body: String,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Default)]
pub struct Server {
    seen: Mutex<Vec<Seen>>,
    /// Answers to decisions and details, in order; 200 once they are used up.
    script: Mutex<VecDeque<Reply>>,
    /// Answers of the token endpoint; a token once they are used up.
    token_script: Mutex<VecDeque<Reply>>,
    pub token_life: Mutex<Option<u64>>,
    /// The body of what is answered with 200; an empty object if none.
    pub details: Mutex<Option<Value>>,
    tokens: Mutex<u32>,
}

/// One line per call of the observer, with milliseconds since the stage was set.
pub struct Notes {
    clock: Clock,
    begin: Instant,
    lines: Mutex<Vec<String>>,
}

impl Notes {
    fn note(&self, at: Instant, what: String) {
        // The instant must be that of the call: the log would else be in another order than its times.
        assert!(at <= self.clock.now());
        let millis = at.duration_since(self.begin).as_millis();
        self.lines.lock().unwrap().push(format!("{millis} {what}"));
    }
}

impl Observer for Notes {
    fn verify(&self, user: &str, at: Instant) {
        self.note(at, format!("verify {user}"));
    }
    fn start(&self, start: &StartSeen<'_>, at: Instant) {
        let message = start.binding_message.unwrap_or("-");
        let again = if start.repeated { " again" } else { "" };
        self.note(at, format!("start {} {} {message}{again}", start.login_id, start.user_identifier));
    }
    fn details(&self, login_id: &str, sent: Instant, answered: Instant) {
        let took = answered.duration_since(sent).as_millis();
        self.note(answered, format!("details {login_id} took {took}"));
    }
    fn decision_sent(&self, login_id: &str, decision: Decision, at: Instant) {
        self.note(at, format!("sent {login_id} {decision:?}"));
    }
    fn decision_answered(&self, login_id: &str, decision: Decision, status: Option<u16>, at: Instant) {
        self.note(at, format!("answered {login_id} {decision:?} {status:?}"));
    }
}

pub struct Stage {
    pub service: AuthService,
    pub server: Arc<Server>,
    pub clock: Clock,
    notes: Arc<Notes>,
}

impl Stage {
    pub fn new(plan: DecisionPlan) -> Self {
        Self::with(plan, Limits::default())
    }

    pub fn with(plan: DecisionPlan, limits: Limits) -> Self {
        Self::set(plan, OpenBanking::default(), limits)
    }

    /// At a bank.
    pub fn of_bank(plan: &str, open_banking: OpenBanking) -> Self {
        Self::set(toml::from_str(plan).unwrap(), open_banking, Limits::default())
    }

    fn set(plan: DecisionPlan, open_banking: OpenBanking, limits: Limits) -> Self {
        let clock = Clock::starting_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000));
        let server = Arc::new(Server::default());
        let notes = Arc::new(Notes { clock: clock.clone(), begin: clock.now(), lines: Mutex::default() });
        let settings = Settings {
            basic_user: "user".to_owned(),
            basic_password: Secret::new("pass"),
            system: SystemClient {
                client_id: "as client".to_owned(),
                client_secret: Secret::new("s:cret"),
                token_endpoint: format!("http://op.example{TOKEN_PATH}"),
                api_base: None,
            },
            plan,
            open_banking,
            limits,
        };
        let observer = Arc::clone(&notes) as Arc<dyn Observer>;
        let outgoing = outgoing(Arc::clone(&server), clock.clone());
        let service = AuthService::new(settings, clock.clone(), outgoing, observer).unwrap();
        Self { service, server, clock, notes }
    }

    /// With a plan in TOML.
    pub fn planned(plan: &str) -> Self {
        Self::new(toml::from_str(plan).unwrap())
    }

    pub async fn start(&self, login_id: &str, user: &str) -> (StatusCode, Value) {
        let body = json!({
            "acr_values": null,
            "binding_message": format!("m-{login_id}"),
            "client_id": "rp",
            "client_info": { "client_name": "rp" },
            "expires_at": "2026-05-29T10:49:34Z",
            "login_id": login_id,
            "login_state": format!("s-{login_id}"),
            "requested_scopes": ["openid", "profile"],
            "server_id": "bank",
            "tenant_id": "default",
            "user_identifier": user,
        });
        self.post("/authentication/start", &body).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let (status, _, body) = call(self.service.router(), authorized(path, body.to_string())).await;
        (status, body)
    }

    pub async fn manage(&self, method: &str, path: &str, body: &str) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(path).body(Body::from(body.to_owned())).unwrap();
        let (status, _, body) = call(self.service.management_router(), request).await;
        (status, body)
    }

    /// Lets everything happen that happens within `millis` of virtual time.
    pub async fn pass(&self, millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    pub fn notes(&self) -> Vec<String> {
        self.notes.lines.lock().unwrap().clone()
    }

    /// Milliseconds since the stage was set.
    pub fn millis(&self, at: Instant) -> u128 {
        at.duration_since(self.notes.begin).as_millis()
    }
}

impl Server {
    pub fn answers(&self, replies: impl IntoIterator<Item = Reply>) {
        self.script.lock().unwrap().extend(replies);
    }

    pub fn token_answers(&self, replies: impl IntoIterator<Item = Reply>) {
        self.token_script.lock().unwrap().extend(replies);
    }

    /// Requests to the system APIs.
    pub fn calls(&self) -> Vec<Seen> {
        self.filtered(|line| !line.contains(TOKEN_PATH))
    }

    /// Their request lines, shortened.
    pub fn lines(&self) -> Vec<String> {
        let short = |seen: Seen| seen.line.replace("http://op.example/api/system/default/scope-grants/", "");
        self.calls().into_iter().map(short).collect()
    }

    pub fn token_calls(&self) -> Vec<Seen> {
        self.filtered(|line| line.contains(TOKEN_PATH))
    }

    fn filtered(&self, keep: impl Fn(&str) -> bool) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| keep(&seen.line)).cloned().collect()
    }

    fn token(&self) -> Response<Bytes> {
        let mut tokens = self.tokens.lock().unwrap();
        *tokens += 1;
        let life = self.token_life.lock().unwrap().unwrap_or(3_600);
        let body =
            json!({ "access_token": format!("t{tokens}"), "token_type": "Bearer", "expires_in": life });
        Response::new(body.to_string().into())
    }
}

fn outgoing(server: Arc<Server>, clock: Clock) -> Outgoing {
    Outgoing::new(tower::service_fn(move |request: Request<Bytes>| {
        let server = Arc::clone(&server);
        let at = clock.now();
        async move {
            let authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
            let line = format!("{} {}", request.method(), request.uri());
            let for_token = line.contains(TOKEN_PATH);
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            server.seen.lock().unwrap().push(Seen { at, line, authorization, body });
            let script = if for_token { &server.token_script } else { &server.script };
            let reply = script.lock().unwrap().pop_front();
            let details = server.details.lock().unwrap().clone().unwrap_or_else(|| json!({}));
            let success =
                || if for_token { server.token() } else { Response::new(details.to_string().into()) };
            match reply {
                None => Ok(success()),
                Some(Reply::Status(status)) => Ok(empty(status)),
                Some(Reply::Late(status, pause)) => {
                    tokio::time::sleep(pause).await;
                    Ok(empty(status))
                }
                Some(Reply::After(pause)) => {
                    tokio::time::sleep(pause).await;
                    Ok(success())
                }
                Some(Reply::NoConnection) => {
                    let cause = io::Error::from(io::ErrorKind::NetworkUnreachable);
                    Err(Box::new(NotConnected(cause.into())) as BoxError)
                }
                Some(Reply::Reset) => Err(io::Error::from(io::ErrorKind::ConnectionReset).into()),
                Some(Reply::Never) => std::future::pending().await,
            }
        }
    }))
}

fn empty(status: u16) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

/// A POST with the right credentials.
pub fn authorized(path: &str, body: String) -> Request<Body> {
    let credentials = format!("Basic {}", STANDARD.encode("user:pass"));
    Request::post(path).header("authorization", credentials).body(Body::from(body)).unwrap()
}

pub async fn call(router: Router, request: Request<Body>) -> (StatusCode, http::HeaderMap, Value) {
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
}
