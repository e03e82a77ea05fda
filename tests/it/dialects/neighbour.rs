//! Servers that ask in another dialect: the embedded OP behind a translator that does what Keycloak does, or that offers an
//! approval URL.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use ciba_bench::decision_channel::hand_plan;
use ciba_bench::notification::NotificationSink;
use ciba_bench::world::{InProcess, Party, WorldSettings, out_of_auth_service};
use http::{HeaderMap, StatusCode};
use mock_auth_service::{
    ApprovalUrlSettings, AuthService, CHANNEL_PATH, Clock, DecisionPlan, DenialStatus, DialectSettings,
    KeycloakSettings, Limits, NoObserver, Observer, Secret, ServiceSettings,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use tower::ServiceExt as _;

pub const UNKNOWN_USER: &str = "nobody-at-all";
const BODY_MAX: usize = 1 << 20;
const CALLBACK: &str = "/realms/ciba/protocol/openid-connect/ext/ciba/auth/callback";
/// From the channel's 201 until Keycloak has stored the request.
const STORED_AFTER: Duration = Duration::from_millis(20);

/// A server that asks in another dialect, and our authentication service that speaks it.
pub struct Neighbour {
    pub world: InProcess,
    pub service: AuthService,
    pub book: Arc<Book>,
}

/// What the server has on its side.
pub struct Book {
    /// The world's time.
    clock: ciba_bench::clock::Clock,
    /// Bearer or `auth_req_id` to the login that the embedded OP knows, and since when.
    known: Mutex<HashMap<String, (String, Instant)>>,
    forgets: AtomicBool,
    /// Every call that told of a decision: for whom, the word, how long after the request, and the answer.
    pub told: Mutex<Vec<(String, String, Duration, u16)>>,
    /// Answers of our authentication channel.
    pub channel: Mutex<Vec<u16>>,
}

impl Book {
    /// From now on the server knows of no request.
    pub fn forget_everything(&self) {
        self.forgets.store(true, Ordering::Relaxed);
    }
}

impl Neighbour {
    /// A server with Keycloak's HTTP authentication channel. Every third request is delivered to it twice.
    pub fn keycloak(
        plan: DecisionPlan,
        observer: Arc<dyn Observer>,
        sink: Arc<dyn NotificationSink>,
    ) -> Neighbour {
        let callback = format!("http://op.localhost{CALLBACK}");
        let denial = DenialStatus::Unauthorized;
        let dialect = DialectSettings::Keycloak(KeycloakSettings { callback, denial });
        let neighbour = Neighbour::new(dialect, plan, observer, sink);
        let (channel, book) = (neighbour.service.router(), neighbour.book.clone());
        neighbour.world.intercept(Party::AuthenticationService, |router| {
            let asked = channel.clone();
            let asks = from_fn(move |request, next| ask(asked.clone(), book.clone(), request, next));
            router.layer(asks).merge(channel)
        });
        let (device, book) = (neighbour.world.auth_service().clone(), neighbour.book.clone());
        neighbour.world.intercept(Party::Op, |router| {
            let decide = post(move |headers: HeaderMap, body: String| async move {
                let bearer = headers.get("authorization").and_then(|value| value.to_str().ok());
                let bearer = bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
                let Some(bearer) = bearer else { return StatusCode::UNAUTHORIZED };
                let body: Value = serde_json::from_str(&body).unwrap_or_default();
                let word = body["status"].as_str().unwrap_or_default().to_owned();
                let approved = match word.as_str() {
                    "SUCCEED" => true,
                    "UNAUTHORIZED" | "CANCELLED" => false,
                    _ => return StatusCode::BAD_REQUEST,
                };
                take(&device, &book, bearer, word, approved, StatusCode::FORBIDDEN).await
            });
            router.merge(Router::new().route(CALLBACK, decide))
        });
        neighbour
    }

    /// A server that is told of decisions by a URL.
    pub fn with_approval_url(
        plan: DecisionPlan,
        observer: Arc<dyn Observer>,
        sink: Arc<dyn NotificationSink>,
    ) -> Neighbour {
        let template = "http://op.localhost/decision?token={auth_req_id}&type={action}";
        let dialect = DialectSettings::ApprovalUrl(ApprovalUrlSettings {
            template: Secret::new(template),
            by_get: false,
            approve: "allow".to_owned(),
            deny: "deny".to_owned(),
        });
        let neighbour = Neighbour::new(dialect, plan, observer, sink);
        // The OP tells its own device of a login; which request that was, its answer says.
        let starts: Arc<Mutex<HashMap<String, String>>> = Arc::default();
        let seen = starts.clone();
        neighbour.world.intercept(Party::AuthenticationService, |router| {
            router.layer(from_fn(move |request, next| note_start(seen.clone(), request, next)))
        });
        let (device, book) = (neighbour.world.auth_service().clone(), neighbour.book.clone());
        neighbour.world.intercept(Party::Op, |router| {
            let noted = book.clone();
            let decide = post(move |request: Request| async move {
                let query = request.uri().query().unwrap_or_default().as_bytes();
                let query: BTreeMap<String, String> = form_urlencoded::parse(query).into_owned().collect();
                let (id, word) = (query["token"].clone(), query["type"].clone());
                let approved = word == "allow";
                match take(&device, &book, id, word, approved, StatusCode::NOT_FOUND).await {
                    StatusCode::NOT_FOUND => (StatusCode::NOT_FOUND, "no such request"),
                    status => (status, ""),
                }
            });
            router
                .layer(from_fn(move |request, next| {
                    note_request(starts.clone(), noted.clone(), request, next)
                }))
                .merge(Router::new().route("/decision", decide))
        });
        neighbour
    }

    fn new(
        dialect: DialectSettings,
        plan: DecisionPlan,
        observer: Arc<dyn Observer>,
        sink: Arc<dyn NotificationSink>,
    ) -> Neighbour {
        let mut settings = WorldSettings { plan: hand_plan(UNKNOWN_USER), ..WorldSettings::default() };
        settings.give_user_codes((1..=64).map(|n| format!("user-{n:02}")));
        let world = InProcess::new(settings, Arc::new(NoObserver), sink).unwrap();
        let settings = ServiceSettings { dialect, plan, limits: Limits::default() };
        let (clock, out) =
            (Clock::starting_at(InProcess::beginning()), out_of_auth_service(world.transport()));
        let service = AuthService::new(settings, clock, out, observer).unwrap();
        let clock = world.clock();
        let book = Book {
            clock,
            forgets: AtomicBool::new(false),
            known: Mutex::default(),
            told: Mutex::default(),
            channel: Mutex::default(),
        };
        Neighbour { world, service, book: Arc::new(book) }
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.service.close();
    }
}

/// The server takes a decision, or does not know (any more) whose it is.
async fn take(
    device: &AuthService,
    book: &Book,
    name: String,
    word: String,
    approved: bool,
    unknown: StatusCode,
) -> StatusCode {
    let known = book.known.lock().unwrap().get(&name).cloned();
    let known = known.filter(|_| !book.forgets.load(Ordering::Relaxed));
    let Some((login, since)) = known else {
        book.told.lock().unwrap().push((name, word, Duration::ZERO, unknown.as_u16()));
        return unknown;
    };
    let age = book.clock.now() - since;
    let decided = if approved { device.approve(&login).await } else { device.deny(&login).await };
    let taken = decided.is_ok_and(|answered| answered.problem.is_none());
    let status = if taken { StatusCode::OK } else { unknown };
    book.told.lock().unwrap().push((name, word, age, status.as_u16()));
    status
}

async fn whole(request: Request) -> (Request, Vec<u8>) {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_MAX).await.unwrap();
    (Request::from_parts(head, Body::from(body.clone())), body.to_vec())
}

