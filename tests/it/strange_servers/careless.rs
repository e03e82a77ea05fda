//! The careless one: what a team writes that has read an example of the protocol, and not the specification. One handler
//! for all paths; of a parameter that is there twice the last one wins; whoever has an `auth_req_id` may use it.

use super::signing::{Signer, random_text};
use super::street::{Neighbours, PING_URL, SECRET, Strange};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ciba_bench::jose::SubjectRule;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const ISSUER: &str = "http://careless.test/realm";
const GRANT: &str = "urn:openid:params:grant-type:ciba";
/// Lifetime of every request, whatever a client asks for.
const LIFE: Duration = Duration::from_secs(120);
/// How long a client has to wait between polls, and what every `slow_down` adds to it.
const THROTTLE: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(20)];
/// Largest body, in bytes.
const BODY_MAX: usize = 64 * 1024;
/// Digits of an `auth_req_id`.
const DIGITS: usize = 8;

struct Careless {
    neighbours: Neighbours,
    signer: Signer,
    book: Mutex<Vec<Entry>>,
}

/// One request; its number in the book is its name.
struct Entry {
    client: String,
    user: String,
    token: Option<String>,
    made: Instant,
    polled: Instant,
    slowed: u32,
    agreed: Option<bool>,
    spent: bool,
}

type Form = HashMap<String, String>;

pub fn careless(neighbours: Neighbours) -> Strange {
    let server = Arc::new(Careless { neighbours, signer: Signer::new(None), book: Mutex::default() });
    let router = Router::new().fallback(move |request: Request| {
        let server = server.clone();
        async move { server.answer(request).await }
    });
    Strange {
        router,
        issuer: ISSUER,
        clients: [Some("shop"), Some("bank"), Some("rival"), None],
        system: Some(["http://careless.test/ops/token", "http://careless.test/ops"]),
        subject: SubjectRule::StablePerUser,
        fapi_ciba: false,
    }
}

