//! ID tokens (OpenID Connect Core 1.0, 2 and 3.1.3.6).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::fault::{Fault, FaultSet};
use crate::keys::SigningKey;

/// Seconds from issue to expiry.
const LIFETIME: u64 = 300;

/// What an ID token says.
pub(crate) struct IdToken<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) client_id: &'a str,
    /// Seconds since the epoch.
    pub(crate) issued_at: u64,
    /// When the user approved, in seconds since the epoch.
    pub(crate) auth_time: u64,
    pub(crate) access_token: &'a str,
}

impl IdToken<'_> {
    /// The signed token in compact serialisation.
    pub(crate) fn sign(&self, key: &SigningKey, faults: FaultSet) -> String {
        let subject = match faults.has(Fault::WrongSub) {
            false => self.subject.to_owned(),
            true => format!("somebody-else-than-{}", self.subject),
        };
        let audience = match faults.has(Fault::WrongAud) {
            false => self.client_id,
            true => "another-client",
        };
        let hashed = match faults.has(Fault::BadAtHash) {
            false => self.access_token,
            true => "another-access-token",
        };
        let mut signed = key.sign(&json!({
            "iss": self.issuer,
            "sub": subject,
            "aud": audience,
            "iat": self.issued_at,
            "exp": self.issued_at + LIFETIME,
            "auth_time": self.auth_time,
            "at_hash": left_half_hash(hashed),
        }));
        if faults.has(Fault::BadSignature) {
            signed.signature[0] ^= 1;
        }
        signed.compact()
    }
}

/// The left half of the SHA-256 digest, as every algorithm offered here ends in 256.
fn left_half_hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}
