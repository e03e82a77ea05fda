//! The backchannel authentication endpoint (CIBA Core 1.0, 7).

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use serde::Serialize;

use crate::access_log::Endpoint;
use crate::authentication_request::validate;
use crate::authentication_service::{Verified, start_in_background};
use crate::error::{OauthError, json_answer};
use crate::form::Form;
use crate::pending::{AuthenticationRequest, Full};
use crate::router::Site;
use crate::settings::StartOrder;

/// What a client is told to wait when the store is full.
const FULL_RETRY_AFTER: Duration = Duration::from_secs(5);

/// The acknowledgement (CIBA Core 1.0, 7.3).
#[derive(Serialize)]
struct Acknowledgement<'a> {
    auth_req_id: &'a str,
    expires_in: u64,
    interval: u64,
}

pub(crate) async fn answer(State(site): State<Site>, request: Request<Body>) -> Response {
    let mut client_id = None;
    let answer = acknowledge(&site, request, &mut client_id).await;
    let outcome = answer.as_ref().map_or_else(OauthError::code, |_| "acknowledged");
    site.provider.log.count(Endpoint::BackchannelAuthentication, outcome, client_id.as_deref());
    answer.into_response()
}

async fn acknowledge(
    site: &Site,
    request: Request<Body>,
    client_id: &mut Option<String>,
) -> Result<Response, OauthError> {
    let (provider, workspace) = (&site.provider, &site.workspace);
    // The lifetime counts from the receipt of the request, not from the acknowledgement.
    let received_at = provider.clock.now();
    let headers = request.headers().clone();
    let form = Form::read(request).await?;
    let client = workspace.authenticate(&headers, &form)?;
    *client_id = Some(client.id.clone());
    if !workspace.ciba {
        return Err(OauthError::new("unsupported_grant_type", "CIBA is not allowed in this workspace"));
    }
    if !client.ciba {
        return Err(OauthError::new("unauthorized_client", "CIBA is not among the client's grant types"));
    }
    let demand = validate(&form, client, workspace.expires_in)?;
    // Before anybody's phone rings.
    if !provider.pending.has_room(received_at) {
        return Err(OauthError::overloaded(FULL_RETRY_AFTER));
    }
    match workspace.authentication_service.verify(provider, &demand.user_identifier, &client.id).await {
        Verified::Valid => {}
        Verified::Invalid => return Err(OauthError::new("unknown_user_id", "the user cannot authenticate")),
        Verified::Failed => return Err(unavailable()),
    }
    let expires_in = demand.expires_in.as_secs();
    let request = AuthenticationRequest::new(Arc::clone(workspace), Arc::clone(client), demand, received_at);
    let now = provider.clock.now();
    let request =
        provider.pending.insert(request, now).map_err(|Full| OauthError::overloaded(FULL_RETRY_AFTER))?;
    match workspace.start_order {
        StartOrder::Asynchronous => start_in_background(Arc::clone(provider), Arc::clone(&request)),
        StartOrder::BeforeAcknowledgement => {
            if !workspace.authentication_service.start(provider, &request).await && request.is_open(now) {
                provider.pending.remove(&request);
                return Err(unavailable());
            }
        }
    }
    let acknowledgement = Acknowledgement {
        auth_req_id: &request.auth_req_id,
        expires_in,
        interval: workspace.interval.as_secs(),
    };
    Ok(json_answer(StatusCode::OK, &acknowledgement))
}

fn unavailable() -> OauthError {
    OauthError::new("server_error", "the authentication service did not answer as agreed")
        .with_status(StatusCode::INTERNAL_SERVER_ERROR)
}
