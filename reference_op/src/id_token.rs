//! ID tokens (OpenID Connect Core 1.0, 2 and 3.1.3.6).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::fault::{Fault, FaultSet};
use crate::keys::SigningKey;
use crate::random;

/// How long ago an expired token ended, and an old one was issued, in seconds.
const LONG_AGO: u64 = 3_600;
/// The claim that names the authentication request (CIBA Core 1.0, 10.3.1).
const AUTH_REQ_ID: &str = "urn:openid:params:jwt:claim:auth_req_id";
/// The claim that holds the refresh token's hash (CIBA Core 1.0, 10.3.1).
const RT_HASH: &str = "urn:openid:params:jwt:claim:rt_hash";
/// Characters of a `sub` that is too long: 255 are allowed (OpenID Connect Core 1.0, 2).
const TOO_LONG: usize = 300;

/// What an ID token says.
pub(crate) struct IdToken<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) client_id: &'a str,
    /// Seconds since the epoch.
    pub(crate) issued_at: u64,
    /// Seconds from issue to expiry.
    pub(crate) lifetime: u64,
    /// When the user approved, in seconds since the epoch.
    pub(crate) auth_time: u64,
    pub(crate) access_token: &'a str,
    /// The authentication context class that was asked for and is supported.
    pub(crate) acr: Option<&'a str>,
    /// What a pushed token says besides (CIBA Core 1.0, 10.3.1).
    pub(crate) pushed: Option<Pushed<'a>>,
}

/// What an ID token is pushed with.
pub(crate) struct Pushed<'a> {
    pub(crate) auth_req_id: &'a str,
    pub(crate) refresh_token: Option<&'a str>,
}

impl IdToken<'_> {
    /// The signed token in compact serialisation.
    pub(crate) fn sign(&self, key: &SigningKey, faults: FaultSet) -> String {
        let mut header = key.header();
        if let (true, Some(members)) = (faults.has(Fault::KidMissing), header.as_object_mut()) {
            members.remove("kid");
        }
        let mut signed = key.sign(&header, &self.claims(faults));
        if faults.has(Fault::BadSignature) {
            signed.signature[0] ^= 1;
        }
        signed.compact()
    }

    fn claims(&self, faults: FaultSet) -> Value {
        let issuer = match faults.has(Fault::WrongIss) {
            false => self.issuer,
            true => "https://another-issuer.example",
        };
        let audience = match faults.has(Fault::WrongAud) {
            false => self.client_id,
            true => "another-client",
        };
        let hashed = match faults.has(Fault::BadAtHash) {
            false => self.access_token,
            true => "another-access-token",
        };
        let issued_at = match faults.has(Fault::IdTokenIatOld) {
            false => self.issued_at,
            true => self.issued_at - LONG_AGO,
        };
        let expires_at = match faults.has(Fault::IdTokenExpired) {
            false => self.issued_at + self.lifetime,
            true => self.issued_at - LONG_AGO,
        };
        let auth_time = match faults.has(Fault::AuthTimeAtRedemption) {
            false => self.auth_time,
            true => self.issued_at,
        };
        let mut claims = json!({
            "iss": issuer,
            "sub": self.subject(faults),
            "aud": audience,
            "iat": issued_at,
            "exp": expires_at,
            "auth_time": auth_time,
            "at_hash": left_half_hash(hashed),
        });
        if let Some(acr) = self.acr.filter(|_| !faults.has(Fault::AcrMissing)) {
            claims["acr"] = json!(acr);
        }
        if faults.has(Fault::WrongAzp) {
            claims["azp"] = json!("another-client");
        }
        if let Some(pushed) = &self.pushed {
            pushed.tie(&mut claims, faults);
        }
        if faults.has(Fault::WrongAuthReqIdClaim) {
            claims[AUTH_REQ_ID] = json!(random::unguessable());
        }
        claims
    }

    fn subject(&self, faults: FaultSet) -> String {
        if faults.has(Fault::WrongSub) {
            format!("somebody-else-than-{}", self.subject)
        } else if faults.has(Fault::SubShared) {
            "everybody".to_owned()
        } else if faults.has(Fault::SubTooLong) {
            format!("{:x<TOO_LONG$}", self.subject)
        } else {
            self.subject.to_owned()
        }
    }
}

impl Pushed<'_> {
    /// Ties the ID token to its request, and to the refresh token that it is pushed with.
    fn tie(&self, claims: &mut Value, faults: FaultSet) {
        if !faults.has(Fault::PushAuthReqIdClaimMissing) {
            claims[AUTH_REQ_ID] = json!(self.auth_req_id);
        }
        if let Some(refresh_token) = self.refresh_token.filter(|_| !faults.has(Fault::PushRtHashMissing)) {
            claims[RT_HASH] = json!(left_half_hash(refresh_token));
        }
        if let (true, Value::Object(members)) = (faults.has(Fault::PushAtHashMissing), claims) {
            members.remove("at_hash");
        }
    }
}

/// The left half of the SHA-256 digest, as every algorithm offered here ends in 256.
fn left_half_hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}
