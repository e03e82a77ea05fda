use serde_json::Value;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::pending::AuthenticationRequest;

/// Approves a request and authorises the consent that it is about, if it is about one. `false` when one of them is decided,
/// deleted or expired already; then neither changes.
pub(crate) fn approve(
    request: &AuthenticationRequest,
    granted_scopes: Vec<String>,
    account_ids: Vec<String>,
    clock: &Clock,
) -> bool {
    let (now, faults) = (clock.now(), request.workspace.faults);
    let approve = || request.approve(granted_scopes, now);
    match request.demand.intent.as_ref().and_then(|intent| intent.consent.as_ref()) {
        None => approve(),
        Some(consent) if consent.expires_at <= clock.unix_seconds_at(now) => false,
        Some(consent) => consent.authorise(account_ids, clock.rfc3339_at(now), faults, approve),
    }
}

/// Denies a request and rejects the consent that it is about, if it is about one. `false` when the request is decided or expired
/// already.
pub(crate) fn deny(request: &AuthenticationRequest, rejection: Option<Value>, clock: &Clock) -> bool {
    let now = clock.now();
    let Some(consent) = request.demand.intent.as_ref().and_then(|intent| intent.consent.as_ref()) else {
        return request.deny(now);
    };
    let denied = match request.workspace.faults.has(Fault::RejectedConsentRedeemed) {
        false => request.deny(now),
        true => request.approve(request.demand.scopes.clone(), now),
    };
    if denied {
        consent.reject(rejection, clock.rfc3339_at(now));
    }
    denied
}
