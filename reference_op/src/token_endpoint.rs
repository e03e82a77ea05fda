//! The token endpoint of a workspace (CIBA Core 1.0, 10.1 and 11; RFC 6749, 4.4 and 6).

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};

use crate::access_log::Endpoint;
use crate::certificate::PeerCertificate;
use crate::client::Client;
use crate::client_authentication::Leniency;
use crate::error::{OauthError, json_answer};
use crate::fault::{Fault, FaultSet};
use crate::form::{self, Form};
use crate::pending::{AuthenticationRequest, PingHold, Poll, Standing};
use crate::random;
use crate::router::Site;
use crate::scope::{self, OFFLINE_ACCESS, OPENID};
use crate::settings::{CIBA_GRANT, CLIENT_CREDENTIALS_GRANT, DeliveryMode, REFRESH_TOKEN_GRANT};
use crate::token_answer::{Delivery, TokenAnswer, answered, bind, issue, refresh};

/// How long a pending poll is held under a fault.
const LONG_POLL: Duration = Duration::from_secs(40);
/// How often, and how many times in all, a poll looks whether a ping was answered that may end its request.
const PING_LOOK: Duration = Duration::from_millis(10);
const PING_LOOKS: u32 = 20;
/// What a 429 tells to wait.
const SLOW_DOWN_RETRY_AFTER: Duration = Duration::from_secs(5);

pub(crate) async fn answer(State(site): State<Site>, request: Request<Body>) -> Response {
    let mut client_id = None;
    let answer = grant(&site, request, &mut client_id).await;
    let answer = answer.map_err(|error| error.at_token_endpoint(site.workspace.faults));
    let outcome = answer.as_ref().map_or_else(OauthError::code, |(outcome, _)| outcome);
    site.provider.log.count(Endpoint::Token, outcome, client_id.as_deref());
    answer.map(|(_, response)| response).into_response()
}

