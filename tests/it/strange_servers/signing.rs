//! ES256 by hand: what a strange server signs its ID tokens with.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A key of one server's own.
pub struct Signer {
    pair: EcdsaKeyPair,
    kid: Option<&'static str>,
}

impl Signer {
    /// A fresh key; without a `kid` neither the key set nor the tokens name it.
    pub fn new(kid: Option<&'static str>) -> Self {
        Signer { pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(), kid }
    }

    /// The published key set.
    pub fn key_set(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let mut key = json!({
            "kty": "EC", "crv": "P-256", "use": "sig",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..65]),
        });
        if let Some(kid) = self.kid {
            key["kid"] = json!(kid);
        }
        json!({ "keys": [key] })
    }

    /// A compact JWS over these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let mut header = json!({"alg": "ES256"});
        if let Some(kid) = self.kid {
            header["kid"] = json!(kid);
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(&header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// So many random bytes as URL-safe text.
pub fn random_text(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    aws_lc_rs::rand::fill(&mut random).unwrap();
    URL_SAFE_NO_PAD.encode(random)
}
