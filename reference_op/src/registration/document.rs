//! The documents that a registration points to: key sets and sector identifier documents.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use serde_json::Value;

use crate::certificate;
use crate::jws::PublicKey;
use crate::outgoing::{self, Outgoing};

/// How long a document may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest document in bytes.
const MAX_DOCUMENT: usize = 64 * 1024;
/// Most keys of a set that are kept.
const MAX_KEYS: usize = 32;

/// The keys at a `jwks_uri`; `None` where there is no set with a key that can be read.
pub(super) async fn keys(outgoing: &Outgoing, url: &str) -> Option<Vec<Value>> {
    let document = fetch(outgoing, url).await?;
    let keys: Vec<Value> = document.get("keys")?.as_array()?.iter().take(MAX_KEYS).cloned().collect();
    keys.iter().any(is_key).then_some(keys)
}

/// Whether this is a public key, or a certificate.
pub(super) fn is_key(jwk: &Value) -> bool {
    PublicKey::read(jwk).is_some() || certificate::of_jwk(jwk).is_some()
}

/// The addresses that a sector identifier document lists (OpenID Connect Core 1.0, 8.1).
pub(super) async fn sector(outgoing: &Outgoing, url: &str) -> Option<Vec<String>> {
    let document = fetch(outgoing, url).await?;
    document.as_array()?.iter().map(|entry| entry.as_str().map(str::to_owned)).collect()
}

async fn fetch(outgoing: &Outgoing, url: &str) -> Option<Value> {
    let request = Request::get(url).header(header::ACCEPT, "application/json").body(Bytes::new()).ok()?;
    let answer = outgoing::send(outgoing, request, TIMEOUT).await.ok()?;
    let fits = answer.status() == StatusCode::OK && answer.body().len() <= MAX_DOCUMENT;
    if fits { serde_json::from_slice(answer.body()).ok() } else { None }
}
