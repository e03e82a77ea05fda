//! `POST /authentication/start`: acknowledge first, decide after.

use std::{sync::Arc, time::SystemTime};

use axum::{
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    basic,
    clock::Clock,
    decision,
    fault::{Fault, FaultSet},
    json_body,
    json_body::{BadBody, Fields},
    observer::StartSeen,
    open_banking::ConsentApi,
    pending::{Login, Waiting},
    plan::{Decision, correlation_key},
    service::{AuthService, SLOW, Shared},
};

pub(crate) async fn start(State(service): State<AuthService>, request: Request) -> Response {
    let shared = &service.shared;
    let arrived = shared.clock.now();
    if !admits(shared, request.headers()) {
        shared.counts.add(|counts| counts.start.unauthorized += 1);
        return basic::unauthorized(shared.faults);
    }
    if shared.faults.has(Fault::SlowStart) {
        tokio::time::sleep(SLOW).await;
    }
    let started = match Fields::read(request.into_body()).await {
        Ok(fields) => refusals(shared.faults, &fields).and_then(|()| parse(&fields, &shared.clock, arrived)),
        Err(_) if shared.faults.has(Fault::MalformedStartBreaks) => Err(BadBody::Broken),
        Err(bad) => Err(bad),
    };
    let read = shared.clock.now();
    let (login, told) = match started {
        Ok(started) => started,
        Err(bad) => {
            shared.counts.add(|counts| counts.start.malformed += 1);
            return bad.answer();
        }
    };
    if shared.unaskable.holds(&login.user_identifier) {
        shared.counts.add(|counts| counts.start.refused += 1);
        return json_body::unavailable("the user cannot be asked");
    }
    let (login_id, expired) = (Arc::clone(&login.login_id), decision::has_expired(shared, &login));
    let verdict = admit(&service, login, &told);
    shared.observer.answered(read, shared.clock.now());
    if shared.faults.has(Fault::AcknowledgesAfterDeciding) && !expired {
        // A decision that was sent already is over, too.
        let _ = service.approve(&login_id).await;
    }
    match verdict {
        Verdict::Acknowledge => json_body::answer(StatusCode::OK, &json!({ "acknowledged": true })),
        Verdict::Refuse(why) => json_body::unavailable(why),
        Verdict::Conflict => {
            json_body::error(StatusCode::CONFLICT, "conflict", "the login was started before")
        }
    }
}

fn admits(shared: &Shared, headers: &HeaderMap) -> bool {
    shared.admits(headers)
        || (shared.faults.has(Fault::AnyPasswordStarts) && basic::names_somebody(headers))
        || (shared.faults.has(Fault::AnonymousStarts) && !headers.contains_key(header::AUTHORIZATION))
}

/// What is refused under a fault, though it should not be.
fn refusals(faults: FaultSet, fields: &Fields) -> Result<(), BadBody> {
    if faults.has(Fault::StartRefused) {
        return Err(BadBody::Unknown("login_id".to_owned()));
    }
    if faults.has(Fault::UnknownMembersNotStarted) {
        fields.only(&MEMBERS)?;
    }
    if faults.has(Fault::BareStartRefused) && !fields.has("binding_message") && !fields.has("acr_values") {
        return Err(BadBody::Missing("binding_message"));
    }
    let odd = |text: &str| !text.is_ascii();
    if faults.has(Fault::OddMessagesBreak) && fields.text("binding_message")?.is_some_and(odd) {
        return Err(BadBody::Broken);
    }
    Ok(())
}

/// What servers are known to send.
const MEMBERS: [&str; 12] = [
    "acr_values",
    "binding_message",
    "client_id",
    "client_info",
    "expires_at",
    "login_id",
    "login_state",
    "openbanking_intent_id",
    "requested_scopes",
    "server_id",
    "tenant_id",
    "user_identifier",
];

/// What is told, and not kept.
#[derive(Default)]
pub(crate) struct Told {
    pub intent_id: Option<Box<str>>,
    pub expires_at: Option<Box<str>>,
}

