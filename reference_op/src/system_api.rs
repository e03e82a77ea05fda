//! What the APIs of the system workspace have in common: who may decide, about which login, and how that is told.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Request, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::access_log::Endpoint;
use crate::access_token::AccessToken;
use crate::bearer;
use crate::error::{SystemError, json_answer};
use crate::notify::{Occasion, tell};
use crate::pending::AuthenticationRequest;
use crate::provider::Provider;
use crate::scope::OPENID;

/// Largest decision in bytes.
const MAX_BODY: usize = 64 * 1024;

/// The token of a request, if it lives and has the scope.
pub(crate) fn authorize(
    provider: &Provider,
    headers: &HeaderMap,
    scope: &str,
) -> Result<Arc<AccessToken>, SystemError> {
    let now = provider.clock.now();
    let token =
        bearer::token(headers).and_then(|text| provider.system_tokens.find(text, now)).ok_or_else(|| {
            SystemError::new(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "the bearer token is missing, unknown or expired",
            )
        })?;
    if !token.scopes.iter().any(|held| held == scope) {
        let reason = "the bearer token lacks the scope of this API";
        return Err(SystemError::new(StatusCode::FORBIDDEN, "insufficient_scope", reason));
    }
    Ok(token)
}

/// The request of a login, for the authentication service of its own workspace.
pub(crate) fn find(
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

/// Reads a decision.
pub(crate) async fn read<T: DeserializeOwned>(request: Request<Body>) -> Result<T, SystemError> {
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

/// Whether a decision is about the request.
pub(crate) fn check_login(
    request: &AuthenticationRequest,
    login_state: Option<&str>,
    id: Option<&str>,
) -> Result<(), SystemError> {
    if login_state != Some(request.login_state.as_str()) {
        return Err(login_state_mismatch());
    }
    match id {
        Some(id) if id != request.login_id => {
            Err(bad_request("id_mismatch", "id is not the login of the path"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether a question is about the request; it need not say so.
pub(crate) fn check_query(request: &AuthenticationRequest, query: Option<&str>) -> Result<(), SystemError> {
    let state =
        form_urlencoded::parse(query.unwrap_or("").as_bytes()).find(|(name, _)| name == "login_state");
    match state {
        Some((_, state)) if state != request.login_state => Err(login_state_mismatch()),
        Some(_) | None => Ok(()),
    }
}

/// The scopes of an approval, in the order of the request and without repetitions.
pub(crate) fn granted_scopes(
    granted: Vec<String>,
    request: &AuthenticationRequest,
) -> Result<Vec<String>, SystemError> {
    if !granted.iter().any(|scope| scope == OPENID) {
        return Err(bad_request("openid_missing", "granted_scopes must contain openid"));
    }
    if !granted.iter().all(|scope| request.demand.scopes.contains(scope)) {
        return Err(bad_request(
            "scope_not_requested",
            "granted_scopes holds a scope that was not requested",
        ));
    }
    Ok(request.demand.scopes.iter().filter(|scope| granted.contains(scope)).cloned().collect())
}

/// The requested scopes as objects.
pub(crate) fn requested_scopes(request: &AuthenticationRequest) -> Vec<Value> {
    let scope = |scope: &String| {
        json!({
            "id": scope, "name": scope, "requested_name": scope, "display_name": scope, "description": "",
            "tenant_id": request.workspace.tenant, "authorization_server_id": request.workspace.id, "params": [],
        })
    };
    request.demand.scopes.iter().map(scope).collect()
}

/// Tells whom a decision concerns; the answer to it.
pub(crate) async fn decided(
    provider: &Arc<Provider>,
    request: &Arc<AuthenticationRequest>,
    occasion: Occasion,
) -> (String, Value) {
    provider.pending.no_longer_undecided(request);
    tell(provider, request, occasion).await;
    // `redirect_to` belongs to the redirect flow and is empty here.
    (request.client.id.clone(), json!({"redirect_to": ""}))
}

/// Counts and sends; the client is the one whose request was decided.
pub(crate) fn finish(
    provider: &Provider,
    endpoint: Endpoint,
    answer: Result<(String, Value), SystemError>,
) -> Response {
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

fn login_state_mismatch() -> SystemError {
    SystemError::new(
        StatusCode::FORBIDDEN,
        "login_state_mismatch",
        "login_state is missing or belongs to another login",
    )
}

pub(crate) fn unknown_login() -> SystemError {
    SystemError::new(StatusCode::NOT_FOUND, "unknown_login", "the login is unknown, decided or expired")
}

pub(crate) fn bad_request(code: &'static str, reason: &'static str) -> SystemError {
    SystemError::new(StatusCode::BAD_REQUEST, code, reason)
}
