//! The one like many: conformant, but for the deviations that real servers are known for. It names no interval and never
//! throttles, tells of a denial once, answers 400 `invalid_request` where credentials or the grant are missing, takes a
//! client's secret by either method, ignores scopes that it does not know, sends no `Pragma`, and a replay revokes the
//! tokens that were issued.

use super::signing::{Signer, random_text};
use super::street::{Neighbours, PING_URL, SECRET, Strange};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ciba_bench::jose::SubjectRule;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};
use http::{StatusCode, header};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

const ISSUER: &str = "http://localhost:4000";
const GRANT: &str = "urn:openid:params:grant-type:ciba";
/// Largest body, in bytes.
const BODY_MAX: usize = 56 * 1024;
/// Longest life of a request, and the usual one, in seconds.
const LIFE: [u64; 2] = [600, 120];
/// How long an expired request is remembered, in seconds.
const MEMORY: u64 = 60;

struct Server {
    neighbours: Neighbours,
    signer: Signer,
    requests: Mutex<HashMap<String, Request>>,
    active: Mutex<HashSet<String>>,
}

struct Request {
    client: String,
    user: String,
    scope: String,
    expires: u64,
    login: String,
    ping: Option<String>,
    state: Stage,
}

#[derive(Clone, PartialEq)]
enum Stage {
    Waiting,
    Granted(String),
    Denied,
    Spent(String),
}

/// An OAuth error.
struct Oops(u16, &'static str, &'static str);

type Form = HashMap<String, String>;
type Shared = State<Arc<Server>>;

pub fn like_many(neighbours: Neighbours) -> Strange {
    let server = Server {
        neighbours,
        signer: Signer::new(Some("k-1")),
        requests: Mutex::default(),
        active: Mutex::default(),
    };
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(async || json_body(200, &metadata())))
        .route("/jwks", get(async |State(server): Shared| json_body(200, &server.signer.key_set())))
        .route("/backchannel", post(authenticate))
        .route("/token", post(token))
        .route("/token/introspection", post(introspect))
        .route(
            "/inner/token",
            post(async || json_body(200, &json!({"access_token": "inner", "expires_in": 3600}))),
        )
        .route("/inner/scope-grants/{login}/{verdict}", post(decide))
        .with_state(Arc::new(server));
    Strange {
        router,
        issuer: ISSUER,
        clients: [Some("web"), Some("app"), Some("other"), Some("no-ciba")],
        system: Some(["http://localhost:4000/inner/token", "http://localhost:4000/inner"]),
        subject: SubjectRule::Hint,
        fapi_ciba: true,
    }
}

fn metadata() -> Value {
    let at = |path: &str| format!("{ISSUER}{path}");
    json!({
        "issuer": ISSUER, "jwks_uri": at("/jwks"), "token_endpoint": at("/token"),
        "introspection_endpoint": at("/token/introspection"),
        "backchannel_authentication_endpoint": at("/backchannel"),
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "backchannel_user_code_parameter_supported": false,
        "backchannel_authentication_request_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
        "grant_types_supported": ["authorization_code", "client_credentials", GRANT],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["ES256"], "subject_types_supported": ["public"],
    })
}

/// Reads a form in which every name is there once, and whose it is.
fn read(headers: &HeaderMap, body: &Bytes) -> Result<(Form, String), Oops> {
    if headers.get(CONTENT_TYPE).is_none_or(|value| value != "application/x-www-form-urlencoded") {
        return Err(Oops(400, "invalid_request", "only application/x-www-form-urlencoded bodies are taken"));
    }
    if body.len() > BODY_MAX {
        return Err(Oops(400, "invalid_request", "the body is too long"));
    }
    let text = std::str::from_utf8(body).map_err(|_| Oops(400, "invalid_request", "not UTF-8"))?;
    let mut form = Form::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()).into_owned() {
        if form.insert(name, value).is_some() {
            return Err(Oops(400, "invalid_request", "parameters must not be provided twice"));
        }
    }
    form.retain(|_, value| !value.is_empty());
    let client = who(headers, &form)?;
    Ok((form, client))
}

