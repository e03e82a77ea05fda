//! The management API: the plan, what waits, what was decided.

use axum::{
    Router,
    extract::{Path, Request, State},
    response::Response,
    routing::{get, post},
};
use http::{StatusCode, Uri};
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    json_body,
    pending::Waiting,
    plan::{Decision, DecisionPlan},
    service::{Answered, AuthService, DecideError},
};

/// The longest plan, in bytes: users with overrides make it long.
const MAX_PLAN: usize = 1024 * 1024;

/// Entries of a list when the request names no limit.
const DEFAULT_LIST: usize = 100;

/// Entries of a list at most.
const MAX_LIST: usize = 10_000;

pub(crate) fn router(service: AuthService) -> Router {
    Router::new()
        .route("/plan", get(plan).put(put_plan))
        .route("/counts", get(counts))
        .route("/pending", get(pending))
        .route("/pending/{login_id}/approve", post(approve))
        .route("/pending/{login_id}/deny", post(deny))
        .route("/history", get(history))
        .with_state(service)
}

async fn plan(State(service): State<AuthService>) -> Response {
    json_body::answer(StatusCode::OK, service.plan().as_ref())
}

async fn put_plan(State(service): State<AuthService>, request: Request) -> Response {
    let body = match json_body::bytes(request.into_body(), MAX_PLAN).await {
        Ok(body) => body,
        Err(bad) => return bad.answer(),
    };
    let plan = match serde_json::from_slice::<DecisionPlan>(&body) {
        Ok(plan) => plan,
        Err(error) => {
            let description = format!("the body is not a decision plan: {error}");
            return json_body::error(StatusCode::BAD_REQUEST, "invalid_plan", &description);
        }
    };
    match service.set_plan(plan) {
        Ok(()) => json_body::answer(StatusCode::OK, service.plan().as_ref()),
        Err(errors) => {
            let body = json!({
                "error": "invalid_plan",
                "error_description": "the plan has values that are out of range; the plan in force stays",
                "errors": errors,
            });
            json_body::answer(StatusCode::BAD_REQUEST, &body)
        }
    }
}

async fn counts(State(service): State<AuthService>) -> Response {
    json_body::answer(StatusCode::OK, &service.counts())
}

/// `?user_identifier=`, `?binding_message=` and `?client_id=` narrow the list, `?limit=` bounds it; oldest first.
async fn pending(State(service): State<AuthService>, uri: Uri) -> Response {
    let query = match Query::read(&uri, &["user_identifier", "binding_message", "client_id"]) {
        Ok(query) => query,
        Err(answer) => return *answer,
    };
    let now = service.shared.clock.now();
    let guard = service.shared.pending();
    let mut found: Vec<&Waiting> = guard.iter().filter(|waiting| query.matches(waiting)).collect();
    found.sort_by_key(|waiting| waiting.login.arrived);
    let total = found.len();
    let list: Vec<PendingEntry<'_>> =
        found.into_iter().take(query.limit).map(|waiting| PendingEntry::new(waiting, now)).collect();
    json_body::answer(StatusCode::OK, &json!({ "total": total, "pending": list }))
}

async fn approve(State(service): State<AuthService>, Path(login_id): Path<String>) -> Response {
    let result = service.approve(&login_id).await;
    decided(&login_id, Decision::Approve, result)
}

async fn deny(State(service): State<AuthService>, Path(login_id): Path<String>) -> Response {
    let result = service.deny(&login_id).await;
    decided(&login_id, Decision::Deny, result)
}

/// The newest finished decisions, oldest first; `?limit=` bounds the list.
async fn history(State(service): State<AuthService>, uri: Uri) -> Response {
    match Query::read(&uri, &[]) {
        Ok(query) => json_body::answer(StatusCode::OK, &json!({ "history": service.history(query.limit) })),
        Err(answer) => *answer,
    }
}

fn decided(login_id: &str, decision: Decision, result: Result<Answered, DecideError>) -> Response {
    match result {
        Ok(Answered { status, problem, .. }) => {
            let body =
                json!({ "login_id": login_id, "decision": decision, "status": status, "problem": problem });
            json_body::answer(StatusCode::OK, &body)
        }
        Err(error @ DecideError::NotPending(_)) => {
            json_body::error(StatusCode::NOT_FOUND, "not_pending", &error.to_string())
        }
        Err(error @ DecideError::Draining(_)) => json_body::unavailable(&error.to_string()),
    }
}

#[derive(Serialize)]
struct PendingEntry<'a> {
    login_id: &'a str,
    user_identifier: &'a str,
    binding_message: Option<&'a str>,
    client_id: &'a str,
    requested_scopes: &'a [Box<str>],
    /// What the plan says.
    decision: Decision,
    /// How long it waits already.
    waiting_ms: u128,
    /// How long until the decision; absent for ignored requests.
    due_in_ms: Option<u128>,
}

impl<'a> PendingEntry<'a> {
    fn new(waiting: &'a Waiting, now: Instant) -> Self {
        let login = &waiting.login;
        Self {
            login_id: &login.login_id,
            user_identifier: &login.user_identifier,
            binding_message: login.binding_message.as_deref(),
            client_id: &login.client_id,
            requested_scopes: &login.requested_scopes,
            decision: waiting.decision,
            waiting_ms: now.saturating_duration_since(login.arrived).as_millis(),
            due_in_ms: waiting.due.map(|(due, _)| due.saturating_duration_since(now).as_millis()),
        }
    }
}

/// The query of a list.
struct Query {
    filters: Vec<(String, String)>,
    limit: usize,
}

impl Query {
    fn read(uri: &Uri, known: &[&str]) -> Result<Self, Box<Response>> {
        let bad = |description: String| {
            Box::new(json_body::error(StatusCode::BAD_REQUEST, "invalid_request", &description))
        };
        let mut query = Self { filters: Vec::new(), limit: DEFAULT_LIST };
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            if name == "limit" {
                let limit = value.parse().ok().filter(|limit| (1..=MAX_LIST).contains(limit));
                query.limit = limit.ok_or_else(|| {
                    bad(format!("limit is {value:?}; expected a number from 1 to {MAX_LIST}"))
                })?;
            } else if known.contains(&name.as_ref()) {
                query.filters.push((name.into_owned(), value.into_owned()));
            } else {
                return Err(bad(format!(
                    "{name:?} is not a parameter here; expected limit or one of {known:?}"
                )));
            }
        }
        Ok(query)
    }

    fn matches(&self, waiting: &Waiting) -> bool {
        let login = &waiting.login;
        self.filters.iter().all(|(name, value)| match name.as_str() {
            "user_identifier" => *value == *login.user_identifier,
            "binding_message" => login.binding_message.as_deref() == Some(value),
            "client_id" => *value == *login.client_id,
            _ => false,
        })
    }
}
