//! `POST /user/verify`: can this user authenticate?

use axum::{
    extract::{Request, State},
    response::Response,
};
use http::StatusCode;
use serde_json::json;

use crate::{basic, json_body, json_body::Fields, plan::UnknownAnswer, service::AuthService};

pub(crate) async fn verify(State(service): State<AuthService>, request: Request) -> Response {
    let shared = &service.shared;
    let arrived = shared.clock.now();
    if !shared.basic.admits(request.headers()) {
        shared.counts.add(|counts| counts.verify.unauthorized += 1);
        return basic::unauthorized();
    }
    let fields = match Fields::read(request.into_body()).await {
        Ok(fields) => fields,
        Err(bad) => return malformed(&service, &bad),
    };
    let user = match fields.text("user_identifier") {
        Ok(user) => user.unwrap_or_default(),
        Err(bad) => return malformed(&service, &bad),
    };
    shared.observer.verify(user, arrived);
    let plan = service.plan();
    let valid = !user.is_empty() && !plan.is_unknown(user);
    shared.counts.add(|counts| {
        let counter = if valid { &mut counts.verify.valid } else { &mut counts.verify.invalid };
        *counter += 1;
    });
    let status = match (valid, plan.unknown_answer) {
        (true, _) | (false, UnknownAnswer::ValidFalse) => StatusCode::OK,
        (false, UnknownAnswer::NotFound) => StatusCode::NOT_FOUND,
    };
    json_body::answer(status, &json!({ "valid": valid }))
}

fn malformed(service: &AuthService, bad: &json_body::BadBody) -> Response {
    service.shared.counts.add(|counts| counts.verify.malformed += 1);
    bad.answer()
}
