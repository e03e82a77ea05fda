//! The answer with tokens (RFC 6749, 5.1; OpenID Connect Core 1.0, 3.1.3.3; CIBA Core 1.0, 10.1.1).

use std::sync::Arc;

use axum::response::Response;
use http::{StatusCode, header};
use serde::Serialize;

use crate::certificate::PeerCertificate;
use crate::client::Client;
use crate::discovery::ACR_VALUES;
use crate::error::{OauthError, json_answer};
use crate::fault::{Fault, FaultSet};
use crate::id_token::{IdToken, Pushed};
use crate::pending::{Approval, AuthenticationRequest};
use crate::provider::Provider;
use crate::random;
use crate::registration::sector_of_subject;
use crate::scope::OFFLINE_ACCESS;
use crate::workspace::Workspace;

/// Lifetime in seconds that an access token is said to have which is short and not bound.
const SHORT_LIFETIME: u64 = 300;
/// Characters of an access token that is too short.
const SHORT: usize = 10;

/// A successful answer.
#[derive(Serialize)]
pub(crate) struct TokenAnswer {
    pub(crate) access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_type: Option<&'static str>,
    pub(crate) expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<String>,
}

/// How tokens get to their client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// As the answer to a token request.
    Answer,
    /// By a push, which ties them together in the ID token.
    Push,
}

/// Issues the tokens of an approval.
pub(crate) fn issue(
    provider: &Provider,
    request: &AuthenticationRequest,
    peer: Option<&PeerCertificate>,
    approval: Approval,
    delivery: Delivery,
) -> TokenAnswer {
    let workspace = &request.workspace;
    let faults = workspace.faults;
    let now = provider.clock.now();
    let scope = approval.granted_scopes.join(" ");
    let sector = sector_of_subject(&request.client, faults);
    let subject = workspace.subjects.subject(&request.demand.user_identifier, sector);
    let access_token = provider.tokens.issue(
        access_token(faults),
        Arc::clone(workspace),
        request.client.id.clone(),
        Some(subject.clone()),
        approval.granted_scopes,
        now,
    );
    request.note_access_token(&access_token);
    bind(provider, workspace, &request.client, peer, &access_token);
    let pushed = delivery == Delivery::Push;
    let lasting = scope.split(' ').any(|scope| scope == OFFLINE_ACCESS);
    let refresh_token = (lasting || pushed && request.client.pushes_refresh_token)
        .then(|| refresh_token(provider, request, &subject, scope.clone()));
    let id_token = IdToken {
        issuer: &workspace.issuer,
        subject: &subject,
        client_id: &request.client.id,
        issued_at: provider.clock.unix_seconds_at(now),
        lifetime: workspace.id_token_lifetime.as_secs(),
        auth_time: provider.clock.unix_seconds_at(approval.at),
        access_token: &access_token,
        acr: acr(request),
        pushed: pushed
            .then(|| Pushed { auth_req_id: &request.auth_req_id, refresh_token: refresh_token.as_deref() }),
    };
    let id_token = id_token.sign(workspace.signing_key, faults);
    TokenAnswer {
        access_token: access_token.as_ref().to_owned(),
        token_type: Some("Bearer").filter(|_| !faults.has(Fault::TokenTypeMissing)),
        expires_in: lifetime(provider.tokens.lifetime().as_secs(), faults),
        refresh_token,
        id_token: Some(id_token).filter(|_| !faults.has(Fault::IdTokenMissing)),
        scope: Some(scope).filter(|_| !faults.has(Fault::ScopeMemberMissing)),
    }
}

/// A refresh token (RFC 6749, 1.5; OpenID Connect Core 1.0, 11).
fn refresh_token(
    provider: &Provider,
    request: &AuthenticationRequest,
    subject: &str,
    scope: String,
) -> String {
    let scopes = scope.split(' ').map(str::to_owned).collect();
    let (workspace, client) = (Arc::clone(&request.workspace), request.client.id.clone());
    let (text, now) = (random::unguessable(), provider.clock.now());
    let token = provider.refresh_tokens.issue(text, workspace, client, Some(subject.to_owned()), scopes, now);
    token.as_ref().to_owned()
}

/// The answer to a refresh token (RFC 6749, 6): an access token of the same scope. The refresh token stays good.
pub(crate) fn refresh(
    provider: &Provider,
    workspace: &Arc<Workspace>,
    client: &Client,
    peer: Option<&PeerCertificate>,
    refresh_token: &str,
) -> Result<TokenAnswer, OauthError> {
    let faults = workspace.faults;
    let now = provider.clock.now();
    let held = provider
        .refresh_tokens
        .find(refresh_token, now)
        .filter(|held| held.client_id == client.id || faults.has(Fault::RefreshTokenForAnyone))
        .filter(|held| Arc::ptr_eq(&held.workspace, workspace))
        .ok_or_else(|| {
            OauthError::new("invalid_grant", "the refresh token is unknown or issued to another client")
        })?;
    let text = access_token(faults);
    let (owner, scopes) = (client.id.clone(), held.scopes.clone());
    let issued = provider.tokens.issue(text, Arc::clone(workspace), owner, held.subject.clone(), scopes, now);
    bind(provider, workspace, client, peer, &issued);
    Ok(TokenAnswer {
        access_token: issued.as_ref().to_owned(),
        token_type: Some("Bearer"),
        expires_in: provider.tokens.lifetime().as_secs(),
        refresh_token: None,
        id_token: None,
        scope: Some(held.scopes.join(" ")),
    })
}

/// The answer to a token request.
pub(crate) fn answered(answer: &TokenAnswer, faults: FaultSet) -> Response {
    let mut response = json_answer(StatusCode::OK, answer);
    if faults.has(Fault::TokensCacheable) {
        response.headers_mut().remove(header::CACHE_CONTROL);
    }
    if faults.has(Fault::PragmaMissing) {
        response.headers_mut().remove(header::PRAGMA);
    }
    response
}

/// Binds an access token to the certificate of the connection that it was asked for by (RFC 8705, 3), where the client is
/// registered for that.
pub(crate) fn bind(
    provider: &Provider,
    workspace: &Workspace,
    client: &Client,
    peer: Option<&PeerCertificate>,
    access_token: &str,
) {
    let faults = workspace.faults;
    if !client.bound_tokens || faults.has(Fault::TokensNotBound) || are_short_and_unbound(faults) {
        return;
    }
    if let Some(peer) = peer {
        provider.tokens.bind(access_token, peer.thumbprint());
    }
}

/// What an answer says of the lifetime of its access token.
fn lifetime(seconds: u64, faults: FaultSet) -> u64 {
    if are_short_and_unbound(faults) { SHORT_LIFETIME } else { seconds }
}

fn are_short_and_unbound(faults: FaultSet) -> bool {
    faults.has(Fault::ShortTokensNotBound)
}

fn access_token(faults: FaultSet) -> String {
    let mut text = random::unguessable();
    if faults.has(Fault::AccessTokenShort) {
        text.truncate(SHORT);
    }
    text
}

/// The first authentication context class that was asked for and is supported.
fn acr(request: &AuthenticationRequest) -> Option<&str> {
    let mut asked = request.demand.acr_values.iter().flatten().map(String::as_str);
    asked.find(|value| ACR_VALUES.contains(value))
}
