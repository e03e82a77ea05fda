//! Decisions about consents: `/{tid}/system/open-banking/..`, and `/api/system/{tid}/open-banking/..`, as they were called
//! before.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::{HeaderMap, Request};
use serde::Deserialize;
use serde_json::{Value, json};

use super::approval::{approve, deny};
use super::consent::Consent;
use super::kind::Kind;
use crate::access_log::Endpoint;
use crate::error::SystemError;
use crate::notify::Occasion;
use crate::pending::AuthenticationRequest;
use crate::provider::Provider;
use crate::settings::OpenBankingProfile;
use crate::system_api::{self, bad_request};
use crate::system_token::MANAGE_OPENBANKING_CONSENTS;

/// Most accounts of a consent, and the longest text of a decision in bytes.
const MAX_ACCOUNTS: usize = 100;
const MAX_TEXT: usize = 2_048;

/// An accept or a reject; unknown members are ignored.
#[derive(Deserialize)]
struct Decision {
    id: Option<String>,
    login_state: Option<String>,
    granted_scopes: Option<Vec<String>>,
    account_ids: Option<Vec<String>>,
    rejection_reason: Option<RejectionReason>,
}

/// Why a customer in Brasil rejects.
#[derive(Deserialize)]
struct RejectionReason {
    code: String,
    #[serde(default)]
    details: String,
}

/// The paths of all consents that a workspace of the provider has.
pub(crate) fn system_paths(provider: &Provider) -> Router<Arc<Provider>> {
    let profiles: Vec<OpenBankingProfile> = provider
        .workspaces
        .iter()
        .filter_map(|workspace| Some(workspace.open_banking.as_ref()?.profile))
        .collect();
    let tenant = &provider.tenant;
    let bases = [format!("/{tenant}/system"), format!("/api/system/{tenant}")];
    let mut router = Router::new();
    for kind in Kind::ALL.into_iter().filter(|kind| profiles.contains(&kind.profile())) {
        let paths = Router::new()
            .route("/", get(answer_describe))
            .route("/accept", post(answer_accept))
            .route("/reject", post(answer_reject))
            .layer(Extension(kind));
        for base in &bases {
            router = router.nest(&format!("{base}{}/{{login}}", kind.decision_path()), paths.clone());
        }
    }
    router
}

type At = (State<Arc<Provider>>, Extension<Kind>, Path<String>);

async fn answer_describe(
    (State(provider), Extension(kind), Path(login)): At,
    request: Request<Body>,
) -> Response {
    system_api::finish(&provider, Endpoint::ConsentGet, describe(&provider, &login, &request, kind))
}

async fn answer_accept(
    (State(provider), Extension(kind), Path(login)): At,
    request: Request<Body>,
) -> Response {
    let answer = accept(&provider, &login, request, kind).await;
    system_api::finish(&provider, Endpoint::ConsentAccept, answer)
}

async fn answer_reject(
    (State(provider), Extension(kind), Path(login)): At,
    request: Request<Body>,
) -> Response {
    let answer = reject(&provider, &login, request, kind).await;
    system_api::finish(&provider, Endpoint::ConsentReject, answer)
}

/// The client whose request it is about, and the body.
type Answered = Result<(String, Value), SystemError>;

fn describe(provider: &Provider, login: &str, request: &Request<Body>, kind: Kind) -> Answered {
    let found = find(provider, login, request.headers(), kind)?;
    system_api::check_query(&found, request.uri().query())?;
    let consent = found.demand.intent.as_ref().and_then(|intent| intent.consent.as_ref());
    let consent = consent.ok_or_else(system_api::unknown_login)?;
    Ok((found.client.id.clone(), description(&found, consent)))
}

async fn accept(provider: &Arc<Provider>, login: &str, request: Request<Body>, kind: Kind) -> Answered {
    let found = find(provider, login, request.headers(), kind)?;
    let decision = read(&found, request).await?;
    let granted = system_api::granted_scopes(decision.granted_scopes.unwrap_or_default(), &found)?;
    let accounts = decision.account_ids.unwrap_or_default();
    if accounts.len() > MAX_ACCOUNTS || accounts.iter().any(|id| id.is_empty() || id.len() > MAX_TEXT) {
        return Err(bad_request("account_ids", "account_ids has too many entries, or one of an odd length"));
    }
    if !approve(&found, granted, accounts, &provider.clock) {
        return Err(system_api::unknown_login());
    }
    Ok(system_api::decided(provider, &found, Occasion::Approval).await)
}

async fn reject(provider: &Arc<Provider>, login: &str, request: Request<Body>, kind: Kind) -> Answered {
    let found = find(provider, login, request.headers(), kind)?;
    let reason = read(&found, request).await?.rejection_reason;
    let reason = reason.filter(|_| kind.profile() == OpenBankingProfile::Brasil);
    if reason.as_ref().is_some_and(|reason| reason.code.len().max(reason.details.len()) > MAX_TEXT) {
        return Err(bad_request("rejection_reason", "rejection_reason is too long"));
    }
    let rejection = reason.map(|reason| {
        let reason = json!({"code": reason.code, "additionalInformation": reason.details});
        json!({"rejectedBy": "USER", "reason": reason})
    });
    if !deny(&found, rejection, &provider.clock) {
        return Err(system_api::unknown_login());
    }
    Ok(system_api::decided(provider, &found, Occasion::Denial).await)
}

/// A login about a consent of this kind.
fn find(
    provider: &Provider,
    login: &str,
    headers: &HeaderMap,
    kind: Kind,
) -> Result<Arc<AuthenticationRequest>, SystemError> {
    let token = system_api::authorize(provider, headers, MANAGE_OPENBANKING_CONSENTS)?;
    let found = system_api::find(provider, login, &token)?;
    let is_about = |kind: Kind| {
        let consent = found.demand.intent.as_ref()?.consent.as_ref();
        Some(consent.is_none_or(|consent| consent.kind == kind))
    };
    match is_about(kind) {
        Some(true) => Ok(found),
        Some(false) | None => Err(system_api::unknown_login()),
    }
}

async fn read(found: &AuthenticationRequest, request: Request<Body>) -> Result<Decision, SystemError> {
    let decision: Decision = system_api::read(request).await?;
    system_api::check_login(found, decision.login_state.as_deref(), decision.id.as_deref())?;
    Ok(decision)
}

/// What an authentication service may show before it asks.
fn description(request: &AuthenticationRequest, consent: &Consent) -> Value {
    let document = consent.document();
    let status = document.get("Status").or_else(|| document.get("status")).cloned();
    let mut description = json!({
        "consent_id": consent.id,
        "type": consent.kind.type_name(),
        "status": status,
        "tenant_id": request.workspace.tenant,
        "server_id": request.workspace.id,
        "client_id": request.client.id,
        "client_info": {"client_name": request.client.name},
        "subject": request.demand.user_identifier,
        "account_ids": consent.account_ids(),
        "authentication_context": {},
        "created_at": consent.created_at,
        "requested_scopes": system_api::requested_scopes(request),
    });
    description[format!("{}_consent", consent.kind.type_name())] = document;
    description
}
