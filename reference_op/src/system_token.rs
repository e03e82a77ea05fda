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
use crate::scope;
use crate::settings::CLIENT_CREDENTIALS_GRANT;
use crate::token_answer::TokenAnswer;
use crate::workspace::Workspace;

/// The scope that decisions need.
pub(crate) const MANAGE_SCOPE_GRANTS: &str = "manage_scope_grants";
/// The scope that decisions about consents need.
pub(crate) const MANAGE_OPENBANKING_CONSENTS: &str = "manage_openbanking_consents";

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
    let scopes = scopes(workspace, form.get("scope"))?;
    let scope = scopes.join(" ");
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
        access_token: access_token.as_ref().to_owned(),
        token_type: Some("Bearer"),
        expires_in: provider.system_tokens.lifetime().as_secs(),
        refresh_token: None,
        id_token: None,
        scope: Some(scope),
    };
    Ok(json_answer(StatusCode::OK, &answer))
}

/// What was asked for, or everything that the client may have.
fn scopes(workspace: &Workspace, asked: Option<&str>) -> Result<Vec<String>, OauthError> {
    let consents = workspace.open_banking.is_some().then_some(MANAGE_OPENBANKING_CONSENTS);
    let known: Vec<_> = consents.into_iter().chain([MANAGE_SCOPE_GRANTS]).map(str::to_owned).collect();
    let Some(asked) = asked else { return Ok(known) };
    scope::parse(asked)
        .filter(|asked| !asked.is_empty() && asked.iter().all(|scope| known.contains(scope)))
        .ok_or_else(|| OauthError::invalid_scope("the client may not ask for one of the scopes"))
}
