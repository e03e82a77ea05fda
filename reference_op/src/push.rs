//! Pushes: tokens and errors that are sent to the client (CIBA Core 1.0, 10.3 and 12).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::access_log::Endpoint;
use crate::fault::{Fault, FaultSet};
use crate::notify::{Occasion, redirected};
use crate::outgoing::{self, NoAnswer, outcome};
use crate::pending::{Approval, AuthenticationRequest, Standing};
use crate::provider::Provider;
use crate::random;
use crate::secret::Secret;
use crate::settings::DeliveryMode;
use crate::token_answer::{Delivery, issue};

/// How long a client notification endpoint may take over one push.
const PUSH_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a push is sent in all until it is answered as delivered, or refused for good.
const PUSH_ATTEMPTS: u32 = 3;
/// Pause before the second attempt; each later pause is twice as long.
const PUSH_RETRY_PAUSE: Duration = Duration::from_secs(1);

/// How a request failed (CIBA Core 1.0, 12).
#[derive(Clone, Copy)]
enum Failure {
    Denied,
    Expired,
    NotAsked,
}

/// What a push says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tokens,
    Error,
}

/// Sends a push client what there is to say on this occasion. Returns at once.
pub(crate) fn tell(provider: &Arc<Provider>, request: &Arc<AuthenticationRequest>, occasion: Occasion) {
    let (faults, now) = (request.workspace.faults, provider.clock.now());
    match occasion {
        Occasion::Acknowledgement if faults.has(Fault::PushBeforeDecision) => {
            let body = tokens(provider, request, request.unapproved(now));
            send(provider, request, Kind::Tokens, &body);
        }
        Occasion::Acknowledgement => {}
        Occasion::Approval => {
            let Some(approval) = request.redeem_for_push(now) else { return };
            let body = tokens(provider, request, approval);
            if request.is_over() {
                provider.pending.remove(request);
            }
            if !faults.has(Fault::PushNotSent) {
                send(provider, request, Kind::Tokens, &body);
            }
        }
        Occasion::Denial => {
            if !faults.has(Fault::PushNotSentOnDenial) {
                send(provider, request, Kind::Error, &error(request, Failure::Denied));
            }
        }
    }
}

/// Has a push client told when nobody decided in time.
pub(crate) fn expire_in_time(provider: &Arc<Provider>, request: &Arc<AuthenticationRequest>) {
    let silent = request.workspace.faults.has(Fault::PushNotSentOnExpiry);
    if request.client.delivery != DeliveryMode::Push || silent {
        return;
    }
    let (provider, request) = (Arc::clone(provider), Arc::clone(request));
    tokio::spawn(async move {
        tokio::time::sleep_until(request.expires_at).await;
        if request.standing() == Standing::Undecided {
            send(&provider, &request, Kind::Error, &error(&request, Failure::Expired));
        }
    });
}

/// Tells a push client that its user could not be asked. Nobody can decide afterwards.
pub(crate) fn fail(provider: &Arc<Provider>, request: &Arc<AuthenticationRequest>) {
    if request.client.delivery != DeliveryMode::Push || !request.deny(provider.clock.now()) {
        return;
    }
    provider.pending.no_longer_undecided(request);
    if !request.workspace.faults.has(Fault::PushFailureNotTold) {
        send(provider, request, Kind::Error, &error(request, Failure::NotAsked));
    }
}

fn tokens(provider: &Provider, request: &AuthenticationRequest, approval: Approval) -> Value {
    let faults = request.workspace.faults;
    // The key that the client showed when it asked: a push shows none of the client's.
    let peer = request.demand.peer.as_ref().filter(|_| !faults.has(Fault::PushedTokensNotBound));
    let issued = json!(issue(provider, request, peer, approval, Delivery::Push));
    let mut body = match faults.has(Fault::PushMembersNested) {
        false => issued,
        true => json!({"token_response": issued}),
    };
    body["auth_req_id"] = match faults.has(Fault::PushWrongAuthReqId) {
        false => json!(request.auth_req_id),
        true => json!(random::unguessable()),
    };
    body
}

