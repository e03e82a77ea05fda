//! A provider whose outgoing calls are answered by a script, and clients that speak plain HTTP to it.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use reference_op::{
    AnyCertificate, AuthenticationServiceSettings, ClientSettings, Clock, FaultSet, Outgoing, OutgoingError,
    ReferenceOp, Settings,
};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const BASE: &str = "http://op.test";
pub const SERVICE: &str = "http://auth.test/service";
pub const CALLBACK: &str = "http://client.test/notify-callback";
pub const CIBA: &str = "urn:openid:params:grant-type:ciba";
/// 2026-05-29T10:47:34Z.
pub const START_OF_TIME: u64 = 1_780_051_654;
pub const TOKEN: &str = "notification-token-0123456789";

/// One outgoing call as the other side got it.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Value,
    /// Whether any certificate of the other side would have done.
    pub unverified: bool,
}

type Reply = Pin<Box<dyn Future<Output = Result<Response<Bytes>, OutgoingError>> + Send>>;
type Script = Arc<dyn Fn(&Call) -> Reply + Send + Sync>;

/// The world outside the provider.
#[derive(Clone)]
pub struct Outside {
    calls: Arc<Mutex<Vec<Call>>>,
    scripts: Arc<Mutex<HashMap<String, Script>>>,
}

impl Outside {
    /// Users are valid, starts acknowledged, pings taken.
    fn friendly() -> Self {
        let outside = Self { calls: Arc::default(), scripts: Arc::default() };
        outside.answer(&format!("{SERVICE}/user/verify"), |_| reply(200, r#"{"valid":true}"#));
        outside.answer(&format!("{SERVICE}/authentication/start"), |_| reply(200, "{}"));
        outside.answer(CALLBACK, |_| reply(204, ""));
        outside
    }

    pub fn answer(&self, url: &str, script: impl Fn(&Call) -> Reply + Send + Sync + 'static) {
        self.scripts.lock().unwrap().insert(url.to_owned(), Arc::new(script));
    }

    pub fn calls(&self, url_ends_with: &str) -> Vec<Call> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|call| call.url.ends_with(url_ends_with)).cloned().collect()
    }

    fn outgoing(&self) -> Outgoing {
        let outside = self.clone();
        Outgoing::new(tower::service_fn(move |request: Request<Bytes>| {
            let (head, body) = request.into_parts();
            let body = match body.is_empty() {
                true => Value::Null,
                false => serde_json::from_slice(&body).expect("outgoing bodies are JSON"),
            };
            let (url, unverified) = (head.uri.to_string(), head.extensions.get::<AnyCertificate>().is_some());
            let call = Call { method: head.method, url, headers: head.headers, body, unverified };
            outside.calls.lock().unwrap().push(call.clone());
            let script = outside.scripts.lock().unwrap().get(&call.url).cloned();
            script.map_or_else(|| reply(404, ""), |script| script(&call))
        }))
    }
}

pub fn reply(status: u16, body: &'static str) -> Reply {
    Box::pin(async move {
        Ok(Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap())
    })
}

pub fn reply_after(delay: Duration, status: u16, body: &'static str) -> Reply {
    Box::pin(async move {
        tokio::time::sleep(delay).await;
        reply(status, body).await
    })
}

/// An answer with its body read.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    #[track_caller]
    pub fn expect(self, status: u16, error: &str) -> Self {
        assert_eq!((self.status.as_u16(), self.body["error"].as_str()), (status, Some(error)), "{self:?}");
        self
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        self
    }

    /// The status, and the error of a JSON body: `400 invalid_request`.
    pub fn outcome(&self) -> String {
        match self.body["error"].as_str() {
            Some(error) => format!("{} {error}", self.status.as_u16()),
            None => self.status.as_u16().to_string(),
        }
    }

    pub fn text(&self, member: &str) -> String {
        self.body[member].as_str().unwrap_or_else(|| panic!("no {member} in {}", self.body)).to_owned()
    }
}

/// An answer whose body need not be JSON.
pub struct Raw {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

/// The default cast: `alice-app` polls, `bob-app` is pinged, `carol-app` polls with another secret.
pub fn clients() -> Vec<ClientSettings> {
    vec![
        ClientSettings::poll("alice-app", "alice-secret"),
        ClientSettings::ping("bob-app", "bob-secret", CALLBACK),
        ClientSettings::poll("carol-app", "carol-secret"),
    ]
}

pub fn service() -> AuthenticationServiceSettings {
    AuthenticationServiceSettings::External {
        url: SERVICE.into(),
        user: "op".into(),
        password: "pw:1".into(),
    }
}

pub fn settings() -> Settings {
    Settings::embedded(service(), clients())
}

pub struct World {
    pub op: ReferenceOp,
    pub outside: Outside,
    router: Router,
}

impl World {
    pub fn new() -> Self {
        Self::with(settings(), FaultSet::NONE)
    }