/// What the OP tells its own device goes to the channel, too.
async fn ask(channel: Router, book: Arc<Book>, request: Request, next: Next) -> Response {
    if !request.uri().path().ends_with("/authentication/start") {
        return next.run(request).await;
    }
    let (request, body) = whole(request).await;
    let started = next.run(request).await;
    let start: Value = serde_json::from_slice(&body).unwrap();
    let (login, since) = (start["login_id"].as_str().unwrap().to_owned(), book.clock.now());
    let bearer = format!("bearer-of-{login}");
    let scopes: Vec<&str> =
        start["requested_scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let asked = json!({
        "scope": scopes.join(" "),
        "binding_message": start["binding_message"],
        "login_hint": start["user_identifier"],
        "is_consent_required": false,
    });
    let deliveries = if login.bytes().map(usize::from).sum::<usize>() % 3 == 0 { 2 } else { 1 };
    for _ in 0..deliveries {
        let request = http::Request::post(CHANNEL_PATH)
            .header("authorization", format!("Bearer {bearer}"))
            .body(Body::from(asked.to_string()))
            .unwrap();
        let status = channel.clone().oneshot(request).await.unwrap().status();
        book.channel.lock().unwrap().push(status.as_u16());
        if status != StatusCode::CREATED {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    tokio::spawn(async move {
        tokio::time::sleep(STORED_AFTER).await;
        book.known.lock().unwrap().insert(bearer, (login, since));
    });
    started
}

async fn note_start(starts: Arc<Mutex<HashMap<String, String>>>, request: Request, next: Next) -> Response {
    let (request, body) = whole(request).await;
    if let Ok(start) = serde_json::from_slice::<Value>(&body)
        && let (Some(login), Some(message)) = (start["login_id"].as_str(), start["binding_message"].as_str())
    {
        starts.lock().unwrap().insert(message.to_owned(), login.to_owned());
    }
    next.run(request).await
}

async fn note_request(
    starts: Arc<Mutex<HashMap<String, String>>>,
    book: Arc<Book>,
    request: Request,
    next: Next,
) -> Response {
    if !request.uri().path().ends_with("/backchannel/authentication") {
        return next.run(request).await;
    }
    let (request, body) = whole(request).await;
    let (head, answer) = next.run(request).await.into_parts();
    let answer = to_bytes(answer, BODY_MAX).await.unwrap();
    let message = form_urlencoded::parse(&body).into_owned().find(|(name, _)| name == "binding_message");
    if let (Ok(acknowledged), Some((_, message))) = (serde_json::from_slice::<Value>(&answer), message)
        && let Some(id) = acknowledged["auth_req_id"].as_str().map(str::to_owned)
    {
        let since = book.clock.now();
        // The OP may tell its device only now.
        tokio::spawn(async move {
            for _ in 0..100 {
                let login = starts.lock().unwrap().get(&message).cloned();
                if let Some(login) = login {
                    book.known.lock().unwrap().insert(id, (login, since));
                    return;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }
    Response::from_parts(head, Body::from(answer))
}
