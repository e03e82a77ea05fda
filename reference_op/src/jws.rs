//! Signed tokens of clients (RFC 7515): read, and verified by registered keys or by a shared secret.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Longest token that is read, in bytes; a request's body is bounded anyway.
const MAX_TOKEN: usize = 32 * 1024;

/// An algorithm that clients may sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum JwsAlg {
    /// ECDSA with P-256 and SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// HMAC with SHA-256 by the client secret.
    #[serde(rename = "HS256")]
    Hs256,
}

impl JwsAlg {
    /// Those with a public key.
    pub(crate) const ASYMMETRIC: [JwsAlg; 4] = [JwsAlg::Es256, JwsAlg::Ps256, JwsAlg::Rs256, JwsAlg::EdDsa];

    /// The name in headers (RFC 7518, 3.1).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            JwsAlg::Es256 => "ES256",
            JwsAlg::Ps256 => "PS256",
            JwsAlg::Rs256 => "RS256",
            JwsAlg::EdDsa => "EdDSA",
            JwsAlg::Hs256 => "HS256",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ASYMMETRIC.into_iter().chain([JwsAlg::Hs256]).find(|alg| alg.name() == name)
    }
}

/// A token taken apart; nothing of it is verified yet.
pub(crate) struct Jws<'a> {
    /// `None` for an algorithm that is not known here, `none` among them.
    pub(crate) alg: Option<JwsAlg>,
    /// Whether the algorithm is `none`.
    pub(crate) is_unsigned: bool,
    pub(crate) claims: Map<String, Value>,
    kid: Option<String>,
    message: &'a str,
    signature: Vec<u8>,
}

/// Why a token is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Five parts (RFC 7516, 7.1).
    Encrypted,
    Malformed,
}

impl<'a> Jws<'a> {
    /// Reads a compact serialisation (RFC 7515, 7.1).
    pub(crate) fn read(token: &'a str) -> Result<Self, Unreadable> {
        match token.split('.').count() {
            5 => return Err(Unreadable::Encrypted),
            3 if token.len() <= MAX_TOKEN => {}
            _ => return Err(Unreadable::Malformed),
        }
        Self::parts(token).ok_or(Unreadable::Malformed)
    }

    fn parts(token: &'a str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let object = |part: &str| -> Option<Map<String, Value>> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let header = object(header)?;
        // Extensions that must be understood are not (RFC 7515, 4.1.11).
        if header.contains_key("crit") {
            return None;
        }
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        Some(Jws {
            alg: JwsAlg::of(text("alg")?),
            is_unsigned: text("alg") == Some("none"),
            claims: object(payload)?,
            kid: text("kid").map(str::to_owned),
            message,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// A claim that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// A claim that is a NumericDate, in whole seconds since 1970 (RFC 7519, 2).
    pub(crate) fn date(&self, name: &str) -> Option<u64> {
        let value = self.claims.get(name)?;
        // Fractions are allowed; dates before 1970 are none.
        value.as_u64().or_else(|| value.as_f64().filter(|date| *date >= 0.0).map(|date| date as u64))
    }

    /// The audiences: a text, or a list of texts (RFC 7519, 4.1.3).
    pub(crate) fn audiences(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Value::String(audience)) => vec![audience],
            Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether one of the keys made the signature: the one that the header names, if it names one.
    pub(crate) fn is_signed_by(&self, keys: &[PublicKey], alg: JwsAlg) -> bool {
        let named = |key: &&PublicKey| match (&self.kid, &key.kid) {
            (Some(named), Some(kid)) => named == kid,
            _ => true,
        };
        keys.iter().filter(named).any(|key| key.verifies(alg, self.message.as_bytes(), &self.signature))
    }

    /// Whether the holder of the secret made the signature.
    pub(crate) fn is_keyed_by(&self, secret: &str) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        !secret.is_empty() && hmac::verify(&key, self.message.as_bytes(), &self.signature).is_ok()
    }
}

/// A key that a client registered.
pub(crate) struct PublicKey {
    kid: Option<String>,
    /// One for each algorithm that the key fits.
    by_alg: Vec<(JwsAlg, ParsedPublicKey)>,
}

impl PublicKey {
    /// Reads a public JWK of type EC with P-256, RSA, or OKP with Ed25519. Its `alg` is not looked at: the algorithms that
    /// the client is registered for are settings of their own.
    pub(crate) fn read(jwk: &Value) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        let by_alg = match (text("kty")?, text("crv")) {
            ("EC", Some("P-256")) => {
                // An uncompressed point (SEC 1, 2.3.3).
                let point = [vec![0x04], bytes("x")?, bytes("y")?].concat();
                vec![(JwsAlg::Es256, UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).parse().ok()?)]
            }
            ("OKP", Some("Ed25519")) => {
                vec![(JwsAlg::EdDsa, UnparsedPublicKey::new(&ED25519, bytes("x")?).parse().ok()?)]
            }
            ("RSA", _) => {
                let components = RsaPublicKeyComponents { n: bytes("n")?, e: bytes("e")? };
                vec![
                    (JwsAlg::Ps256, components.to_parsed_public_key(&RSA_PSS_2048_8192_SHA256).ok()?),
                    (JwsAlg::Rs256, components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()?),
                ]
            }
            _ => return None,
        };
        Some(Self { kid: text("kid").map(str::to_owned), by_alg })
    }

    fn verifies(&self, alg: JwsAlg, message: &[u8], signature: &[u8]) -> bool {
        let key = self.by_alg.iter().find(|(fits, _)| *fits == alg);
        key.is_some_and(|(_, key)| key.verify_sig(message, signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn token(header: Value, claims: Value) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.AAAA", part(header), part(claims))
    }

    #[test]
    fn what_is_no_token_is_refused_and_claims_are_read_by_type() {
        for text in ["", "a.b", "a.b.c", "....", "a.b.c.d"] {
            let expected = if text == "...." { Unreadable::Encrypted } else { Unreadable::Malformed };
            assert_eq!(Jws::read(text).err(), Some(expected), "{text}");
        }
        assert_eq!(
            Jws::read(&token(json!({"alg": "ES256", "crit": []}), json!({}))).err(),
            Some(Unreadable::Malformed)
        );
        let text =
            token(json!({"alg": "none"}), json!({"aud": ["a", 1, "b"], "exp": 7.9, "nbf": "7", "iss": "c"}));
        let jws = Jws::read(&text).unwrap();
        assert_eq!((jws.alg, jws.audiences(), jws.date("exp")), (None, vec!["a", "b"], Some(7)));
        assert_eq!((jws.date("nbf"), jws.text("iss"), jws.text("exp")), (None, Some("c"), None));
        assert!(!jws.is_keyed_by("") && !jws.is_keyed_by("secret"));
    }

    #[test]
    fn keys_that_cannot_verify_are_none() {
        for jwk in [
            json!({}),
            json!({"kty": "EC", "crv": "P-384"}),
            json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
            json!({"kty": "oct", "k": "AA"}),
        ] {
            assert!(PublicKey::read(&jwk).is_none(), "{jwk}");
        }
    }
}