fn error(request: &AuthenticationRequest, failure: Failure) -> Value {
    let faults = request.workspace.faults;
    let (code, description) = match failure {
        Failure::Denied if faults.has(Fault::PushErrorUnlistedCode) => ("denied", "the user denied"),
        Failure::Denied => ("access_denied", "the user denied"),
        Failure::Expired => ("expired_token", "nobody decided in time"),
        Failure::NotAsked => ("transaction_failed", "the user could not be asked"),
    };
    let description = match faults.has(Fault::PushErrorDescriptionQuotes) {
        false => description.to_owned(),
        true => format!("\"{description}\" \u{fc}berhaupt"),
    };
    let mut body = json!({"error": code, "error_description": description});
    if !faults.has(Fault::PushErrorWithoutAuthReqId) {
        body["auth_req_id"] = json!(request.auth_req_id);
    }
    body
}

/// Sends in a task of its own. What does not arrive is counted, never dropped in silence.
fn send(provider: &Arc<Provider>, request: &Arc<AuthenticationRequest>, kind: Kind, body: &Value) {
    let Some(permit) = provider.pings.room() else {
        provider.log.count(Endpoint::Push, "given_up", Some(&request.client.id));
        return;
    };
    let (provider, request, body) =
        (Arc::clone(provider), Arc::clone(request), Bytes::from(body.to_string()));
    tokio::spawn(async move {
        let twice = kind == Kind::Tokens && request.workspace.faults.has(Fault::PushSentTwice);
        for _ in 0..if twice { 2 } else { 1 } {
            if !is_delivered(&provider, &request, kind, &body).await {
                provider.log.count(Endpoint::Push, "lost", Some(&request.client.id));
            }
        }
        drop(permit);
    });
}

/// Sends until it is answered as delivered or refused, or the attempts are used up.
async fn is_delivered(
    provider: &Provider,
    request: &AuthenticationRequest,
    kind: Kind,
    body: &Bytes,
) -> bool {
    let faults = request.workspace.faults;
    // Push clients have both; requests and settings were checked for them.
    let (Some(endpoint), Some(token)) =
        (&request.client.notification_endpoint, &request.demand.notification_token)
    else {
        return false;
    };
    let attempts = if faults.has(Fault::PushNotRetried) { 1 } else { PUSH_ATTEMPTS };
    for attempt in 0..attempts {
        if attempt > 0 {
            tokio::time::sleep(PUSH_RETRY_PAUSE * 2u32.pow(attempt - 1)).await;
        }
        let Ok(push) = prepare(endpoint, token, kind, body, faults) else { return false };
        let mut answer = outgoing::send(&provider.outgoing, push.clone(), PUSH_TIMEOUT).await;
        if faults.has(Fault::PushFollowsRedirects)
            && let Some(elsewhere) = redirected(&push, &answer)
        {
            answer = outgoing::send(&provider.outgoing, elsewhere, PUSH_TIMEOUT).await;
        }
        let status = answer.map(|response| response.status());
        provider.log.count(Endpoint::Push, outcome(status), Some(&request.client.id));
        match status {
            Ok(StatusCode::NO_CONTENT) => return true,
            Ok(status) if status.is_success() => {
                if !faults.has(Fault::PushNeeds204) {
                    return true;
                }
            }
            // The client's last word, whatever it says.
            Ok(status) if !status.is_server_error() => return false,
            Ok(_) | Err(NoAnswer::Timeout | NoAnswer::Transport) => {}
        }
    }
    false
}

fn prepare(
    endpoint: &str,
    token: &Secret,
    kind: Kind,
    body: &Bytes,
    faults: FaultSet,
) -> Result<Request<Bytes>, NoAnswer> {
    let (wrong_token, as_text) = match kind {
        Kind::Tokens => (faults.has(Fault::PushWrongToken), faults.has(Fault::PushAsText)),
        Kind::Error => (faults.has(Fault::PushErrorWrongToken), faults.has(Fault::PushErrorAsText)),
    };
    let authorization = match wrong_token {
        false => format!("Bearer {}", token.expose()),
        true => format!("Bearer {}", random::unguessable()),
    };
    Request::post(endpoint)
        .header(header::CONTENT_TYPE, if as_text { "text/plain" } else { "application/json" })
        .header(header::AUTHORIZATION, outgoing::credentials(&authorization)?)
        .body(body.clone())
        .map_err(|_| NoAnswer::Transport)
}
