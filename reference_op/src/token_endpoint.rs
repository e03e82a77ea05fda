//! The token endpoint of a workspace (CIBA Core 1.0, 10.1 and 11; RFC 6749, 4.4).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use serde::Serialize;

use crate::access_log::Endpoint;
use crate::client::Client;
use crate::error::{OauthError, json_answer};
use crate::form::Form;
use crate::id_token::IdToken;
use crate::pending::{Approval, AuthenticationRequest, Poll};
use crate::router::Site;
use crate::scope::{self, OPENID};
use crate::settings::{CIBA_GRANT, CLIENT_CREDENTIALS_GRANT};

/// A successful answer (RFC 6749, 5.1; OpenID Connect Core 1.0, 3.1.3.3).
#[derive(Serialize)]
pub(crate) struct TokenAnswer<'a> {
    pub(crate) access_token: &'a str,
    pub(crate) token_type: &'static str,
    pub(crate) expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_token: Option<String>,
    pub(crate) scope: String,
}

pub(crate) async fn answer(State(site): State<Site>, request: Request<Body>) -> Response {
    let mut client_id = None;
    let answer = grant(&site, request, &mut client_id).await;
    let outcome = answer.as_ref().map_or_else(OauthError::code, |(outcome, _)| outcome);
    site.provider.log.count(Endpoint::Token, outcome, client_id.as_deref());
    answer.map(|(_, response)| response).into_response()
}

async fn grant(
    site: &Site,
    request: Request<Body>,
    client_id: &mut Option<String>,
) -> Result<(&'static str, Response), OauthError> {
    let headers = request.headers().clone();
    let form = Form::read(request).await?;
    let client = site.workspace.authenticate(&headers, &form)?;
    *client_id = Some(client.id.clone());
    let (offered, allowed) = match form.require("grant_type")? {
        CIBA_GRANT => (site.workspace.ciba, client.ciba),
        CLIENT_CREDENTIALS_GRANT => (site.workspace.client_credentials, client.client_credentials),
        _ => (false, false),
    };
    if !offered {
        return Err(OauthError::new(
            "unsupported_grant_type",
            "this workspace does not allow the grant type",
        ));
    }
    if !allowed {
        return Err(OauthError::new("unauthorized_client", "the client may not use the grant type"));
    }
    if form.get("grant_type") == Some(CLIENT_CREDENTIALS_GRANT) {
        return Ok(("client_credentials", client_credentials(site, client, &form)?));
    }
    Ok(("tokens", redeem(site, client, form.require("auth_req_id")?)?))
}

fn redeem(site: &Site, client: &Arc<Client>, auth_req_id: &str) -> Result<Response, OauthError> {
    let provider = &site.provider;
    let request = provider
        .pending
        .by_auth_req_id(auth_req_id)
        .filter(|request| Arc::ptr_eq(&request.client, client))
        .ok_or_else(OauthError::invalid_grant)?;
    match request.poll(provider.clock.now(), provider.faults) {
        Poll::Tokens(approval) => {
            provider.pending.remove(&request);
            Ok(tokens(site, &request, approval))
        }
        Poll::AuthorizationPending => {
            Err(OauthError::new("authorization_pending", "the user has not decided yet"))
        }
        Poll::SlowDown => {
            Err(OauthError::new("slow_down", "too early; the interval is 5 seconds longer from now on"))
        }
        Poll::ExpiredToken => Err(OauthError::new("expired_token", "the auth_req_id has expired")),
        Poll::AccessDenied => Err(OauthError::new("access_denied", "the user denied")),
        Poll::Redeemed => Err(OauthError::invalid_grant()),
    }
}

fn tokens(site: &Site, request: &AuthenticationRequest, approval: Approval) -> Response {
    let (provider, workspace) = (&site.provider, &site.workspace);
    let now = provider.clock.now();
    let scope = approval.granted_scopes.join(" ");
    let access_token = provider.tokens.issue(
        Arc::clone(workspace),
        request.client.id.clone(),
        Some(request.user_identifier.clone()),
        approval.granted_scopes,
        now,
    );
    let id_token = IdToken {
        issuer: &workspace.issuer,
        subject: &request.user_identifier,
        client_id: &request.client.id,
        issued_at: provider.clock.unix_seconds_at(now),
        auth_time: provider.clock.unix_seconds_at(approval.at),
        access_token: &access_token,
    };
    let answer = TokenAnswer {
        access_token: &access_token,
        token_type: "Bearer",
        expires_in: provider.tokens.lifetime().as_secs(),
        id_token: Some(id_token.sign(workspace.signing_key, provider.faults)),
        scope,
    };
    json_answer(StatusCode::OK, &answer)
}

fn client_credentials(site: &Site, client: &Client, form: &Form) -> Result<Response, OauthError> {
    let scopes = match form.get("scope") {
        // Nobody authenticates here, so nothing about a user is granted by default.
        None => client.scopes.iter().filter(|scope| *scope != OPENID).cloned().collect(),
        Some(list) => scope::parse(list)
            .filter(|scopes| scopes.iter().all(|scope| client.scopes.contains(scope)))
            .ok_or_else(|| OauthError::invalid_scope("the client may not ask for one of the scopes"))?,
    };
    let provider = &site.provider;
    let scope = scopes.join(" ");
    let workspace = Arc::clone(&site.workspace);
    let access_token =
        provider.tokens.issue(workspace, client.id.clone(), None, scopes, provider.clock.now());
    let expires_in = provider.tokens.lifetime().as_secs();
    let answer =
        TokenAnswer { access_token: &access_token, token_type: "Bearer", expires_in, id_token: None, scope };
    Ok(json_answer(StatusCode::OK, &answer))
}