    pub fn with(settings: Settings, faults: FaultSet) -> Self {
        let outside = Outside::friendly();
        let clock = Clock::starting_at(UNIX_EPOCH + Duration::from_secs(START_OF_TIME));
        let op = ReferenceOp::new(BASE, settings, faults, clock, outside.outgoing()).unwrap();
        Self { router: op.router(), op, outside }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        send(self.router.clone(), request).await
    }

    /// Sends, and reads a body that is no JSON.
    pub async fn raw(&self, request: Request<Body>) -> Raw {
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Raw { status: head.status.as_u16(), headers: head.headers, text }
    }

    /// A request to a path of the workspace `ciba` with a form body.
    pub async fn form(&self, path: &str, client: Option<(&str, &str)>, body: impl Into<String>) -> Answer {
        self.send(form_request(&format!("/default/ciba{path}"), client, body)).await
    }

    pub async fn authenticate(&self, client: (&str, &str), body: &str) -> Answer {
        self.form("/backchannel/authentication", Some(client), body).await
    }

    /// A valid request; the acknowledged `auth_req_id`.
    pub async fn acknowledged(&self, client: (&str, &str)) -> String {
        let body = format!("scope=openid+profile&login_hint=john&client_notification_token={TOKEN}");
        let answer = self.authenticate(client, &body).await.ok();
        settle().await;
        answer.text("auth_req_id")
    }

    pub async fn poll(&self, client: (&str, &str), auth_req_id: &str) -> Answer {
        let body = format!("grant_type={CIBA}&auth_req_id={auth_req_id}");
        self.form("/oauth2/token", Some(client), body).await
    }

    /// `(login_id, login_state)` of the newest start.
    pub fn login(&self) -> (String, String) {
        let start = self.outside.calls("/authentication/start").pop().expect("an authentication was started");
        (start.body["login_id"].as_str().unwrap().into(), start.body["login_state"].as_str().unwrap().into())
    }

    pub async fn system_token(&self) -> String {
        let client = self.op.authentication_service_client("ciba").unwrap();
        let credentials = (client.client_id.as_str(), client.client_secret.expose());
        let body = "grant_type=client_credentials&scope=manage_scope_grants";
        self.send(form_request("/default/system/oauth2/token", Some(credentials), body))
            .await
            .ok()
            .text("access_token")
    }

    /// Sends a decision on a login: `verb` is `accept` or `reject`.
    pub async fn decide(&self, verb: &str, login: &str, token: Option<&str>, body: Value) -> Answer {
        let mut request = Request::post(format!("/api/system/default/scope-grants/{login}/{verb}"))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Approves or denies the newest login with everything right.
    pub async fn decide_newest(&self, verb: &str) -> Answer {
        self.decide_newest_about(verb, &["openid", "profile"]).await
    }

    /// The same with these scopes.
    pub async fn decide_newest_about(&self, verb: &str, scopes: &[&str]) -> Answer {
        let (login, state) = self.login();
        let token = self.system_token().await;
        let body = json!({"id": login, "login_state": state, "granted_scopes": scopes});
        self.decide(verb, &login, Some(&token), body).await
    }

    pub fn count(&self, endpoint: &str, outcome: &str) -> u64 {
        self.op.access_counts().get(endpoint, outcome)
    }
}

pub fn form_request(path: &str, client: Option<(&str, &str)>, body: impl Into<String>) -> Request<Body> {
    let mut request =
        Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8");
    if let Some((id, secret)) = client {
        request = request.header(header::AUTHORIZATION, basic(id, secret));
    }
    request.body(Body::from(body.into())).unwrap()
}

/// RFC 6749, 2.3.1: both parts are form-encoded first.
pub fn basic(id: &str, secret: &str) -> String {
    use base64::Engine;
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let plain = format!("{}:{}", encode(id), encode(secret));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(plain))
}

pub async fn send(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answer { status: head.status, headers: head.headers, body }
}

/// Lets tasks that were spawned run until they wait for something.
pub async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

pub async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

pub const ALICE: (&str, &str) = ("alice-app", "alice-secret");
pub const BOB: (&str, &str) = ("bob-app", "bob-secret");
pub const CAROL: (&str, &str) = ("carol-app", "carol-secret");
