use super::answer::{Answer, ConnectionReset};
use super::body::{self, Contents};
use super::registry::{Known, Registry, RegistryFull};
use super::sink::{Cause, Notification, NotificationSink, Stranger};
use super::token::NotificationToken;
use crate::clock::Clock;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;

/// The client notification endpoint.
///
/// A flow's token is registered before its request is sent. A call with that token is stamped and answered 204 before
/// its body is read; anything else is answered 401 (404 and 405 for another path or method). A flow that was forgotten
/// leaves nothing behind: what still comes for it is answered 401 and reported as a [`Stranger`], which is no breach.
///
/// Flow numbers are never used twice in one process, so that a late call cannot be taken for another flow's.
#[derive(Clone)]
pub struct Receiver {
    shared: Arc<Shared>,
}

struct Shared {
    path: Box<str>,
    clock: Clock,
    sink: Arc<dyn NotificationSink>,
    registry: Registry,
}

impl Receiver {
    /// An endpoint at `path` (beginning with `/`) that hands over to `sink`.
    pub fn new(path: &str, clock: Clock, sink: Arc<dyn NotificationSink>) -> Self {
        Receiver { shared: Arc::new(Shared { path: path.into(), clock, sink, registry: Registry::new() }) }
    }

    /// Waits for calls with this token from now on. Registering a flow again replaces its token.
    ///
    /// # Errors
    ///
    /// When [`REGISTERED_MAX`](super::REGISTERED_MAX) flows are registered.
    pub fn register(&self, token: &NotificationToken) -> Result<(), RegistryFull> {
        self.shared.registry.register(token)
    }

    /// Forgets a flow, with its answer.
    pub fn forget(&self, flow: u64) {
        self.shared.registry.forget(flow);
    }

    /// Number of flows that are registered.
    pub fn registered(&self) -> usize {
        self.shared.registry.registered()
    }

    /// Answers a flow's calls like this from now on; `None` means every flow that has no answer of its own.
    pub fn answer_with(&self, flow: Option<u64>, answer: Answer) {
        self.shared.registry.plans().set(flow, answer);
    }

    /// The endpoint as a service, for [`serve`](super::serve) or for a call in process. It needs a tokio runtime.
    pub fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(self.clone())
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("path", &self.shared.path)
            .field("registered", &self.registered())
            .finish_non_exhaustive()
    }
}

async fn handle(State(receiver): State<Receiver>, request: Request) -> Response {
    let at = receiver.shared.clock.now();
    let shared = &receiver.shared;
    if request.uri().path() != &*shared.path {
        return shared.turn_away(at, Cause::WrongPath);
    }
    if request.method() != Method::POST {
        return shared.turn_away(at, Cause::WrongMethod);
    }
    let known =
        bearer(request.headers()).and_then(|token| shared.registry.present(token).ok_or(Cause::UnknownToken));
    let plan = known.as_ref().ok().and_then(|known| shared.registry.plans().of(known.flow));
    let refused = known.as_ref().err().copied();
    // A caller that announces its body sends none once it is answered, and a reset loses what was not read.
    let body_first =
        request.headers().contains_key(header::EXPECT) || plan.as_ref().is_some_and(|answer| answer.reset);
    let delivery = deliver(Arc::clone(shared), at, known, request);
    if body_first {
        delivery.await;
    } else {
        // A task of its own, which runs when the answer has been written.
        drop(tokio::spawn(delivery));
    }
    match (refused, plan) {
        (Some(cause), _) => refusal(cause),
        (None, Some(answer)) => planned(&answer).await,
        (None, None) => with_status(StatusCode::NO_CONTENT),
    }
}

/// Reads the body and hands over.
async fn deliver(shared: Arc<Shared>, at: Instant, known: Result<Known, Cause>, request: Request) {
    let (head, body) = request.into_parts();
    let Contents { auth_req_id, breaches } = body::read(&head.headers, body).await;
    match known {
        Ok(Known { flow, duplicate }) => {
            shared.sink.notified(Notification { flow, at, auth_req_id, breaches, duplicate });
        }
        Err(cause) => shared.sink.stranger(Stranger { at, cause, auth_req_id }),
    }
}

impl Shared {
    fn turn_away(&self, at: Instant, cause: Cause) -> Response {
        self.sink.stranger(Stranger { at, cause, auth_req_id: None });
        refusal(cause)
    }
}

/// The one bearer token of a call (RFC 6750, 2.1).
fn bearer(headers: &HeaderMap) -> Result<&[u8], Cause> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Cause::NoBearer)?.as_bytes();
    if values.next().is_some() {
        return Err(Cause::TwoBearers);
    }
    match value.split_at_checked(b"Bearer ".len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"Bearer ") && !token.is_empty() => Ok(token),
        Some(_) | None => Err(Cause::NoBearer),
    }
}

fn refusal(cause: Cause) -> Response {
    let (status, name, value) = match cause {
        Cause::NoBearer => (StatusCode::UNAUTHORIZED, header::WWW_AUTHENTICATE, "Bearer"),
        Cause::TwoBearers | Cause::UnknownToken => {
            (StatusCode::UNAUTHORIZED, header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
        }
        Cause::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, header::ALLOW, "POST"),
        Cause::WrongPath => return with_status(StatusCode::NOT_FOUND),
    };
    let mut response = with_status(status);
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

async fn planned(answer: &Answer) -> Response {
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay.min(Answer::DELAY_MAX)).await;
    }
    let mut response = Response::new(Body::from(answer.body.clone()));
    *response.status_mut() = answer.status;
    if let Some(location) = &answer.location {
        response.headers_mut().insert(header::LOCATION, location.clone());
    }
    if answer.reset {
        response.extensions_mut().insert(ConnectionReset);
    }
    response
}

fn with_status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