fn who(headers: &HeaderMap, form: &Form) -> Result<String, Oops> {
    let basic = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let (id, secret) = match (basic, form.get("client_secret")) {
        (Some(_), Some(_)) => {
            return Err(Oops(400, "invalid_request", "authentication must use one mechanism only"));
        }
        (Some(basic), None) => {
            let pair = STANDARD.decode(basic).unwrap_or_default();
            let pair = String::from_utf8(pair).unwrap_or_default();
            let (id, secret) = pair.split_once(':').unwrap_or_default();
            if form.get("client_id").is_some_and(|other| other != id) {
                return Err(Oops(400, "invalid_request", "mismatch in body and authorization client ids"));
            }
            (id.to_owned(), secret.to_owned())
        }
        (None, Some(secret)) => (form.get("client_id").cloned().unwrap_or_default(), secret.clone()),
        (None, None) => {
            return Err(Oops(400, "invalid_request", "no client authentication mechanism provided"));
        }
    };
    match ["web", "app", "other", "no-ciba"].contains(&id.as_str()) && secret == SECRET {
        true => Ok(id),
        false => Err(Oops(401, "invalid_client", "client authentication failed")),
    }
}

async fn authenticate(State(server): Shared, headers: HeaderMap, body: Bytes) -> Result<Response, Oops> {
    let (form, client) = read(&headers, &body)?;
    if client == "no-ciba" {
        return Err(Oops(400, "invalid_request", "this grant is not allowed for this client"));
    }
    let asked = form.get("scope").ok_or(Oops(400, "invalid_request", "missing scope"))?;
    let known: Vec<&str> = asked.split(' ').filter(|scope| ["openid", "profile"].contains(scope)).collect();
    if !known.contains(&"openid") {
        return Err(Oops(400, "invalid_request", "openid must be asked for"));
    }
    let hints = ["login_hint", "login_hint_token", "id_token_hint"];
    let user = match (hints.iter().filter(|hint| form.contains_key(**hint)).count(), form.get("login_hint")) {
        (1, Some(user)) => user.clone(),
        _ => return Err(Oops(400, "invalid_request", "exactly one hint is needed")),
    };
    let life = match form.get("requested_expiry").map(|text| text.parse::<u64>()) {
        None => LIFE[1],
        Some(Ok(seconds)) if seconds > 0 => seconds.min(LIFE[0]),
        Some(_) => return Err(Oops(400, "invalid_request", "invalid requested_expiry")),
    };
    let ping = match (client == "app", form.get("client_notification_token")) {
        (false, _) => None,
        (true, Some(token)) if is_bearer(token) => Some(token.clone()),
        (true, _) => {
            return Err(Oops(400, "invalid_request", "client_notification_token missing or invalid"));
        }
    };
    let message = form.get("binding_message");
    if message.is_some_and(|text| text.len() > 200 || !text.bytes().all(|b| (b' '..0x7F).contains(&b))) {
        return Err(Oops(400, "invalid_binding_message", "the message cannot be shown"));
    }
    let valid = server.neighbours.ask_device("/user/verify", json!({"user_identifier": user})).await;
    if valid != Some(json!({"valid": true})) {
        return Err(Oops(400, "unknown_user_id", "could not identify the end-user"));
    }
    let (id, login) = (random_text(32), random_text(15));
    let expires = server.neighbours.now() + life;
    let start = json!({
        "login_id": login, "state": random_text(15), "user_identifier": user, "client_id": client,
        "requested_scopes": known, "binding_message": message,
    });
    let request =
        Request { client, user, scope: known.join(" "), expires, login, ping, state: Stage::Waiting };
    server.requests.lock().unwrap().insert(id.clone(), request);
    server.neighbours.ask_device("/authentication/start", start).await;
    Ok(json_body(200, &json!({"auth_req_id": id, "expires_in": life})))
}

/// The characters of a bearer token, and no more than the standard allows.
fn is_bearer(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    token.len() <= 1024
        && !body.is_empty()
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
}

