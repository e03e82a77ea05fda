//! Paths, and what every answer carries.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

use crate::access_log::Endpoint;
use crate::authentication_service::AuthenticationService;
use crate::capacity;
use crate::error::{OauthError, json_answer};
use crate::fault::Fault;
use crate::provider::Provider;
use crate::workspace::Workspace;
use crate::{
    backchannel_authentication, introspection, open_banking, random, registration, scope_grants, simulator,
    system_token, token_endpoint,
};

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// A workspace and the provider around it: what a public handler needs.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) provider: Arc<Provider>,
    pub(crate) workspace: Arc<Workspace>,
}

/// The public listener's paths.
pub(crate) fn public(provider: &Arc<Provider>) -> Router {
    let tenant = &provider.tenant;
    let grant = format!("/api/system/{tenant}/scope-grants/{{login}}");
    let mut router = Router::new()
        .route(&format!("/{tenant}/system/oauth2/token"), post(system_token::answer))
        .route(&grant, get(scope_grants::get))
        .route(&format!("{grant}/accept"), post(scope_grants::accept))
        .route(&format!("{grant}/reject"), post(scope_grants::reject))
        .merge(open_banking::system_paths(provider))
        .with_state(Arc::clone(provider));
    for workspace in &provider.workspaces {
        router = router.merge(workspace_paths(provider, workspace));
    }
    let (missing, wrong_method) = (Arc::clone(provider), Arc::clone(provider));
    router
        .fallback(|| async move { not_found(&missing) })
        .method_not_allowed_fallback(|| async move { method_not_allowed(&wrong_method) })
        .layer(from_fn(identify))
}

/// The management listener's paths: counters, requests held, liveness.
pub(crate) fn management(provider: &Arc<Provider>) -> Router {
    Router::new()
        .route("/access-log", get(access_log))
        .route("/pending-count", get(pending_count))
        .route("/health", get(|| async { json_answer(StatusCode::OK, &json!({"status": "ok"})) }))
        .with_state(Arc::clone(provider))
}

fn workspace_paths(provider: &Arc<Provider>, workspace: &Arc<Workspace>) -> Router {
    let base = format!("/{}/{}", provider.tenant, workspace.id);
    let path = |suffix: &str| format!("{base}{suffix}");
    let mut backchannel_authentication = post(backchannel_authentication::answer);
    if workspace.faults.has(Fault::GetAccepted) {
        backchannel_authentication = backchannel_authentication.get(backchannel_authentication::answer);
    }
    let mut token = post(token_endpoint::answer);
    if workspace.faults.has(Fault::TokenGetAccepted) {
        token = token.get(token_endpoint::answer);
    }
    if provider.capacity.bounds_requests() {
        let line = |endpoint| from_fn_with_state((Arc::clone(provider), endpoint), capacity::serve);
        backchannel_authentication =
            backchannel_authentication.layer(line(Endpoint::BackchannelAuthentication));
        token = token.layer(line(Endpoint::Token));
    }
    let site = Site { provider: Arc::clone(provider), workspace: Arc::clone(workspace) };
    let device = match workspace.authentication_service {
        AuthenticationService::Simulator => simulator::paths(&site),
        AuthenticationService::External { .. } => Router::new(),
    };
    Router::new()
        .route(&path("/.well-known/openid-configuration"), get(discovery))
        .route(&path("/.well-known/jwks.json"), get(jwks))
        .route(&path("/backchannel/authentication"), backchannel_authentication)
        .route(&path("/oauth2/token"), token)
        .route(&path("/oauth2/introspect"), post(introspection::introspect))
        .route(&path("/userinfo"), get(introspection::userinfo))
        .with_state(site.clone())
        .merge(device)
        .merge(open_banking::paths(&site))
        .merge(registration::paths(&site))
}

async fn discovery(State(site): State<Site>) -> Response {
    site.provider.log.count(Endpoint::Discovery, "200", None);
    document(site.workspace.discovery.clone())
}

async fn jwks(State(site): State<Site>) -> Response {
    site.provider.log.count(Endpoint::Jwks, "200", None);
    document(site.workspace.jwks.clone())
}

/// A public document that may be cached.
fn document(body: bytes::Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], Body::from(body)).into_response()
}

async fn access_log(State(provider): State<Arc<Provider>>) -> Response {
    json_answer(StatusCode::OK, &provider.log.counts())
}

async fn pending_count(State(provider): State<Arc<Provider>>) -> Response {
    let (pending, held) = provider.pending.counts(provider.clock.now());
    json_answer(StatusCode::OK, &json!({"pending": pending, "held": held}))
}

fn not_found(provider: &Provider) -> Response {
    provider.log.count(Endpoint::Other, "404", None);
    OauthError::new("not_found", "nothing is served at this path")
        .with_status(StatusCode::NOT_FOUND)
        .into_response()
}

fn method_not_allowed(provider: &Provider) -> Response {
    provider.log.count(Endpoint::Other, "405", None);
    OauthError::invalid_request("the method is not allowed here")
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .into_response()
}

/// Echoes the caller's correlation id and adds a trace id of our own.
async fn identify(request: Request, next: Next) -> Response {
    let correlation_id = request.headers().get(&CORRELATION_ID).cloned();
    let mut response = next.run(request).await;
    if let Some(id) = correlation_id {
        response.headers_mut().insert(CORRELATION_ID, id);
    }
    if let Ok(id) = HeaderValue::try_from(random::hexadecimal()) {
        response.headers_mut().insert(TRACE_ID, id);
    }
    response
}