pub(crate) enum Verdict {
    Acknowledge,
    /// Only under a fault.
    Conflict,
    Refuse(&'static str),
}

/// Plans the decision. It is sent by another task, so that the acknowledgement goes out first.
pub(crate) fn admit(service: &AuthService, login: Login, told: &Told) -> Verdict {
    let shared = &service.shared;
    let plan = service.plan();
    let mut pending = shared.pending();
    let repeated = pending.is_known(&login.login_id);
    // Under the lock: whoever decides by hand because of what is told here finds the login pending, and no decision is
    // sent before its start was told.
    shared.observer.start(
        &StartSeen {
            login_id: &login.login_id,
            user_identifier: &login.user_identifier,
            binding_message: login.binding_message.as_deref(),
            client_id: &login.client_id,
            requested_scopes: &login.requested_scopes,
            openbanking_intent_id: told.intent_id.as_deref(),
            expires_at: told.expires_at.as_deref(),
            announced: service.is_announced(),
            repeated,
        },
        login.arrived,
    );
    if repeated && shared.faults.has(Fault::RepeatedStartRefused) {
        return Verdict::Conflict;
    }
    if repeated && !shared.faults.has(Fault::RepeatedStartDecidesAgain) {
        drop(pending);
        shared.counts.add(|counts| counts.start.repeated += 1);
        return Verdict::Acknowledge;
    }
    if !pending.has_room() {
        let why = if pending.is_closed() {
            "the service is being drained"
        } else {
            "too many decisions are pending"
        };
        drop(pending);
        shared.counts.add(|counts| counts.start.refused += 1);
        return Verdict::Refuse(why);
    }
    let planned = {
        let ordinal = match login.binding_message {
            Some(_) => 1,
            None => pending.ordinal(&login.user_identifier),
        };
        let key = correlation_key(login.binding_message.as_deref(), &login.user_identifier, ordinal);
        plan.decide(&key, &login.user_identifier)
    };
    let due = match planned.decision {
        Decision::Approve | Decision::Deny => {
            Some((login.arrived + planned.delay).max(shared.clock.now() + shared.dialect.least_delay()))
        }
        Decision::Ignore => None,
    };
    let waiting = Waiting {
        login,
        plan,
        decision: planned.decision,
        fetch_details: planned.fetch_details,
        due: None,
        by_hand: None,
    };
    let ignored = due.is_none().then(|| waiting.login.clone());
    // Counted under the lock, so that no decision is counted before its start.
    shared.counts.add(|counts| counts.start.accepted += 1);
    let is_next = pending.admit(waiting, due);
    drop(pending);
    if let Some(login) = ignored {
        shared.counts.add(|counts| counts.decisions.ignored += 1);
        decision::record(shared, login, Decision::Ignore, None);
    }
    if is_next {
        service.wake_scheduler();
    }
    Verdict::Acknowledge
}

/// What is known of the login. Unknown fields are ignored; `login_state` wins over `state`, the name that
/// the documentation uses.
fn parse(fields: &Fields, clock: &Clock, arrived: Instant) -> Result<(Login, Told), BadBody> {
    let login_id: Arc<str> = fields.text("login_id")?.ok_or(BadBody::Missing("login_id"))?.into();
    let login_state = match fields.text("login_state")? {
        Some(login_state) => Some(login_state),
        None => fields.text("state")?,
    };
    let expires_at = fields.text("expires_at")?;
    let intent_id = fields.text("openbanking_intent_id")?;
    let scopes = fields.texts("requested_scopes")?;
    let login = Login {
        login_id,
        login_state: login_state.map(Into::into),
        user_identifier: fields.text("user_identifier")?.unwrap_or_default().into(),
        client_id: fields.text("client_id")?.unwrap_or_default().into(),
        client_name: fields.inner_text("client_info", "client_name").map(Into::into),
        binding_message: fields.text("binding_message")?.map(Into::into),
        consent: ConsentApi::of(intent_id, scopes.iter().copied()),
        requested_scopes: scopes.into_iter().map(Into::into).collect(),
        arrived,
        expires: expires_at.and_then(|text| instant_of(text, clock, arrived)),
        bearer: None,
    };
    Ok((login, Told { intent_id: intent_id.map(Into::into), expires_at: expires_at.map(Into::into) }))
}

/// The instant of a wall time (RFC 3339); what is past already has expired on arrival. `None` if it cannot be read.
fn instant_of(text: &str, clock: &Clock, arrived: Instant) -> Option<Instant> {
    let wall = SystemTime::from(text.parse::<Timestamp>().ok()?);
    arrived.checked_add(wall.duration_since(clock.wall_at(arrived)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::instant_of;
    use crate::clock::Clock;

    #[tokio::test(start_paused = true)]
    async fn a_wall_time_is_an_instant_and_not_before_arrival() {
        let clock = Clock::starting_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_051_654));
        tokio::time::sleep(Duration::from_secs(5)).await;
        let now = clock.now();
        for (text, seconds) in [
            ("2026-05-29T10:49:34Z", Some(115)),
            ("2026-05-29T12:49:34.000+02:00", Some(115)),
            ("2026-05-29T10:47:40Z", Some(1)),
            ("2026-05-29T10:47:39Z", Some(0)),
            ("2026-05-29T10:00:00Z", Some(0)),
            ("soon", None),
        ] {
            let expected = seconds.map(|seconds| now + Duration::from_secs(seconds));
            assert_eq!(instant_of(text, &clock, now), expected, "{text}");
        }
    }
}