impl Careless {
    async fn answer(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, BODY_MAX).await.unwrap_or_default();
        let query = head.uri.query().unwrap_or_default().as_bytes();
        let form: Form = form_urlencoded::parse(if head.method == Method::GET { query } else { &body })
            .into_owned()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        match head.uri.path() {
            "/realm/.well-known/openid-configuration" => say(200, &metadata()),
            "/realm/keys" => say(200, &self.signer.key_set()),
            "/realm/ciba" => match client(&head.headers) {
                Some(client) => self.begin(client, form).await,
                None => plain(401, "invalid_client"),
            },
            "/realm/token" => match client(&head.headers) {
                Some(client) => self.poll(&client, &form).await,
                None => error(401, "invalid_client"),
            },
            "/realm/me" => match head.headers.get(AUTHORIZATION) {
                Some(_) => say(200, &json!({"sub": "somebody"})),
                None => error(401, "invalid_token"),
            },
            "/ops/token" => say(200, &json!({"access_token": "ops", "expires_in": 3600})),
            path => match path.strip_prefix("/ops/scope-grants/").and_then(|rest| rest.split_once('/')) {
                Some((login, verdict)) => self.decided(login, verdict == "accept").await,
                None => error(404, "not_found"),
            },
        }
    }

    async fn begin(&self, client: String, form: Form) -> Response {
        let Some(user) =
            ["login_hint", "login_hint_token", "id_token_hint"].iter().find_map(|h| form.get(*h))
        else {
            return plain(400, "invalid_request");
        };
        let known = self.neighbours.ask_device("/user/verify", json!({"user_identifier": user})).await;
        if known != Some(json!({"valid": true})) {
            return plain(400, "unknown_user_id");
        }
        let now = self.neighbours.clock.now();
        let number = {
            let mut book = self.book.lock().unwrap();
            book.push(Entry {
                client: client.clone(),
                user: user.clone(),
                token: form.get("client_notification_token").cloned(),
                made: now,
                polled: now,
                slowed: 0,
                agreed: None,
                spent: false,
            });
            book.len()
        };
        let start = json!({
            "login_id": number.to_string(), "login_state": "s", "user_identifier": user, "client_id": client,
            "requested_scopes": ["openid"], "binding_message": form.get("binding_message"),
        });
        self.neighbours.ask_device("/authentication/start", start).await;
        say(
            200,
            &json!({"auth_req_id": name(number), "expires_in": LIFE.as_secs().to_string(), "interval": 0}),
        )
    }

    async fn poll(&self, client: &str, form: &Form) -> Response {
        if form.get("grant_type").is_none_or(|grant| grant != GRANT) {
            return error(400, "unsupported_grant_type");
        }
        let digits = |id: &str| id.strip_prefix("request-")?.get(..DIGITS)?.parse::<usize>().ok();
        let number = form.get("auth_req_id").and_then(|id| digits(id));
        let Some(at) = number.and_then(|number| number.checked_sub(1)) else {
            return error(400, "invalid_grant");
        };
        let user = {
            let mut book = self.book.lock().unwrap();
            let Some(entry) = book.get_mut(at).filter(|entry| !entry.spent) else {
                return error(400, "invalid_grant");
            };
            let now = self.neighbours.clock.now();
            if now > entry.made + LIFE {
                return error(400, "expired_token");
            }
            match entry.agreed {
                Some(true) => entry.user.clone(),
                Some(false) => return error(403, "access_denied"),
                None => return error(400, entry.throttle(now)),
            }
        };
        // Tokens are written somewhere; meanwhile the request can be redeemed again.
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.book.lock().unwrap()[at].spent = true;
        let now = self.neighbours.now();
        let id_token = self.signer.sign(&json!({
            "iss": ISSUER, "aud": [client], "sub": format!("u:{user}"), "iat": now, "exp": now + 300,
            "auth_time": now,
        }));
        say(200, &json!({"access_token": random_text(24), "token_type": "bearer", "id_token": id_token}))
    }

    /// Takes whatever decision comes last, and pings whoever gave a token; of a denial nobody is told.
    async fn decided(&self, login: &str, agreed: bool) -> Response {
        let number = login.parse::<usize>().unwrap_or_default();
        let token = {
            let mut book = self.book.lock().unwrap();
            let Some(entry) = number.checked_sub(1).and_then(|at| book.get_mut(at)) else {
                return error(404, "not_found");
            };
            entry.agreed = Some(agreed);
            entry.token.clone().filter(|_| agreed && entry.client == "bank")
        };
        if let Some(token) = token {
            let neighbours = self.neighbours.clone();
            tokio::spawn(async move {
                let (bearer, body) = (format!("Bearer {token}"), format!("auth_req_id={}", name(number)));
                let form = "application/x-www-form-urlencoded";
                let answer = neighbours.post(PING_URL, &bearer, form, body.clone()).await;
                if let Some((300..400, Some(elsewhere), _)) = answer {
                    neighbours.post(&elsewhere, &bearer, form, body).await;
                }
            });
        }
        say(200, &json!({}))
    }
}

impl Entry {
    /// Whether a poll of an undecided request comes too early: the first one, too, and the more so the more often.
    fn throttle(&mut self, now: Instant) -> &'static str {
        let needed = THROTTLE[0] + THROTTLE[1] * self.slowed;
        let early = now < self.polled + needed;
        self.polled = now;
        if early {
            self.slowed += 1;
            return "slow_down";
        }
        "authorization_pending"
    }
}

/// Only the digits are looked at when it comes back.
fn name(number: usize) -> String {
    format!("request-{number:0DIGITS$}x")
}

fn metadata() -> Value {
    let at = |path: &str| format!("{ISSUER}{path}");
    json!({
        "issuer": ISSUER, "token_endpoint": at("/token"), "jwks_uri": at("/keys"), "userinfo_endpoint": at("/me"),
        "backchannel_authentication_endpoint": at("/ciba"),
        "backchannel_token_delivery_modes_supported": ["ping", "poll", "carrier-pigeon"],
        "backchannel_user_code_parameter_supported": "false",
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

/// By HTTP Basic, whatever the form says.
fn client(headers: &HeaderMap) -> Option<String> {
    let basic = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    (["shop", "bank", "rival"].contains(&id) && secret == SECRET).then(|| id.to_owned())
}

fn say(status: u16, body: &Value) -> Response {
    respond(status, "application/json", body)
}

fn error(status: u16, code: &str) -> Response {
    say(status, &json!({"error": code, "error_description": format!("it's \"{code}\"")}))
}

/// An error as a page, from the framework that the first endpoint was written with.
fn plain(status: u16, code: &str) -> Response {
    respond(status, "text/html", &json!({ "error": code }))
}

fn respond(status: u16, media: &'static str, body: &Value) -> Response {
    let body = Body::from(body.to_string());
    (StatusCode::from_u16(status).unwrap(), [(CONTENT_TYPE, media)], body).into_response()
}