async fn grant(
    site: &Site,
    request: Request<Body>,
    client_id: &mut Option<String>,
) -> Result<(&'static str, Response), OauthError> {
    let faults = site.workspace.faults;
    let headers = request.headers().clone();
    let peer = PeerCertificate::of(request.extensions()).cloned();
    let form = Form::read(request, form::Leniency::of_token_requests(faults)).await?;
    let clock = &site.provider.clock;
    let now = clock.unix_seconds_at(clock.now());
    let leniency = Leniency::at_token_endpoint(faults);
    let client = site.workspace.authenticate(&headers, &form, peer.as_ref(), leniency, now)?;
    *client_id = Some(client.id.clone());
    let grant_type = grant_type(&form, faults)?;
    let (offered, allowed) = match grant_type {
        CIBA_GRANT => (site.workspace.ciba, client.ciba || faults.has(Fault::UnregisteredGrantRedeems)),
        REFRESH_TOKEN_GRANT => (site.workspace.ciba, client.ciba),
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
    if grant_type == CLIENT_CREDENTIALS_GRANT {
        return Ok(("client_credentials", client_credentials(site, &client, peer.as_ref(), &form)?));
    }
    if grant_type == REFRESH_TOKEN_GRANT {
        let token = form.require("refresh_token")?;
        let answer = refresh(&site.provider, &site.workspace, &client, peer.as_ref(), token)?;
        return Ok(("refreshed", answered(&answer, faults)));
    }
    let auth_req_id = match form.get("auth_req_id") {
        None if faults.has(Fault::AuthReqIdMissingInvalidGrant) => return Err(OauthError::invalid_grant()),
        _ => form.require("auth_req_id")?,
    };
    Ok(("tokens", redeem(site, &client, peer.as_ref(), auth_req_id).await?))
}

fn grant_type(form: &Form, faults: FaultSet) -> Result<&str, OauthError> {
    match form.get("grant_type") {
        None if faults.has(Fault::GrantTypeOptional) => Ok(CIBA_GRANT),
        None => Err(OauthError::invalid_request("grant_type is missing")),
        Some(known @ (CIBA_GRANT | CLIENT_CREDENTIALS_GRANT | REFRESH_TOKEN_GRANT)) => Ok(known),
        Some(_) if faults.has(Fault::GrantTypeUnchecked) => Ok(CIBA_GRANT),
        Some(unknown) => Ok(unknown),
    }
}

async fn redeem(
    site: &Site,
    client: &Arc<Client>,
    peer: Option<&PeerCertificate>,
    auth_req_id: &str,
) -> Result<Response, OauthError> {
    let (provider, faults) = (&site.provider, site.workspace.faults);
    let now = provider.clock.now();
    if client.delivery == DeliveryMode::Push && !faults.has(Fault::PushClientPolls) {
        let request = provider.pending.by_auth_req_id(auth_req_id, FaultSet::NONE);
        if !request.is_some_and(|request| request.is_left_over()) {
            return Err(OauthError::new("unauthorized_client", "a push client is sent its tokens"));
        }
    }
    let mut request = find(site, client, auth_req_id)?;
    if faults.has(Fault::PingClientRefused) && client.delivery == DeliveryMode::Ping && request.is_open(now) {
        return Err(OauthError::new("unauthorized_client", "a ping client has to wait for its ping"));
    }
    if faults.has(Fault::OverlappingPolls500) && !request.is_alone().await {
        return Err(OauthError::server_error("another poll is under way"));
    }
    if request.ping_hold() != PingHold::Free {
        if is_held_by_ping(&request).await {
            return Err(refusal(&Poll::AuthorizationPending, faults));
        }
        // The ping's answer may have ended the request meanwhile.
        request = find(site, client, auth_req_id)?;
    }
    let poll = match faults.has(Fault::RedemptionNotAtomic) {
        false => request.poll(now),
        true => request.poll_in_two_steps(now).await,
    };
    match poll {
        Poll::Tokens(approval) => {
            if request.is_over() {
                provider.pending.remove(&request);
            }
            return Ok(answered(&issue(provider, &request, peer, approval, Delivery::Answer), faults));
        }
        Poll::Redeemed(Some(ref access_token)) => provider.tokens.revoke(access_token),
        Poll::AuthorizationPending if faults.has(Fault::PollHeld) => tokio::time::sleep(LONG_POLL).await,
        Poll::AuthorizationPending
        | Poll::SlowDown
        | Poll::ExpiredToken
        | Poll::AccessDenied
        | Poll::Redeemed(None)
        | Poll::Refused => {}
    }
    Err(refusal(&poll, faults))
}

/// The request of an identifier, for the client that made it.
fn find(
    site: &Site,
    client: &Arc<Client>,
    auth_req_id: &str,
) -> Result<Arc<AuthenticationRequest>, OauthError> {
    let faults = site.workspace.faults;
    match site.provider.pending.by_auth_req_id(auth_req_id, faults) {
        Some(request) if Arc::ptr_eq(&request.client, client) => Ok(request),
        Some(request) => find_foreign(site, request),
        None if faults.has(Fault::UnknownIdPending) => Err(refusal(&Poll::AuthorizationPending, faults)),
        None => Err(OauthError::invalid_grant()),
    }
}

/// What another client's identifier is good for: nothing.
fn find_foreign(
    site: &Site,
    request: Arc<AuthenticationRequest>,
) -> Result<Arc<AuthenticationRequest>, OauthError> {
    let (provider, faults) = (&site.provider, site.workspace.faults);
    let now = provider.clock.now();
    if faults.has(Fault::ForeignIdRedeemed) && request.standing() == Standing::Approved {
        return Ok(request);
    }
    if faults.has(Fault::ForeignIdPending) && request.is_open(now) {
        return Err(refusal(&Poll::AuthorizationPending, faults));
    }
    if faults.has(Fault::ForeignPollKills) {
        provider.pending.remove(&request);
    }
    if faults.has(Fault::ForeignPollThrottles) {
        request.disturb(now);
    }
    Err(OauthError::invalid_grant())
}

/// Whether the decision is to be hidden behind a ping that is under way. Polls wait a moment for its answer.
async fn is_held_by_ping(request: &AuthenticationRequest) -> bool {
    for _ in 0..PING_LOOKS {
        if request.ping_hold() == PingHold::Free {
            return false;
        }
        tokio::time::sleep(PING_LOOK).await;
    }
    request.ping_hold() == PingHold::Pends
}

/// The error that a poll without tokens is answered with (CIBA Core 1.0, 11).
fn refusal(poll: &Poll, faults: FaultSet) -> OauthError {
    match poll {
        Poll::AuthorizationPending => pending(faults),
        Poll::SlowDown => slow_down(faults),
        Poll::ExpiredToken if faults.has(Fault::ExpiredSaysInvalidGrant) => OauthError::invalid_grant(),
        Poll::ExpiredToken => OauthError::new("expired_token", "the auth_req_id has expired"),
        Poll::AccessDenied => {
            let error = OauthError::new("access_denied", "the user denied");
            match faults.has(Fault::AccessDenied403) {
                false => error,
                true => error.with_status(StatusCode::FORBIDDEN),
            }
        }
        Poll::Refused => OauthError::invalid_request("polled too often"),
        // Tokens that come too late are none.
        Poll::Redeemed(_) | Poll::Tokens(_) => OauthError::invalid_grant(),
    }
}

fn pending(faults: FaultSet) -> OauthError {
    let reason = "the user has not decided yet";
    if faults.has(Fault::PendingSaysInvalidRequest) {
        return OauthError::invalid_request(reason);
    }
    let error = OauthError::new("authorization_pending", reason);
    match faults.has(Fault::Pending403) {
        false => error,
        true => error.with_status(StatusCode::FORBIDDEN),
    }
}

fn slow_down(faults: FaultSet) -> OauthError {
    if faults.has(Fault::EarlyPoll429Bare) {
        return OauthError::bare_too_many_requests();
    }
    let error = OauthError::new("slow_down", "too early; the interval is 5 seconds longer from now on");
    match faults.has(Fault::SlowDown429Json) {
        false => error,
        true => error.with_status(StatusCode::TOO_MANY_REQUESTS).with_retry_after(SLOW_DOWN_RETRY_AFTER),
    }
}

fn client_credentials(
    site: &Site,
    client: &Client,
    peer: Option<&PeerCertificate>,
    form: &Form,
) -> Result<Response, OauthError> {
    let scopes = match form.get("scope") {
        // Nobody authenticates here, so nothing about a user is granted by default.
        None => {
            let about_a_user = [OPENID, OFFLINE_ACCESS];
            client.scopes.iter().filter(|scope| !about_a_user.contains(&scope.as_str())).cloned().collect()
        }
        Some(list) => scope::parse(list)
            .filter(|scopes| scopes.iter().all(|scope| client.scopes.contains(scope)))
            .ok_or_else(|| OauthError::invalid_scope("the client may not ask for one of the scopes"))?,
    };
    let provider = &site.provider;
    let scope = scopes.join(" ");
    let workspace = Arc::clone(&site.workspace);
    let now = provider.clock.now();
    let text = random::unguessable();
    let access_token = provider.tokens.issue(text, workspace, client.id.clone(), None, scopes, now);
    bind(provider, &site.workspace, client, peer, &access_token);
    let answer = TokenAnswer {
        access_token: access_token.as_ref().to_owned(),
        token_type: Some("Bearer"),
        expires_in: provider.tokens.lifetime().as_secs(),
        refresh_token: None,
        id_token: None,
        scope: Some(scope),
    };
    Ok(json_answer(StatusCode::OK, &answer))
}
