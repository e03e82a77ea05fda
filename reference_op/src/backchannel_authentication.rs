//! The backchannel authentication endpoint (CIBA Core 1.0, 7).

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Request};
use tokio::time::Instant;

use crate::access_log::Endpoint;
use crate::acknowledgement::acknowledgement;
use crate::authentication_request::validate;
use crate::authentication_service::{Verified, start_in_background};
use crate::certificate::PeerCertificate;
use crate::client_authentication::{Leniency, claimed_client};
use crate::error::OauthError;
use crate::fault::Fault;
use crate::form::{self, Form};
use crate::notify::{Occasion, tell};
use crate::pending::{AuthenticationRequest, Demand, Full};
use crate::push;
use crate::router::Site;
use crate::settings::StartOrder;
use crate::signed_request;
use crate::user_code;

/// What a client is told to wait when the store is full.
const FULL_RETRY_AFTER: Duration = Duration::from_secs(5);
/// How often a request is looked at that is acknowledged only when it is decided, and how many times in all: 20 seconds.
const DECISION_LOOK: Duration = Duration::from_millis(100);
const DECISION_LOOKS: u32 = 200;

pub(crate) async fn answer(State(site): State<Site>, request: Request<Body>) -> Response {
    let mut client_id = None;
    let answer = acknowledge(&site, request, &mut client_id).await;
    let answer = answer.map_err(|error| error.at_backchannel_authentication(site.workspace.faults));
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
    let faults = workspace.faults;
    // The lifetime counts from the receipt of the request, not from the acknowledgement.
    let received_at = provider.clock.now();
    let headers = request.headers().clone();
    let peer = PeerCertificate::of(request.extensions()).cloned();
    let form = Form::read(request, form::Leniency::of_authentication_requests(faults)).await?;
    let leniency = Leniency::at_backchannel_authentication(faults);
    let seconds = provider.clock.unix_seconds_at(received_at);
    let client = match workspace.authenticate(&headers, &form, peer.as_ref(), leniency, seconds) {
        Err(_) if faults.has(Fault::PromptsUnauthenticated) => {
            prompt(site, &headers, &form, received_at).await;
            workspace.authenticate(&headers, &form, peer.as_ref(), leniency, seconds)
        }
        other => other,
    }?;
    *client_id = Some(client.id.clone());
    if !workspace.ciba {
        return Err(OauthError::new("unsupported_grant_type", "CIBA is not allowed in this workspace"));
    }
    if !client.ciba && !faults.has(Fault::UnregisteredClientAcknowledged) {
        return Err(OauthError::new("unauthorized_client", "CIBA is not among the client's grant types"));
    }
    let form = signed_request::open(&form, &client, &workspace.issuer, seconds, faults)?;
    let demand = Demand { peer, ..validate(&form, &client, workspace, seconds)? };
    if let Err(error) = user_code::check(&form, &client, workspace, &demand.user_identifier) {
        if faults.has(Fault::UserCodeCheckedAfterPrompt) {
            prompt(site, &headers, &form, received_at).await;
        }
        return Err(error);
    }
    // Before anybody's phone rings.
    if !provider.pending.has_room(received_at) {
        return Err(OauthError::overloaded(FULL_RETRY_AFTER));
    }
    let known =
        match workspace.authentication_service.verify(provider, &demand.user_identifier, &client.id).await {
            Verified::Valid => true,
            Verified::Invalid if faults.has(Fault::UnknownUserAcknowledged) => false,
            Verified::Invalid => {
                return Err(OauthError::new("unknown_user_id", "the user cannot authenticate"));
            }
            Verified::Failed => return Err(unavailable()),
        };
    let expires_in = demand.expires_in.as_secs();
    let request = AuthenticationRequest::new(Arc::clone(workspace), client, demand, received_at);
    let now = provider.clock.now();
    let request =
        provider.pending.insert(request, now).map_err(|Full| OauthError::overloaded(FULL_RETRY_AFTER))?;
    if known {
        start(site, &request, now).await?;
    }
    tell(provider, &request, Occasion::Acknowledgement).await;
    push::expire_in_time(provider, &request);
    if faults.has(Fault::AckWaitsForDecision) {
        wait_for_decision(site, &request).await;
    }
    Ok(acknowledgement(&request, expires_in))
}

/// Has the user asked.
async fn start(site: &Site, request: &Arc<AuthenticationRequest>, now: Instant) -> Result<(), OauthError> {
    let (provider, workspace) = (&site.provider, &site.workspace);
    match workspace.start_order {
        StartOrder::Asynchronous => start_in_background(Arc::clone(provider), Arc::clone(request)),
        StartOrder::BeforeAcknowledgement => {
            if !workspace.authentication_service.start(provider, request).await && request.is_open(now) {
                provider.pending.remove(request);
                return Err(unavailable());
            }
        }
    }
    Ok(())
}

/// Has the user asked for whatever client the request claims to come from, if it looks valid otherwise. Nobody can
/// redeem what comes of it.
async fn prompt(site: &Site, headers: &HeaderMap, form: &Form, now: Instant) {
    let (provider, workspace) = (&site.provider, &site.workspace);
    let claimed = claimed_client(headers, form).and_then(|id| workspace.client(&id));
    let Some((client, demand)) = claimed.and_then(|client| {
        let seconds = provider.clock.unix_seconds_at(now);
        validate(form, &client, workspace, seconds).ok().map(|demand| (client, demand))
    }) else {
        return;
    };
    let service = &workspace.authentication_service;
    if service.verify(provider, &demand.user_identifier, &client.id).await == Verified::Valid {
        let request = AuthenticationRequest::new(Arc::clone(workspace), client, demand, now);
        service.start(provider, &request).await;
    }
}

async fn wait_for_decision(site: &Site, request: &AuthenticationRequest) {
    for _ in 0..DECISION_LOOKS {
        if !request.is_open(site.provider.clock.now()) {
            break;
        }
        tokio::time::sleep(DECISION_LOOK).await;
    }
}

fn unavailable() -> OauthError {
    OauthError::server_error("the authentication service did not answer as agreed")
}
