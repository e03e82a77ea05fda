use super::answer::{Answer, ConnectionReset};
use super::body::{self, Contents};
use super::documents::Documents;
use super::registry::{Known, Registry, RegistryFull};
use super::sink::{Cause, METHOD_SHOWN, Notification, NotificationSink, PATH_SHOWN, Presented, Stranger};
use super::texts::TextRefused;
use super::token::NotificationToken;
use crate::ciba::Secret;
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
    documents: Documents,
}

impl Receiver {
    /// An endpoint at `path` (beginning with `/`) that hands over to `sink`.
    pub fn new(path: &str, clock: Clock, sink: Arc<dyn NotificationSink>) -> Self {
        let (path, registry, documents) = (path.into(), Registry::new(), Documents::default());
        Receiver { shared: Arc::new(Shared { path, clock, sink, registry, documents }) }
    }

    /// Waits for calls with this token from now on. Registering a flow again replaces its token.
    ///
    /// # Errors
    ///
    /// When [`REGISTERED_MAX`](super::REGISTERED_MAX) flows are registered.
    pub fn register(&self, token: &NotificationToken) -> Result<(), RegistryFull> {
        self.shared.registry.register(token, false)
    }

    /// Waits for pushes with this token from now on (CIBA Core 1.0, 10.3). A push is read before it is answered, since nobody
    /// repeats what was taken; one that broke off is answered 400.
    ///
    /// # Errors
    ///
    /// As for [`Receiver::register`].
    pub fn register_push(&self, token: &NotificationToken) -> Result<(), RegistryFull> {
        self.shared.registry.register(token, true)
    }

    /// Waits for calls that bear this very token from now on, whatever it looks like: for checks of its length and alphabet
    /// (CIBA Core 1.0, 7.1). It is looked for only when a call's token is none of [`Receiver::register`]. Registering a
    /// flow again replaces its text.
    ///
    /// # Errors
    ///
    /// When [`TEXTS_MAX`](super::TEXTS_MAX) are registered, or another flow has this one.
    pub fn register_text(&self, flow: u64, token: &Secret<String>) -> Result<(), TextRefused> {
        self.shared.registry.register_text(flow, token)
    }

    /// Forgets a flow, with its tokens and its answer.
    pub fn forget(&self, flow: u64) {
        self.shared.registry.forget(flow);
    }

    /// Number of tokens that are registered.
    pub fn registered(&self) -> usize {
        self.shared.registry.registered()
    }

    /// Answers a flow's calls like this from now on; `None` means every flow that has no answer of its own.
    pub fn answer_with(&self, flow: Option<u64>, answer: Answer) {
        self.shared.registry.plans().set(flow, answer);
    }

    /// The path of this endpoint.
    pub fn path(&self) -> &str {
        &self.shared.path
    }

    pub(super) fn documents(&self) -> &Documents {
        &self.shared.documents
    }

    /// A path of the same origin to which a flow's calls may be redirected. A call there is answered 404 and reported as a
    /// [`Stranger`] with [`Cause::WrongPath`] and this path.
    pub fn redirected_path(&self, flow: u64) -> String {
        format!("{}/redirected/{flow}", self.shared.path.trim_end_matches('/'))
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
    if let Some(document) = shared.documents.answer(&request) {
        return document;
    }
    let known = shared.recognise(&request);
    let plan = known.as_ref().ok().and_then(|known| shared.registry.plans().of(known.flow));
    let refused = known.as_ref().err().copied();
    // A caller that announces its body sends none once it is answered, and a reset loses what was not read.
    let body_first = request.headers().contains_key(header::EXPECT)
        || plan.as_ref().is_some_and(|answer| answer.reset)
        || known.as_ref().is_ok_and(|known| known.awaits_push);
    // Boxed, so that what a load run spawns for each call stays small.
    let caller = known.map_err(|cause| Box::new(shared.stranger(at, cause, &request)));
    let delivery = deliver(Arc::clone(shared), at, caller, request);
    if body_first {
        if !delivery.await {
            return with_status(StatusCode::BAD_REQUEST);
        }
    } else {
        // A task of its own, which runs when the answer has been written.
        drop(tokio::spawn(delivery));
    }
    if plan.is_none() && !body_first {
        shared.sink.answered(shared.clock.now().saturating_duration_since(at));
    }
    match (refused, plan) {
        (Some(cause), _) => refusal(cause),
        (None, Some(answer)) => planned(&answer).await,
        (None, None) => with_status(StatusCode::NO_CONTENT),
    }
}

/// Reads the body and hands over. False for a push that broke off: its caller should send it again.
async fn deliver(
    shared: Arc<Shared>,
    at: Instant,
    caller: Result<Known, Box<Stranger>>,
    request: Request,
) -> bool {
    let (head, body) = request.into_parts();
    let awaits_push = caller.as_ref().is_ok_and(|known| known.awaits_push);
    let Contents { auth_req_id, breaches, push } = match awaits_push {
        true => body::read_push(&head.headers, body).await,
        false => body::read(&head.headers, body).await,
    };
    match caller {
        Ok(Known { flow, .. }) if awaits_push && push.is_none() => {
            shared.registry.forgive(flow);
            return false;
        }
        Ok(Known { flow, duplicate, .. }) => {
            shared.sink.notified(Notification { flow, at, auth_req_id, breaches, duplicate, push });
        }
        Err(stranger) => shared.sink.stranger(Stranger { auth_req_id, ..*stranger }),
    }
    true
}

impl Shared {
    fn recognise(&self, request: &Request) -> Result<Known, Cause> {
        if request.uri().path() != &*self.path {
            return Err(Cause::WrongPath);
        }
        if request.method() != Method::POST {
            return Err(Cause::WrongMethod);
        }
        self.registry.present(bearer(request.headers())?).ok_or(Cause::UnknownToken)
    }

    /// What is known of a call that no registered token speaks for, but for its body.
    fn stranger(&self, at: Instant, cause: Cause, request: &Request) -> Stranger {
        let cut = |text: &str, characters| text.chars().take(characters).collect();
        let tokens = || {
            let values = request.headers().get_all(header::AUTHORIZATION).iter();
            values.filter_map(|value| bearer_token(value.as_bytes()))
        };
        let one = tokens().next().filter(|first| tokens().all(|token| token == *first));
        let query = request.uri().query().unwrap_or_default();
        Stranger {
            at,
            cause,
            method: cut(request.method().as_str(), METHOD_SHOWN),
            path: cut(request.uri().path(), PATH_SHOWN),
            presented: Presented {
                headers: tokens().count(),
                query: form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token"),
            },
            flow: one.and_then(|token| self.registry.whose(token)),
            auth_req_id: None,
        }
    }
}

/// The one bearer token of a call (RFC 6750, 2.1).
fn bearer(headers: &HeaderMap) -> Result<&[u8], Cause> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Cause::NoBearer)?.as_bytes();
    if values.next().is_some() {
        return Err(Cause::TwoBearers);
    }
    bearer_token(value).ok_or(Cause::NoBearer)
}

fn bearer_token(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = authorization.split_at_checked(b"Bearer ".len())?;
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !token.is_empty()).then_some(token)
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
