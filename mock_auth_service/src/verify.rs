//! `POST /user/verify`: can this user authenticate?

use axum::{
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use crate::{
    basic,
    fault::Fault,
    json_body,
    json_body::{BadBody, Fields},
    plan::UnknownAnswer,
    service::{AuthService, SLOW, Shared},
};

pub(crate) async fn verify(State(service): State<AuthService>, request: Request) -> Response {
    let shared = &service.shared;
    let arrived = shared.clock.now();
    if !admits(shared, request.headers()) {
        shared.counts.add(|counts| counts.verify.unauthorized += 1);
        return basic::unauthorized(shared.faults);
    }
    if shared.faults.has(Fault::SlowVerify) {
        tokio::time::sleep(SLOW).await;
    }
    let fields = match Fields::read(request.into_body()).await {
        Ok(fields) => fields,
        Err(bad) => return malformed(&service, &bad),
    };
    let read = shared.clock.now();
    let user = match user(shared, &fields) {
        Ok(user) => user.unwrap_or_default(),
        Err(bad) => return malformed(&service, &bad),
    };
    shared.observer.verify(user, arrived);
    let plan = service.plan();
    let mut valid = !user.is_empty() && !plan.is_unknown(user);
    if shared.faults.has(Fault::KnownUserInvalid) {
        valid = false;
    }
    if shared.faults.has(Fault::EverybodyValid) {
        valid = true;
    }
    shared.counts.add(|counts| {
        let counter = if valid { &mut counts.verify.valid } else { &mut counts.verify.invalid };
        *counter += 1;
    });
    let status = match (valid, plan.unknown_answer) {
        (true, _) | (false, UnknownAnswer::ValidFalse) => StatusCode::OK,
        (false, UnknownAnswer::NotFound) => StatusCode::NOT_FOUND,
    };
    let valid = if shared.faults.has(Fault::ValidAsText) { json!(valid.to_string()) } else { json!(valid) };
    let mut response = json_body::answer(status, &json!({ "valid": valid }));
    if shared.faults.has(Fault::VerifyAsText) {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    }
    shared.observer.answered(read, shared.clock.now());
    response
}

fn admits(shared: &Shared, headers: &HeaderMap) -> bool {
    shared.admits(headers)
        || (shared.faults.has(Fault::AnyPasswordVerifies) && basic::names_somebody(headers))
        || (shared.faults.has(Fault::AnonymousVerifies) && !headers.contains_key(header::AUTHORIZATION))
}

/// The user that the request names. Unknown members are ignored.
fn user<'f>(shared: &Shared, fields: &'f Fields) -> Result<Option<&'f str>, BadBody> {
    if shared.faults.has(Fault::UnknownMembersUnverified) {
        fields.only(&["user_identifier"])?;
    }
    let user = fields.text("user_identifier")?;
    let plain = |user: &str| user.chars().all(|c| c.is_ascii_alphanumeric() || ".@_-".contains(c));
    if shared.faults.has(Fault::OddUsersBreak) && !user.is_none_or(plain) {
        return Err(BadBody::Broken);
    }
    Ok(user)
}

fn malformed(service: &AuthService, bad: &BadBody) -> Response {
    let shared = &service.shared;
    shared.counts.add(|counts| counts.verify.malformed += 1);
    if shared.faults.has(Fault::MalformedVerifyBreaks) { BadBody::Broken.answer() } else { bad.answer() }
}
