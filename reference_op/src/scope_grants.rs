//! Decisions of the authentication service: `/api/system/{tid}/scope-grants/{login}`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Request};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access_log::Endpoint;
use crate::error::SystemError;
use crate::notify::Occasion;
use crate::pending::{AuthenticationRequest, Standing};
use crate::provider::Provider;
use crate::settings::CIBA_GRANT;
use crate::system_api;
use crate::system_token::MANAGE_SCOPE_GRANTS;

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
    system_api::finish(
        &provider,
        Endpoint::ScopeGrantAccept,
        decide(&provider, &login, request, Verb::Accept).await,
    )
}

pub(crate) async fn reject(
    State(provider): State<Arc<Provider>>,
    Path(login): Path<String>,
    request: Request<Body>,
) -> Response {
    system_api::finish(
        &provider,
        Endpoint::ScopeGrantReject,
        decide(&provider, &login, request, Verb::Reject).await,
    )
}

/// The details that an authentication service may show before it asks.
pub(crate) async fn get(
    State(provider): State<Arc<Provider>>,
    Path(login): Path<String>,
    request: Request<Body>,
) -> Response {
    let answer = details(&provider, &login, request.headers(), request.uri().query());
    system_api::finish(&provider, Endpoint::ScopeGrantGet, answer)
}

#[derive(Clone, Copy)]
enum Verb {
    Accept,
    Reject,
}

async fn decide(
    provider: &Arc<Provider>,
    login: &str,
    http_request: Request<Body>,
    verb: Verb,
) -> Result<(String, Value), SystemError> {
    let request = find(provider, login, http_request.headers())?;
    let decision: Decision = system_api::read(http_request).await?;
    system_api::check_login(&request, decision.login_state.as_deref(), decision.id.as_deref())?;
    let now = provider.clock.now();
    let (decided, occasion) = match verb {
        Verb::Accept => {
            let granted = system_api::granted_scopes(decision.granted_scopes.unwrap_or_default(), &request)?;
            (request.approve(granted, now), Occasion::Approval)
        }
        Verb::Reject => (request.deny(now), Occasion::Denial),
    };
    if !decided {
        return Err(system_api::unknown_login());
    }
    Ok(system_api::decided(provider, &request, occasion).await)
}

fn details(
    provider: &Provider,
    login: &str,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<(String, Value), SystemError> {
    let request = find(provider, login, headers)?;
    system_api::check_query(&request, query)?;
    Ok((request.client.id.clone(), session(provider, &request)))
}

/// A login that is no consent's: those have APIs of their own.
fn find(
    provider: &Provider,
    login: &str,
    headers: &HeaderMap,
) -> Result<Arc<AuthenticationRequest>, SystemError> {
    let token = system_api::authorize(provider, headers, MANAGE_SCOPE_GRANTS)?;
    let request = system_api::find(provider, login, &token)?;
    match request.demand.intent {
        None => Ok(request),
        Some(_) => Err(system_api::unknown_login()),
    }
}

fn session(provider: &Provider, request: &AuthenticationRequest) -> Value {
    let standing = request.standing();
    json!({
        "id": request.login_id,
        "tenant_id": request.workspace.tenant,
        "server_id": request.workspace.id,
        "client_id": request.client.id,
        "client_info": {"client_name": request.client.name},
        "subject": request.demand.user_identifier,
        "requested_grant_type": CIBA_GRANT,
        "requested_at": provider.clock.rfc3339_at(request.received_at),
        "requested_scopes": system_api::requested_scopes(request),
        "requested_acr": request.demand.acr_values.as_deref().unwrap_or_default(),
        "granted_scopes": [],
        "scope_grant_approved": standing == Standing::Approved,
        "scope_grant_rejected": standing == Standing::Denied,
        "error": null,
    })
}
