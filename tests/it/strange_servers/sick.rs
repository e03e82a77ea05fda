//! The sick one: it knows the standard, but it suffers from a [`Disease`](super::disease::Disease). Its users decide by
//! themselves, and here they never do.

use super::signing::{Signer, random_text};
use super::street::{Neighbours, SECRET, Strange};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ciba_bench::jose::SubjectRule;
use http::StatusCode;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const ISSUER: &str = "http://127.0.0.3:9000";
const GRANT: &str = "urn:openid:params:grant-type:ciba";
const SCOPES: [&str; 2] = ["openid", "profile"];
/// Life of a request that asks for no other, in seconds; also the longest.
const LIFE: u64 = 90;
const INTERVAL: Duration = Duration::from_secs(5);

struct Sick {
    neighbours: Neighbours,
    signer: Signer,
    requests: Mutex<HashMap<String, Pending>>,
}

struct Pending {
    client: String,
    expires: Instant,
    polled: Option<Instant>,
    interval: Duration,
}

type Shared = State<Arc<Sick>>;
type Refused = (u16, &'static str);

pub fn sick(neighbours: Neighbours) -> Strange {
    let signer = Signer::new(Some("only"));
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(async || said(200, &metadata())))
        .route("/oauth/jwks", get(async |State(server): Shared| said(200, &server.signer.key_set())))
        .route("/oauth/bc-authorize", post(begin))
        .route("/oauth/token", post(poll))
        .with_state(Arc::new(Sick { neighbours, signer, requests: Mutex::default() }));
    Strange {
        router,
        issuer: ISSUER,
        clients: [Some("a"), Some("b"), Some("c"), Some("d")],
        system: None,
        subject: SubjectRule::Unchecked,
        fapi_ciba: false,
    }
}

fn metadata() -> Value {
    let at = |path: &str| format!("{ISSUER}/oauth{path}");
    json!({
        "issuer": ISSUER, "jwks_uri": at("/jwks"), "token_endpoint": at("/token"),
        "backchannel_authentication_endpoint": at("/bc-authorize"),
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "grant_types_supported": [GRANT], "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    })
}

async fn begin(State(server): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let begun = admitted(&headers, &body).and_then(|(client, form)| {
        let wrong = Err((400, "invalid_request"));
        if client == "d" {
            return Err((400, "unauthorized_client"));
        }
        let Some(scope) = form.get("scope") else { return wrong };
        if !scope.split(' ').all(|one| SCOPES.contains(&one)) || !scope.split(' ').any(|one| one == "openid")
        {
            return Err((400, "invalid_scope"));
        }
        let hints = ["login_hint", "id_token_hint", "login_hint_token"];
        if hints.iter().filter(|hint| form.contains_key(**hint)).count() != 1 {
            return wrong;
        }
        if form.get("login_hint").is_none_or(|user| !user.starts_with("resident")) {
            return Err((400, "unknown_user_id"));
        }
        if form.get("binding_message").is_some_and(|text| text.len() > 300 || text.contains(char::is_control))
        {
            return Err((400, "invalid_binding_message"));
        }
        let life = match form.get("requested_expiry").map(|text| text.parse::<u64>()) {
            None => LIFE,
            Some(Ok(seconds)) if seconds > 0 => seconds.min(LIFE),
            Some(_) => return wrong,
        };
        let token = form.get("client_notification_token").map_or("", String::as_str);
        let bearer = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if client == "b" && (token.is_empty() || token.len() > 1024 || !token.bytes().all(bearer)) {
            return wrong;
        }
        Ok((client, life))
    });
    let (client, life) = match begun {
        Ok(begun) => begun,
        Err(refused) => return refusal(refused),
    };
    let id = random_text(24);
    let expires = server.neighbours.clock.now() + Duration::from_secs(life);
    let pending = Pending { client, expires, polled: None, interval: INTERVAL };
    server.requests.lock().unwrap().insert(id.clone(), pending);
    said(200, &json!({"auth_req_id": id, "expires_in": life, "interval": INTERVAL.as_secs()}))
}

async fn poll(State(server): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let polled = admitted(&headers, &body).map(|(client, form)| {
        let id = match (form.get("grant_type").map(String::as_str), form.get("auth_req_id")) {
            (None, _) => return (400, "invalid_request"),
            (Some(GRANT), _) if client == "d" => return (400, "unauthorized_client"),
            (Some(GRANT), Some(id)) => id,
            (Some(GRANT), None) => return (400, "invalid_request"),
            (Some(_), _) => return (400, "unsupported_grant_type"),
        };
        let now = server.neighbours.clock.now();
        let mut requests = server.requests.lock().unwrap();
        let Some(request) = requests.get_mut(id).filter(|request| request.client == client) else {
            return (400, "invalid_grant");
        };
        if now >= request.expires {
            return (400, "expired_token");
        }
        if request.polled.is_some_and(|before| now < before + request.interval) {
            request.interval += INTERVAL;
            return (400, "slow_down");
        }
        request.polled = Some(now);
        (400, "authorization_pending")
    });
    refusal(polled.unwrap_or_else(|refused| refused))
}

/// The client and its form, in which every name is there once.
fn admitted(headers: &HeaderMap, body: &Bytes) -> Result<(String, HashMap<String, String>), Refused> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media != Some("application/x-www-form-urlencoded") || body.len() > 50_000 {
        return Err((400, "invalid_request"));
    }
    let text = std::str::from_utf8(body).map_err(|_| (400, "invalid_request"))?;
    let mut form = HashMap::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()).into_owned() {
        if form.insert(name, value).is_some() {
            return Err((400, "invalid_request"));
        }
    }
    form.retain(|_, value| !value.is_empty());
    let basic = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let pair =
        basic.and_then(|basic| String::from_utf8(STANDARD.decode(basic).ok()?).ok()).unwrap_or_default();
    if basic.is_some() && form.contains_key("client_secret") {
        return Err((400, "invalid_request"));
    }
    let (id, secret) = pair.split_once(':').unwrap_or_default();
    let same = form.get("client_id").is_none_or(|claimed| claimed == id);
    match ["a", "b", "c", "d"].contains(&id) && secret == SECRET && same {
        true => Ok((id.to_owned(), form)),
        false => Err((401, "invalid_client")),
    }
}

fn refusal((status, code): Refused) -> Response {
    let mut answer = said(status, &json!({"error": code}));
    if status == 401 {
        answer.headers_mut().insert(WWW_AUTHENTICATE, http::HeaderValue::from_static("Basic realm=\"sick\""));
    }
    answer
}

fn said(status: u16, body: &Value) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (StatusCode::from_u16(status).unwrap(), headers, body.to_string()).into_response()
}
