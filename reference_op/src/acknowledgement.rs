//! The acknowledgement of an authentication request (CIBA Core 1.0, 7.3).

use axum::response::Response;
use http::{StatusCode, header};
use serde_json::json;

use crate::error::json_answer;
use crate::fault::Fault;
use crate::pending::AuthenticationRequest;
use crate::random;
use crate::settings::DeliveryMode;

/// The answer that announces a request's identifier, lifetime and pace.
pub(crate) fn acknowledgement(request: &AuthenticationRequest, expires_in: u64) -> Response {
    let (workspace, faults) = (&request.workspace, request.workspace.faults);
    let auth_req_id = match faults.has(Fault::AckAuthReqIdNumber) {
        false => json!(request.auth_req_id),
        true => json!(random::number()),
    };
    let expires_in = match faults.has(Fault::ExpiresInText) {
        false => json!(expires_in),
        true => json!(expires_in.to_string()),
    };
    let interval = match faults.has(Fault::IntervalZero) {
        false => workspace.interval.as_secs(),
        true => 0,
    };
    let status = match faults.has(Fault::Ack201) {
        false => StatusCode::OK,
        true => StatusCode::CREATED,
    };
    let mut body = json!({"auth_req_id": auth_req_id, "expires_in": expires_in});
    // Whoever is pushed its result never polls.
    if request.client.delivery != DeliveryMode::Push {
        body["interval"] = json!(interval);
    }
    let mut response = json_answer(status, &body);
    if faults.has(Fault::AckCacheable) {
        response.headers_mut().remove(header::CACHE_CONTROL);
    }
    response
}
