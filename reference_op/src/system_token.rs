//! The token endpoint of the system workspace: client credentials for authentication services.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};

use crate::access_log::Endpoint;
use crate::client_authentication::{self, Credentials};
use crate::error::{OauthError, json_answer};
use crate::form::{self, Form};
use crate::provider::Provider;
use crate::random;
use crate::settings::CLIENT_CREDENTIALS_GRANT;
use crate::token_answer::TokenAnswer;

/// The scope that decisions need.
pub(crate) const MANAGE_SCOPE_GRANTS: &str = "manage_scope_grants";

pub(crate) async fn answer(State(provider): State<Arc<Provider>>, request: Request<Body>) -> Response {
    let mut client_id = None;
    let answer = grant(&provider, request, &mut client_id).await;
    let outcome = answer.as_ref().map_or_else(OauthError::code, |_| "tokens");
    provider.log.count(Endpoint::SystemToken, outcome, client_id.as_deref());
    answer.into_response()
}

async fn grant(
    provider: &Provider,
    request: Request<Body>,
    client_id: &mut Option<String>,
) -> Result<Response, OauthError> {
    let headers = request.headers().clone();
    let form = Form::read(request, form::Leniency::default()).await?;
    let credentials = Credentials::read(&headers, &form, client_authentication::Leniency::default())?;
    // Vendors' samples use HTTP Basic and body parameters, so the system client may use either.
    let workspace = provider
        .system_clients
        .get(&credentials.client_id)
        .filter(|workspace| {
            let secret = workspace.system_client.as_ref().map(|client| &client.client_secret);
            secret.is_some_and(|secret| secret.matches(credentials.secret.expose()))
        })
        .ok_or_else(|| OauthError::invalid_client("unknown client or wrong secret"))?;
    *client_id = Some(credentials.client_id.clone());
    if form.require("grant_type")? != CLIENT_CREDENTIALS_GRANT {
        return Err(OauthError::new(
            "unsupported_grant_type",
            "the system workspace knows client_credentials only",
        ));
    }
    if form.get("scope").is_some_and(|scope| scope != MANAGE_SCOPE_GRANTS) {
        return Err(OauthError::invalid_scope("the scope of this client is manage_scope_grants"));
    }
    let scopes = vec![MANAGE_SCOPE_GRANTS.to_owned()];
    let now = provider.clock.now();
    let access_token = provider.system_tokens.issue(
        random::unguessable(),
        Arc::clone(workspace),
        credentials.client_id,
        None,
        scopes,
        now,
    );
    let answer = TokenAnswer {
        access_token: &access_token,
        token_type: Some("Bearer"),
        expires_in: provider.system_tokens.lifetime().as_secs(),
        id_token: None,
        scope: Some(MANAGE_SCOPE_GRANTS.to_owned()),
    };
    Ok(json_answer(StatusCode::OK, &answer))
}
