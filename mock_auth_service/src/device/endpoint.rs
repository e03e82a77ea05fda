use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use maud::Markup;
use tokio::time::Instant;

use super::{
    consent::{self, Key},
    page::{self, PATH, Prompt},
    seal::{Session, is_addressed_to_loopback},
};
use crate::{
    json_body,
    pending::Waiting,
    service::{Answered, AuthService, DecideError},
};

/// Logins that are shown at once.
const MAX_SHOWN: usize = 50;

/// Largest form in bytes.
const MAX_FORM: usize = 16 * 1024;

const STYLE: &str = include_str!("style.css");

/// What browsers are told about each page: no script, no frame, nothing from elsewhere, and forms only to here. `same-origin`
/// since with `no-referrer` browsers would hide the origin of a form from us, too.
const SAFEGUARDS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
];

/// The page's paths.
pub(crate) fn router(service: AuthService) -> Router {
    Router::new()
        .route(PATH, get(open).post(decide))
        .route(&format!("{PATH}/style.css"), get(style))
        .with_state(service)
}

async fn open(State(service): State<AuthService>, request: Request) -> Response {
    let headers = request.headers();
    if !is_addressed_to_loopback(headers) {
        return foreign();
    }
    let session = Session::of(headers);
    let (mut prompts, keys, hidden) = waiting(&service);
    consent::look_up(&service, &mut prompts, keys).await;
    let mut response = answer(StatusCode::OK, page::prompts(&session.seal(), &prompts, hidden));
    if let Some(cookie) = session.cookie(PATH) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

async fn decide(State(service): State<AuthService>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = match json_body::bytes(body, MAX_FORM).await {
        Ok(body) => body,
        Err(bad) => return refused(bad.answer().status(), &format!("Nothing was decided: {bad}.")),
    };
    let fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| {
        let mut values = fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    };
    if !is_own(&head.headers, field("seal").unwrap_or_default()) {
        return foreign();
    }
    let (Some(login_id), Some(action @ ("allow" | "deny"))) = (field("login_id"), field("action")) else {
        let why = "Nothing was decided: login_id or action is missing, repeated or not one of the values that it can have.";
        return refused(StatusCode::BAD_REQUEST, why);
    };
    let decided = match action {
        "allow" => service.approve(login_id).await,
        _ => service.deny(login_id).await,
    };
    let (title, sentence) = told(action == "allow", &decided);
    answer(StatusCode::OK, page::outcome(title, &sentence))
}

fn is_own(headers: &HeaderMap, seal: &str) -> bool {
    is_addressed_to_loopback(headers) && Session::of(headers).made(headers, seal)
}

/// What became of a decision, in words.
fn told(allowed: bool, decided: &Result<Answered, DecideError>) -> (&'static str, String) {
    match decided {
        Ok(Answered { problem: Some(problem), .. }) => (
            "Not taken by the server",
            format!("The decision came to nothing: {problem}. The login may have expired."),
        ),
        Ok(Answered { problem: None, .. }) if allowed => {
            ("Allowed", "The server has taken the approval.".to_owned())
        }
        Ok(Answered { problem: None, .. }) => ("Denied", "The server has taken the denial.".to_owned()),
        Err(DecideError::NotPending(_)) => (
            "Too late",
            "This login is decided already, or was never started. Nothing was changed.".to_owned(),
        ),
        Err(DecideError::Draining(_)) => {
            ("Too late", "The authentication service is being ended. Nothing was decided.".to_owned())
        }
    }
}

/// What can still be decided, oldest first and cut at a bound, how the consents among it are asked for, and how many more there
/// are.
fn waiting(service: &AuthService) -> (Vec<Prompt>, Vec<Option<Key>>, usize) {
    let clock = &service.shared.clock;
    let now = clock.now();
    let guard = service.shared.pending();
    let mut found: Vec<&Waiting> = guard
        .iter()
        .filter(|waiting| waiting.by_hand.is_none() && waiting.login.expires.is_none_or(|at| now < at))
        .collect();
    found.sort_by_key(|waiting| waiting.login.arrived);
    let hidden = found.len().saturating_sub(MAX_SHOWN);
    found.truncate(MAX_SHOWN);
    let prompts = found.iter().map(|waiting| prompt(waiting, now)).collect();
    (prompts, found.iter().map(|waiting| key(waiting)).collect(), hidden)
}

fn key(waiting: &Waiting) -> Option<Key> {
    let login = &waiting.login;
    Some(Key { api: login.consent?, login_state: login.login_state.as_deref().map(str::to_owned) })
}

fn prompt(waiting: &Waiting, now: Instant) -> Prompt {
    let login = &waiting.login;
    Prompt {
        login_id: login.login_id.as_ref().to_owned(),
        user: login.user_identifier.as_ref().to_owned(),
        client: login.client_name.as_deref().unwrap_or(&login.client_id).to_owned(),
        binding_message: login.binding_message.as_deref().unwrap_or_default().to_owned(),
        scopes: login.requested_scopes.iter().map(|scope| scope.as_ref().to_owned()).collect(),
        is_consent: false,
        details: Vec::new(),
        waits: now.saturating_duration_since(login.arrived).as_secs(),
        expires_in: login.expires.map(|at| at.saturating_duration_since(now).as_secs()),
    }
}

fn foreign() -> Response {
    let why = "This request does not come from a page that was opened here, or that page is too old. Nothing was decided. \
               Open the page at the printed address; your browser has to accept its cookie.";
    refused(StatusCode::FORBIDDEN, why)
}

fn refused(status: StatusCode, why: &str) -> Response {
    answer(status, page::outcome("Not accepted", why))
}

fn answer(status: StatusCode, page: Markup) -> Response {
    let mut response = (status, page.into_string()).into_response();
    for (name, value) in SAFEGUARDS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn style() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, STYLE).into_response()
}
