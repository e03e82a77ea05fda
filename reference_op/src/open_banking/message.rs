//! Bodies of the consent APIs: JSON, or signed JWTs.

use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::client::Client;
use crate::error::json_answer;
use crate::fault::{Fault, FaultSet};
use crate::jws::{Jws, JwsAlg};
use crate::workspace::Workspace;

/// Largest body in bytes. Consents are kept, so there is less room than for other requests.
const MAX_BODY: usize = 16 * 1024;
/// How far a client's clock may be ahead, and how old a JWT may be, in seconds.
const CLOCK_SKEW: u64 = 5;
const MAX_AGE: u64 = 60;

const JSON: &str = "application/json";
const JWT: &str = "application/jwt";

/// Reads a JSON body.
pub(super) async fn json(headers: &HeaderMap, body: Body) -> Result<Value, Refusal> {
    expect_media_type(headers, JSON)?;
    serde_json::from_slice(&bytes(body).await?).map_err(|_| Refusal::Unreadable)
}

/// A JWT as it came.
pub(super) struct Message(String);

/// Reads a JWT.
pub(super) async fn jwt(headers: &HeaderMap, body: Body) -> Result<Message, Refusal> {
    expect_media_type(headers, JWT)?;
    let text = String::from_utf8(bytes(body).await?.into()).map_err(|_| Refusal::Unreadable)?;
    Ok(Message(text))
}

impl Message {
    /// The payload, if the client made the JWT for the API at `audience`. `now` is in seconds since 1970.
    pub(super) fn verified(
        &self,
        client: Option<&Client>,
        audience: &str,
        now: u64,
        faults: FaultSet,
    ) -> Result<Value, Refusal> {
        let jws = Jws::read(self.0.trim()).map_err(|_| Refusal::Unreadable)?;
        let is_signed = client.is_some_and(|client| is_signed(&jws, client));
        if !is_signed && !faults.has(Fault::PaymentConsentUnverified) {
            return Err(Refusal::Unproven("the JWT is not signed by a key that the client registered"));
        }
        if !jws.audiences().contains(&audience) {
            return Err(Refusal::Unproven("the aud of the JWT is not the URL of this API"));
        }
        if jws.text("jti").is_none_or(str::is_empty) {
            return Err(Refusal::Unproven("the JWT has no jti"));
        }
        match jws.date("iat") {
            Some(issued) if issued <= now + CLOCK_SKEW && now <= issued.saturating_add(MAX_AGE) => {
                Ok(Value::Object(jws.claims))
            }
            Some(_) | None => Err(Refusal::Unproven("the iat of the JWT is missing, old or in the future")),
        }
    }
}

fn is_signed(jws: &Jws<'_>, client: &Client) -> bool {
    match jws.alg {
        None | Some(JwsAlg::Hs256) => false,
        Some(alg) => jws.is_signed_by(&client.keys, alg),
    }
}

fn expect_media_type(headers: &HeaderMap, expected: &'static str) -> Result<(), Refusal> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = given.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case(expected).then_some(()).ok_or(Refusal::MediaType(expected))
}

async fn bytes(body: Body) -> Result<bytes::Bytes, Refusal> {
    to_bytes(body, MAX_BODY).await.map_err(|_| Refusal::TooLarge)
}

/// Answers in JSON.
pub(super) fn json_body(status: StatusCode, message: &Value) -> Response {
    json_answer(status, message)
}

/// Answers with a JWT: the message, and who says it to whom. `now` is in seconds since 1970.
pub(super) fn jwt_body(
    status: StatusCode,
    message: Value,
    (issuer, addressee): (&str, &str),
    workspace: &Workspace,
    now: u64,
) -> Response {
    let mut claims = message;
    claims["iss"] = json!(issuer);
    claims["aud"] = json!(addressee);
    claims["iat"] = json!(now);
    claims["jti"] = json!(crate::random::unguessable());
    let key = workspace.signing_key;
    let jwt = match workspace.faults.has(Fault::PaymentConsentUnsigned) {
        false => key.sign(&key.header(), &claims).compact(),
        true => key.sign(&json!({"alg": "none", "typ": "JWT"}), &claims).without_signature(),
    };
    let mut response = Response::new(Body::from(jwt));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JWT));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
