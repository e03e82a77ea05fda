use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderName, HeaderValue, Request, StatusCode, header};
use maud::Markup;

use super::address::{Address, SEGMENT};
use super::fields::{Fields, Refusal};
use super::page::{self, Consent, Desk};
use super::seal::Session;
use crate::access_log::Endpoint;
use crate::authentication_service::shown_message;
use crate::client::Client;
use crate::open_banking;
use crate::pending::AuthenticationRequest;
use crate::router::Site;

/// Requests that are shown at once.
const MAX_SHOWN: usize = 20;

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
pub(crate) fn paths(site: &Site) -> Router {
    let path = format!("/{}/{}/{SEGMENT}", site.provider.tenant, site.workspace.id);
    Router::new()
        .route(&path, get(open).post(look))
        .route(&format!("{path}/consent"), post(decide))
        .route(&format!("{path}/style.css"), get(style))
        .with_state(site.clone())
}

/// What a browser is answered.
struct Shown {
    page: Markup,
    outcome: &'static str,
    client_id: Option<String>,
}

async fn open(State(site): State<Site>, request: Request<Body>) -> Response {
    let address = Address::of(&site.workspace.issuer);
    let session = Session::of(request.headers());
    let page = page::ask(Desk { path: &address.path, seal: &session.seal() });
    let mut response = answer(&site, Shown { page, outcome: "opened", client_id: None });
    if let Some(cookie) = session.cookie(&address) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Looks up what is pending for a hint. A POST, since a hint names a person and does not belong into a URL.
async fn look(State(site): State<Site>, request: Request<Body>) -> Response {
    submitted(&site, request, |fields, desk| {
        let hint = fields.get("login_hint")?;
        let found = pending(&site, hint);
        if found.is_empty() {
            return Ok(Shown { page: page::none_found(desk, hint), outcome: "none_found", client_id: None });
        }
        let shown: Vec<_> = found.iter().take(MAX_SHOWN).map(|request| consent(&site, request)).collect();
        let page = page::consents(desk, hint, &shown, found.len() - shown.len());
        Ok(Shown { page, outcome: "listed", client_id: None })
    })
    .await
}

async fn decide(State(site): State<Site>, request: Request<Body>) -> Response {
    submitted(&site, request, |fields, desk| {
        let allowed = match fields.get("action")? {
            "allow" => true,
            "deny" => false,
            _ => return Err(Refusal::Field("action")),
        };
        let login_id = fields.get("login_id")?;
        let too_late = || Shown { page: page::too_late(desk), outcome: "too_late", client_id: None };
        let Some(request) = site.provider.pending.by_login(login_id).filter(|found| is_here(&site, found))
        else {
            return Ok(too_late());
        };
        let clock = &site.provider.clock;
        let decided = match allowed {
            true => open_banking::approve(&request, request.demand.scopes.clone(), Vec::new(), clock),
            false => open_banking::deny(&request, None, clock),
        };
        if !decided {
            return Ok(too_late());
        }
        // Nobody is pinged: settings with a ping client are refused for the SIMULATOR.
        site.provider.pending.no_longer_undecided(&request);
        Ok(Shown {
            page: page::decided(desk, allowed, shown_name(&request.client), &request.demand.user_identifier),
            outcome: if allowed { "allowed" } else { "denied" },
            client_id: Some(request.client.id.clone()),
        })
    })
    .await
}

/// Acts upon a form of one of our own pages, and upon no other.
async fn submitted(
    site: &Site,
    request: Request<Body>,
    act: impl FnOnce(&Fields, Desk<'_>) -> Result<Shown, Refusal>,
) -> Response {
    let address = Address::of(&site.workspace.issuer);
    let (head, body) = request.into_parts();
    let shown = Fields::read(body).await.and_then(|fields| {
        let seal = fields.get("seal").unwrap_or_default();
        let foreign = || Refusal::Foreign(format!("{}{}", address.origin, address.path));
        let session = Session::of_form(&head.headers, seal, &address).ok_or_else(foreign)?;
        act(&fields, Desk { path: &address.path, seal: &session.seal() })
    });
    match shown {
        Ok(shown) => answer(site, shown),
        Err(refusal) => {
            let page = page::refused(&address.path, &refusal.to_string());
            let mut response = answer(site, Shown { page, outcome: "refused", client_id: None });
            *response.status_mut() = refusal.status();
            response
        }
    }
}

fn answer(site: &Site, shown: Shown) -> Response {
    site.provider.log.count(Endpoint::Simulator, shown.outcome, shown.client_id.as_deref());
    let mut response = shown.page.into_string().into_response();
    for (name, value) in SAFEGUARDS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn style() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (StatusCode::OK, headers, STYLE).into_response()
}

/// What waits for a user of this workspace, oldest first.
fn pending(site: &Site, hint: &str) -> Vec<Arc<AuthenticationRequest>> {
    let now = site.provider.clock.now();
    let mut found = site.provider.pending.of_user(hint);
    found.retain(|request| is_here(site, request) && request.is_open(now));
    found.sort_by_key(|request| request.received_at);
    found
}

fn is_here(site: &Site, request: &AuthenticationRequest) -> bool {
    Arc::ptr_eq(&request.workspace, &site.workspace)
}

fn consent(site: &Site, request: &AuthenticationRequest) -> Consent {
    let clock = site.provider.clock;
    Consent {
        login_id: request.login_id.clone(),
        client_name: shown_name(&request.client).to_owned(),
        binding_message: shown_message(request),
        scopes: request.demand.scopes.clone(),
        details: request.demand.intent.as_ref().map(open_banking::details).unwrap_or_default(),
        received_at: clock.rfc3339_at(request.received_at),
        expires_at: clock.rfc3339_at(request.expires_at),
    }
}

/// A client whose settings give it no name goes by its identifier.
fn shown_name(client: &Client) -> &str {
    if client.name.is_empty() { &client.id } else { &client.name }
}
