//! Keycloak's HTTP authentication channel.
//!
//! The server posts to the channel with a bearer token and waits for 201. The bearer is the correlation: the decision goes to
//! the server's callback with it. Keycloak stores the request only after it has read the 201, and a second callback undoes
//! the first; so exactly one decision is sent, not too early, and only 403 (not stored yet) is a reason to send it again.

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime},
};

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    extract::{Request, State},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::sending::Sending;
use crate::{
    clock::Clock,
    counts::Counters,
    json_body::{self, BadBody, Fields},
    outgoing::Outgoing,
    pending::Login,
    plan::Decision,
    secret::Secret,
    service::AuthService,
    settings::{SettingsError, absolute},
    start::{Told, Verdict, admit},
    system_api::Answer,
};

/// Where the server asks: the path of its authentication channel URI.
pub const CHANNEL_PATH: &str = "/authentication-channel";

/// From the acknowledgement to the decision at least: the server stores the request after it has read the acknowledgement.
pub(crate) const LEAST_DELAY: Duration = Duration::from_millis(50);

/// Longest bearer token, in bytes.
const BEARER_MAX: usize = 8 * 1024;

/// Where Keycloak is told of decisions.
#[derive(Clone, Debug)]
pub struct KeycloakSettings {
    /// The callback, `https://host/realms/REALM/protocol/openid-connect/ext/ciba/auth/callback`.
    pub callback: String,
    /// How a denial is told.
    pub denial: DenialStatus,
}

/// The two words by which Keycloak is told that the user did not agree. Both make it answer `access_denied`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DenialStatus {
    /// The user refused.
    #[default]
    Unauthorized,
    /// The user broke it off.
    Cancelled,
}

impl DenialStatus {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

pub(crate) struct Callback {
    url: http::Uri,
    denial: DenialStatus,
    sending: Sending,
}

impl Callback {
    pub(super) fn new(
        settings: &KeycloakSettings,
        outgoing: Outgoing,
        clock: Clock,
    ) -> Result<Self, SettingsError> {
        let url = absolute("callback", &settings.callback)?;
        Ok(Self { url, denial: settings.denial, sending: Sending::new(outgoing, clock) })
    }

    pub(super) fn close(&self) {
        self.sending.close();
    }

    pub(super) async fn decide(
        &self,
        login: &Login,
        decision: Decision,
        counts: &Counters,
        on_sent: impl Fn(Instant),
    ) -> Answer {
        let status = match decision {
            Decision::Approve => "SUCCEED",
            Decision::Deny => self.denial.word(),
            Decision::Ignore => return self.sending.unsent("the user ignores the request".to_owned()),
        };
        let bearer = login.bearer.as_ref().map_or("", |bearer| bearer.expose());
        let Ok(mut authorization) = HeaderValue::from_str(&format!("Bearer {bearer}")) else {
            return self.sending.unsent("the bearer token does not fit into a header".to_owned());
        };
        authorization.set_sensitive(true);
        let mut request = http::Request::new(Bytes::from(json!({ "status": status }).to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, authorization);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let is_untaken = |status| status == StatusCode::FORBIDDEN;
        let mut answer = self.sending.send(&request, is_untaken, counts, on_sent).await;
        if let Some(problem) = answer.problem.as_mut().filter(|_| !bearer.is_empty()) {
            *problem = problem.replace(bearer, "[redacted]");
        }
        answer
    }
}

/// What the server calls: 201, and the decision later.
pub(crate) async fn ask(State(service): State<AuthService>, request: Request) -> Response {
    let shared = &service.shared;
    let arrived = shared.clock.now();
    let Some(bearer) = bearer(request.headers()) else {
        shared.counts.add(|counts| counts.start.unauthorized += 1);
        return unauthorized();
    };
    let read = match Fields::read(request.into_body()).await {
        Ok(fields) => login(&fields, bearer, &shared.clock, arrived),
        Err(bad) => Err(bad),
    };
    let login = match read {
        Ok(login) => login,
        Err(bad) => {
            shared.counts.add(|counts| counts.start.malformed += 1);
            return bad.answer();
        }
    };
    match admit(&service, login, &Told::default()) {
        Verdict::Acknowledge => json_body::answer(StatusCode::CREATED, &json!({})),
        Verdict::Refuse(why) => json_body::unavailable(why),
        Verdict::Conflict => {
            json_body::error(StatusCode::CONFLICT, "conflict", "the login was started before")
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let fits = scheme.eq_ignore_ascii_case("bearer") && (1..=BEARER_MAX).contains(&token.len());
    fits.then(|| token.to_owned())
}

fn unauthorized() -> Response {
    let mut response = json_body::error(
        StatusCode::UNAUTHORIZED,
        "invalid_token",
        "the bearer token is missing; the decision would be sent back with it",
    );
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn login(fields: &Fields, bearer: String, clock: &Clock, arrived: Instant) -> Result<Login, BadBody> {
    let claims = claims(&bearer);
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).map(Box::from);
    let scope = fields.text("scope")?.unwrap_or_default();
    Ok(Login {
        login_id: short_digest(&bearer).into(),
        login_state: None,
        user_identifier: fields.text("login_hint")?.unwrap_or_default().into(),
        client_id: claim("azp").unwrap_or_default(),
        client_name: None,
        consent: None,
        binding_message: fields.text("binding_message")?.map(Into::into),
        requested_scopes: scope.split(' ').filter(|scope| !scope.is_empty()).map(Box::from).collect(),
        arrived,
        expires: claims.get("exp").and_then(Value::as_u64).and_then(|exp| {
            let wall = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(exp))?;
            arrived.checked_add(wall.duration_since(clock.wall_at(arrived)).unwrap_or_default())
        }),
        bearer: Some(Secret::new(bearer)),
    })
}

/// What the token says of itself: whose signature it carries does not matter to whoever only sends it back. `null` where it
/// is no JWT.
fn claims(bearer: &str) -> Value {
    let payload = bearer.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
    payload.and_then(|payload| serde_json::from_slice(&payload).ok()).unwrap_or_default()
}

/// A name for a login that may be shown, which its bearer may not.
fn short_digest(bearer: &str) -> String {
    let mut name = String::with_capacity(32);
    for byte in digest(&SHA256, bearer.as_bytes()).as_ref().iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}
