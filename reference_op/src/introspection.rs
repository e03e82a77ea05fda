//! Whether an access token is alive (RFC 7662), and the protected API that takes one (OpenID Connect Core 1.0, 5.3).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::access_log::Endpoint;
use crate::access_token::AccessToken;
use crate::bearer;
use crate::certificate::PeerCertificate;
use crate::client_authentication::Leniency;
use crate::error::{OauthError, json_answer};
use crate::fault::{Fault, FaultSet};
use crate::form::{self, Form};
use crate::interaction;
use crate::router::Site;
use crate::scope::OPENID;

pub(crate) async fn introspect(State(site): State<Site>, request: Request<Body>) -> Response {
    let mut client_id = None;
    let answer = describe(&site, request, &mut client_id).await;
    let outcome = answer.as_ref().map_or_else(OauthError::code, |(outcome, _)| outcome);
    site.provider.log.count(Endpoint::Introspect, outcome, client_id.as_deref());
    answer.map(|(_, body)| json_answer(StatusCode::OK, &body)).into_response()
}

async fn describe(
    site: &Site,
    request: Request<Body>,
    client_id: &mut Option<String>,
) -> Result<(&'static str, Value), OauthError> {
    let headers = request.headers().clone();
    let peer = PeerCertificate::of(request.extensions()).cloned();
    let form = Form::read(request, form::Leniency::default()).await?;
    let clock = &site.provider.clock;
    let now = clock.unix_seconds_at(clock.now());
    let client = site.workspace.authenticate(&headers, &form, peer.as_ref(), Leniency::default(), now)?;
    *client_id = Some(client.id.clone());
    let Some(token) = find(site, form.require("token")?) else {
        return Ok(("inactive", json!({"active": false})));
    };
    let mut body = json!({
        "active": true,
        "iss": site.workspace.issuer,
        "client_id": token.client_id,
        "scope": token.scopes.join(" "),
        "token_type": "Bearer",
        "iat": clock.unix_seconds_at(token.issued_at),
        "exp": clock.unix_seconds_at(token.expires_at),
    });
    if let Some(subject) = &token.subject {
        body["sub"] = json!(subject);
    }
    if let Some(thumbprint) = token.thumbprint.get() {
        let shown = match site.workspace.faults.has(Fault::CnfReversed) {
            false => thumbprint.clone(),
            true => thumbprint.chars().rev().collect(),
        };
        body["cnf"] = json!({"x5t#S256": shown});
    }
    Ok(("active", body))
}

pub(crate) async fn userinfo(State(site): State<Site>, request: Request<Body>) -> Response {
    let token = bearer::token(request.headers()).and_then(|text| find(&site, text));
    let client_id = token.as_ref().map(|token| token.client_id.clone());
    let peer = PeerCertificate::of(request.extensions());
    let usable = token.as_deref().filter(|token| is_usable(token, peer, site.workspace.faults));
    let answer = claims(usable);
    let outcome = answer.as_ref().map_or_else(OauthError::code, |_| "200");
    site.provider.log.count(Endpoint::Userinfo, outcome, client_id.as_deref());
    let mut response = answer.map(|body| json_answer(StatusCode::OK, &body)).into_response();
    let clock = &site.provider.clock;
    interaction::stamp(request.headers(), &mut response, clock.unix_seconds_at(clock.now()), &site.workspace);
    response
}

/// Whether the connection is one that the token may be used on (RFC 8705, 3).
fn is_usable(token: &AccessToken, peer: Option<&PeerCertificate>, faults: FaultSet) -> bool {
    match (token.thumbprint.get(), peer) {
        (None, _) => true,
        (Some(_), None) => faults.has(Fault::BoundTokenWithoutCertificate),
        (Some(bound), Some(peer)) => {
            *bound == peer.thumbprint() || faults.has(Fault::BoundTokenAnyCertificate)
        }
    }
}

fn claims(token: Option<&AccessToken>) -> Result<Value, OauthError> {
    let token = token.ok_or_else(OauthError::invalid_token)?;
    match &token.subject {
        Some(subject) if token.scopes.iter().any(|scope| scope == OPENID) => Ok(json!({"sub": subject})),
        _ => Err(OauthError::new("insufficient_scope", "the access token does not hold openid for a user")
            .with_status(StatusCode::FORBIDDEN)),
    }
}

/// A living token of this workspace.
fn find(site: &Site, text: &str) -> Option<Arc<AccessToken>> {
    let token = site.provider.tokens.find(text, site.provider.clock.now())?;
    Arc::ptr_eq(&token.workspace, &site.workspace).then_some(token)
}