async fn token(State(server): Shared, headers: HeaderMap, body: Bytes) -> Result<Response, Oops> {
    let (form, client) = read(&headers, &body)?;
    match form.get("grant_type").map(String::as_str) {
        None => return Err(Oops(400, "invalid_request", "missing grant_type")),
        Some(GRANT) if client == "no-ciba" => {
            return Err(Oops(400, "invalid_request", "the grant type is not allowed for this client"));
        }
        Some(GRANT) => {}
        Some(_) => return Err(Oops(400, "unsupported_grant_type", "unsupported grant_type requested")),
    }
    let id = form.get("auth_req_id").ok_or(Oops(400, "invalid_request", "missing auth_req_id"))?;
    let invalid = Oops(400, "invalid_grant", "grant request is invalid");
    let now = server.neighbours.now();
    let mut requests = server.requests.lock().unwrap();
    let Some(request) = requests.get_mut(id).filter(|request| request.client == client) else {
        return Err(invalid);
    };
    match request.state.clone() {
        Stage::Spent(access) => {
            server.active.lock().unwrap().remove(&access);
            Err(invalid)
        }
        _ if now >= request.expires + MEMORY => Err(invalid),
        _ if now >= request.expires => Err(Oops(400, "expired_token", "the request has expired")),
        Stage::Waiting => Err(Oops(400, "authorization_pending", "the end-user has not decided yet")),
        Stage::Denied => {
            requests.remove(id);
            Err(Oops(400, "access_denied", "the end-user refused"))
        }
        Stage::Granted(scope) => {
            let access = random_text(32);
            server.active.lock().unwrap().insert(access.clone());
            request.state = Stage::Spent(access.clone());
            let id_token = server.signer.sign(&json!({
                "iss": ISSUER, "aud": client, "sub": request.user, "iat": now, "exp": now + 3600,
            }));
            Ok(json_body(
                200,
                &json!({
                    "access_token": access, "token_type": "Bearer", "expires_in": 600, "id_token": id_token,
                    "scope": scope,
                }),
            ))
        }
    }
}

async fn introspect(State(server): Shared, headers: HeaderMap, body: Bytes) -> Result<Response, Oops> {
    let (form, client) = read(&headers, &body)?;
    let token = form.get("token").ok_or(Oops(400, "invalid_request", "missing token"))?;
    let active = server.active.lock().unwrap().contains(token);
    Ok(json_body(
        200,
        &if active { json!({"active": true, "client_id": client}) } else { json!({"active": false}) },
    ))
}

/// Takes a decision, tells a ping client, and only then answers.
async fn decide(
    State(server): Shared,
    Path((login, verdict)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Oops> {
    let unknown = || Oops(404, "not_found", "no such login");
    let decision: Value = serde_json::from_slice(&body).map_err(|_| unknown())?;
    let now = server.neighbours.now();
    let ping = {
        let mut requests = server.requests.lock().unwrap();
        let (id, request) = requests
            .iter_mut()
            .find(|(_, r)| r.login == login && r.state == Stage::Waiting && now < r.expires)
            .ok_or_else(unknown)?;
        let granted = |scope: &&str| {
            decision["granted_scopes"].as_array().is_some_and(|list| list.iter().any(|one| one == *scope))
        };
        request.state = match verdict.as_str() {
            "accept" => {
                Stage::Granted(request.scope.split(' ').filter(granted).collect::<Vec<_>>().join(" "))
            }
            _ => Stage::Denied,
        };
        request.ping.clone().map(|token| (token, json!({"auth_req_id": id}).to_string()))
    };
    if let Some((token, body)) = ping {
        let bearer = format!("Bearer {token}");
        server.neighbours.post(PING_URL, &bearer, "application/json", body).await;
    }
    Ok(json_body(200, &json!({"redirect_to": ""})))
}

fn json_body(status: u16, body: &Value) -> Response {
    let headers = [(CONTENT_TYPE, "application/json; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (StatusCode::from_u16(status).unwrap(), headers, body.to_string()).into_response()
}

impl IntoResponse for Oops {
    fn into_response(self) -> Response {
        let mut answer = json_body(self.0, &json!({"error": self.1, "error_description": self.2}));
        if self.0 == 401 {
            let challenge = header::HeaderValue::from_static("Basic realm=\"many\"");
            answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}
