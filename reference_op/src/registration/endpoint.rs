//! The client registration endpoint (RFC 7591, 3) and the client configuration endpoint (RFC 7592, 2).

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::application::{Accepted, Occasion, judge};
use super::member::{Asked, invalid};
use super::store::{Registered, RegisteredClients};
use crate::access_log::Endpoint;
use crate::bearer;
use crate::error::{OauthError, json_answer};
use crate::random;
use crate::router::Site;
use crate::secret::Secret;

/// Largest body in bytes.
const MAX_BODY: usize = 64 * 1024;

/// Its paths, where clients may register.
pub(crate) fn paths(site: &Site) -> Router {
    if site.workspace.registered.is_none() {
        return Router::new();
    }
    let register = format!("/{}/{}/register", site.provider.tenant, site.workspace.id);
    Router::new()
        .route(&register, post(create))
        .route(&format!("{register}/{{client_id}}"), get(read).put(update).delete(delete))
        .with_state(site.clone())
}

async fn create(State(site): State<Site>, headers: HeaderMap, body: Body) -> Response {
    let answer = register(&site, &headers, body).await;
    finish(&site, Endpoint::Register, answer)
}

async fn read(State(site): State<Site>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let known = owned(&site, &id, &headers).map(|registered| shown(&site, StatusCode::OK, &registered));
    finish(&site, Endpoint::ClientConfiguration, known)
}

async fn update(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = change(&site, &id, &headers, body).await;
    finish(&site, Endpoint::ClientConfiguration, answer)
}

async fn delete(State(site): State<Site>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let gone = owned(&site, &id, &headers).map(|_| {
        if let Some(clients) = &site.workspace.registered {
            clients.remove(&id);
        }
        StatusCode::NO_CONTENT.into_response()
    });
    finish(&site, Endpoint::ClientConfiguration, gone)
}

async fn register(site: &Site, headers: &HeaderMap, body: Body) -> Result<Response, OauthError> {
    let clients = clients(site)?;
    if let Some(initial) = &clients.initial_access_token
        && !bearer::token(headers).is_some_and(|token| initial.matches(token))
    {
        return Err(OauthError::invalid_token());
    }
    let asked = asked(headers, body).await?;
    let identity = (random::hexadecimal(), Secret::new(random::unguessable()));
    let Accepted { client, members } = judge(site, &asked, identity, Occasion::Registration).await?;
    let clock = &site.provider.clock;
    let registered = Registered {
        client: Arc::new(client),
        access_token: Secret::new(random::unguessable()),
        members,
        issued_at: clock.unix_seconds_at(clock.now()),
    };
    keep(site, clients, registered, StatusCode::CREATED)
}

/// Replaces what a client registered (RFC 7592, 2.2). It keeps its identifier, its secret and its token.
async fn change(site: &Site, id: &str, headers: &HeaderMap, body: Body) -> Result<Response, OauthError> {
    let before = owned(site, id, headers)?;
    let asked = asked(headers, body).await?;
    if asked.text("client_id")?.as_deref() != Some(id) {
        return Err(invalid("client_id is not that of the client"));
    }
    if asked.text("client_secret")?.is_some_and(|secret| !before.client.secret.matches(&secret)) {
        return Err(invalid("client_secret is not that of the client"));
    }
    let identity = (id.to_owned(), before.client.secret.clone());
    let Accepted { client, members } = judge(site, &asked, identity, Occasion::Update).await?;
    let changed = Registered { client: Arc::new(client), members, ..before };
    keep(site, clients(site)?, changed, StatusCode::OK)
}

async fn asked(headers: &HeaderMap, body: Body) -> Result<Asked, OauthError> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(invalid("the body must be application/json"));
    }
    let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| {
        invalid("the body is too large or broken off").with_status(StatusCode::PAYLOAD_TOO_LARGE)
    })?;
    Asked::parse(&bytes)
}

fn clients(site: &Site) -> Result<&RegisteredClients, OauthError> {
    site.workspace.registered.as_ref().ok_or_else(OauthError::invalid_token)
}

/// The client that shows its own token. Whoever shows another one is not told whether there is such a client.
fn owned(site: &Site, id: &str, headers: &HeaderMap) -> Result<Registered, OauthError> {
    let token = bearer::token(headers).ok_or_else(OauthError::invalid_token)?;
    clients(site)?.owned(id, token).ok_or_else(OauthError::invalid_token)
}

fn keep(
    site: &Site,
    clients: &RegisteredClients,
    registered: Registered,
    status: StatusCode,
) -> Result<Response, OauthError> {
    let answer = shown(site, status, &registered);
    match clients.put(registered) {
        true => Ok(answer),
        false => Err(OauthError::new("temporarily_unavailable", "too many clients are registered")
            .with_status(StatusCode::SERVICE_UNAVAILABLE)),
    }
}

/// What a client is told of itself (RFC 7591, 3.2.1; RFC 7592, 3).
fn shown(site: &Site, status: StatusCode, registered: &Registered) -> Response {
    let Registered { client, access_token, members, issued_at } = registered;
    let mut answer = members.clone();
    let uri = format!("{}/register/{}", site.workspace.issuer, client.id);
    answer.insert("client_id".to_owned(), json!(client.id));
    answer.insert("client_id_issued_at".to_owned(), json!(issued_at));
    if client.method.uses_secret() && !client.is_open {
        answer.insert("client_secret".to_owned(), json!(client.secret.expose()));
        answer.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    answer.insert("registration_access_token".to_owned(), json!(access_token.expose()));
    answer.insert("registration_client_uri".to_owned(), json!(uri));
    json_answer(status, &Value::Object(answer))
}

fn finish(site: &Site, endpoint: Endpoint, answer: Result<Response, OauthError>) -> Response {
    let outcome = answer.as_ref().map_or_else(OauthError::code, |answer| match answer.status() {
        StatusCode::CREATED => "201",
        StatusCode::NO_CONTENT => "204",
        _ => "200",
    });
    site.provider.log.count(endpoint, outcome, None);
    answer.into_response()
}
