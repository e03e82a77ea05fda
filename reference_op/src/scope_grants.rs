//! Decisions of the authentication service: `/api/system/{tid}/scope-grants/{login}`.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access_log::Endpoint;
use crate::access_token::AccessToken;
use crate::bearer;
use crate::error::{SystemError, json_answer};
use crate::notify::{Occasion, ping};
use crate::pending::{AuthenticationRequest, Standing};
use crate::provider::Provider;
use crate::scope::OPENID;
use crate::settings::CIBA_GRANT;
use crate::system_token::MANAGE_SCOPE_GRANTS;

/// Largest decision in bytes.
const MAX_BODY: usize = 64 * 1024;

/// An accept or a reject; unknown members are ignored.
#[derive(Deserialize)]
struct Decision {
    id: Option<String>,
    login_state: Option<String>,
    granted_scopes: Option<Vec<String>>,
}

pub(crate) async fn accept(
    State(provider): State<Arc<Provider>>,
    Path(login): Path<String>,
    request: Request<Body>,
) -> Response {
    finish(&provider, Endpoint::ScopeGrantAccept, decide(&provider, &login, request, Verb::Accept).await)
}

pub(crate) async fn reject(
    State(provider): State<Arc<Provider>>,
    Path(login): Path<String>,
    request: Request<Body>,
) -> Response {
    finish(&provider, Endpoint::ScopeGrantReject, decide(&provider, &login, request, Verb::Reject).await)
}

/// The details that an authentication service may show before it asks.
pub(crate) async fn get(
    State(provider): State<Arc<Provider>>,
    Path(login): Path<String>,
    request: Request<Body>,
) -> Response {
    let answer = details(&provider, &login, request.headers(), request.uri().query());
    finish(&provider, Endpoint::ScopeGrantGet, answer)
}

#[derive(Clone, Copy)]
enum Verb {
    Accept,
    Reject,
}

/// Counts and sends; the client is the one whose request was decided.
fn finish(provider: &Provider, endpoint: Endpoint, answer: Result<(String, Value), SystemError>) -> Response {
    match answer {
        Ok((client_id, body)) => {
            provider.log.count(endpoint, "200", Some(&client_id));
            json_answer(StatusCode::OK, &body)
        }
        Err(error) => {
            provider.log.count(endpoint, error.status().as_str().to_owned(), None);
            error.into_response()
        }
    }
}

async fn decide(
    provider: &Arc<Provider>,
    login: &str,
    http_request: Request<Body>,
    verb: Verb,
) -> Result<(String, Value), SystemError> {
    let token = authorize(provider, http_request.headers())?;
    let request = find(provider, login, &token)?;
    let decision = read(http_request).await?;
    if decision.login_state.as_deref() != Some(request.login_state.as_str()) {
        return Err(login_state_mismatch());
    }
    if decision.id.is_some_and(|id| id != login) {
        return Err(bad_request("id_mismatch", "id is not the login of the path"));
    }
    let now = provider.clock.now();
    let (decided, occasion) = match verb {
        Verb::Accept => {
            let granted = granted_scopes(decision.granted_scopes.unwrap_or_default(), &request)?;
            (request.approve(granted, now), Occasion::Approval)
        }
        Verb::Reject => (request.deny(now), Occasion::Denial),
    };
    if !decided {
        return Err(unknown_login());
    }
    provider.pending.no_longer_undecided(&request);
    ping(provider, &request, occasion).await;
    // `redirect_to` belongs to the redirect flow and is empty here.
    Ok((request.client.id.clone(), json!({"redirect_to": ""})))
}

fn details(
    provider: &Provider,
    login: &str,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<(String, Value), SystemError> {
    let token = authorize(provider, headers)?;
    let request = find(provider, login, &token)?;
    let state =
        form_urlencoded::parse(query.unwrap_or("").as_bytes()).find(|(name, _)| name == "login_state");
    if state.is_some_and(|(_, state)| state != request.login_state) {
        return Err(login_state_mismatch());
    }
    Ok((request.client.id.clone(), session(provider, &request)))
}

fn authorize(provider: &Provider, headers: &HeaderMap) -> Result<Arc<AccessToken>, SystemError> {
    let now = provider.clock.now();
    let token =
        bearer::token(headers).and_then(|text| provider.system_tokens.find(text, now)).ok_or_else(|| {
            SystemError::new(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "the bearer token is missing, unknown or expired",
            )
        })?;
    if !token.scopes.iter().any(|scope| scope == MANAGE_SCOPE_GRANTS) {
        let reason = "the bearer token lacks the scope manage_scope_grants";
        return Err(SystemError::new(StatusCode::FORBIDDEN, "insufficient_scope", reason));
    }
    Ok(token)
}

/// The request of a login, for the authentication service of its own workspace.
fn find(
    provider: &Provider,
    login: &str,
    token: &AccessToken,
) -> Result<Arc<AuthenticationRequest>, SystemError> {
    provider
        .pending
        .by_login(login)
        .filter(|request| Arc::ptr_eq(&request.workspace, &token.workspace))
        .filter(|request| request.is_open(provider.clock.now()))
        .ok_or_else(unknown_login)
}

async fn read(request: Request<Body>) -> Result<Decision, SystemError> {
    let body = to_bytes(request.into_body(), MAX_BODY).await.map_err(|_| {
        SystemError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "the body is too large or broken off",
        )
    })?;
    serde_json::from_slice(&body)
        .map_err(|_| bad_request("invalid_json", "the body is not the expected JSON object"))
}

fn granted_scopes(granted: Vec<String>, request: &AuthenticationRequest) -> Result<Vec<String>, SystemError> {
    if !granted.iter().any(|scope| scope == OPENID) {
        return Err(bad_request("openid_missing", "granted_scopes must contain openid"));
    }
    if !granted.iter().all(|scope| request.scopes.contains(scope)) {
        return Err(bad_request(
            "scope_not_requested",
            "granted_scopes holds a scope that was not requested",
        ));
    }
    // In the order of the request and without repetitions.
    Ok(request.scopes.iter().filter(|scope| granted.contains(scope)).cloned().collect())
}

fn session(provider: &Provider, request: &AuthenticationRequest) -> Value {
    let scopes: Vec<_> = request
        .scopes
        .iter()
        .map(|scope| {
            json!({
                "id": scope, "name": scope, "requested_name": scope, "display_name": scope, "description": "",
                "tenant_id": request.workspace.tenant, "authorization_server_id": request.workspace.id, "params": [],
            })
        })
        .collect();
    let standing = request.standing();
    json!({
        "id": request.login_id,
        "tenant_id": request.workspace.tenant,
        "server_id": request.workspace.id,
        "client_id": request.client.id,
        "client_info": {"client_name": request.client.name},
        "subject": request.user_identifier,
        "requested_grant_type": CIBA_GRANT,
        "requested_at": provider.clock.rfc3339_at(request.received_at),
        "requested_scopes": scopes,
        "requested_acr": request.acr_values.as_deref().unwrap_or_default(),
        "granted_scopes": [],
        "scope_grant_approved": standing == Standing::Approved,
        "scope_grant_rejected": standing == Standing::Denied,
        "error": null,
    })
}

fn login_state_mismatch() -> SystemError {
    SystemError::new(
        StatusCode::FORBIDDEN,
        "login_state_mismatch",
        "login_state is missing or belongs to another login",
    )
}

fn unknown_login() -> SystemError {
    SystemError::new(StatusCode::NOT_FOUND, "unknown_login", "the login is unknown, decided or expired")
}

fn bad_request(code: &'static str, reason: &'static str) -> SystemError {
    SystemError::new(StatusCode::BAD_REQUEST, code, reason)
}
