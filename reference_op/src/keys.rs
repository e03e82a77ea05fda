//! Signing keys, made once per process, and the key set that is published (RFC 7517).

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::settings::SigningAlg;

/// Characters of the key identifier, taken from the digest of the public key.
const KEY_ID_LENGTH: usize = 16;

/// A private key with its algorithm and published form.
pub(crate) struct SigningKey {
    private: Private,
    kid: String,
    jwk: Value,
    alg: &'static str,
}

enum Private {
    Ecdsa(EcdsaKeyPair),
    Rsa(&'static RsaKeyPair, &'static dyn RsaEncoding),
}

/// The process's key for an algorithm, generated at first use.
pub(crate) fn signing_key(alg: SigningAlg) -> &'static SigningKey {
    static ES256: OnceLock<SigningKey> = OnceLock::new();
    static RS256: OnceLock<SigningKey> = OnceLock::new();
    static PS256: OnceLock<SigningKey> = OnceLock::new();
    match alg {
        SigningAlg::Es256 => ES256.get_or_init(SigningKey::es256),
        SigningAlg::Rs256 => RS256.get_or_init(|| SigningKey::rsa("RS256", &RSA_PKCS1_SHA256)),
        SigningAlg::Ps256 => PS256.get_or_init(|| SigningKey::rsa("PS256", &RSA_PSS_SHA256)),
    }
}

/// The process's next key, published ahead of its use: a token's `kid` says that it was not signed with this one.
pub(crate) fn standby_key() -> &'static SigningKey {
    static STANDBY: OnceLock<SigningKey> = OnceLock::new();
    STANDBY.get_or_init(SigningKey::es256)
}

/// A key of 1024 bits, to be published under a fault. Nobody has its private half.
pub(crate) fn weak_jwk() -> Value {
    let n = URL_SAFE_NO_PAD.encode([0xC5; 128]);
    json!({"kty": "RSA", "n": n, "e": "AQAB", "use": "sig", "alg": "RS256", "kid": "weak"})
}

/// RSA keys are slow to make, so both RSA algorithms share one.
fn rsa_key_pair() -> &'static RsaKeyPair {
    static KEY: OnceLock<RsaKeyPair> = OnceLock::new();
    // Generation fails only if the seeded random generator fails.
    KEY.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("RSA keys can be generated"))
}

impl SigningKey {
    fn es256() -> Self {
        // Generation fails only if the seeded random generator fails.
        let pair =
            EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("EC keys can be generated");
        // An uncompressed point (SEC 1, 2.3.3): 0x04, then two coordinates of 32 bytes.
        let point = pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
        let kid = key_id("ES256", point);
        let jwk =
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": kid});
        Self { private: Private::Ecdsa(pair), kid, jwk, alg: "ES256" }
    }

    fn rsa(alg: &'static str, encoding: &'static dyn RsaEncoding) -> Self {
        let pair = rsa_key_pair();
        let public = pair.public_key();
        let n = URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
        let e = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
        let kid = key_id(alg, public.as_ref());
        let jwk = json!({"kty": "RSA", "n": n, "e": e, "use": "sig", "alg": alg, "kid": kid});
        Self { private: Private::Rsa(pair, encoding), kid, jwk, alg }
    }

    /// The public key as a JWK.
    pub(crate) fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// The name of its algorithm (RFC 7518, 3.1).
    pub(crate) fn alg_name(&self) -> &'static str {
        self.alg
    }

    /// The header of what this key signs (RFC 7515, 4.1).
    pub(crate) fn header(&self) -> Value {
        json!({"alg": self.alg, "kid": self.kid, "typ": "JWT"})
    }

    /// A compact JWS over the claims (RFC 7515, 7.1).
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> SignedJwt {
        let header = header.to_string();
        let signing_input =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let message = signing_input.as_bytes();
        let random = SystemRandom::new();
        // Signing fails only if the seeded random generator or an allocation fails.
        let signature = match &self.private {
            Private::Ecdsa(pair) => {
                pair.sign(&random, message).expect("a generated EC key signs").as_ref().to_vec()
            }
            Private::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).expect("a generated RSA key signs");
                signature
            }
        };
        SignedJwt { signing_input, signature }
    }
}

/// A signed token before serialisation.
pub(crate) struct SignedJwt {
    signing_input: String,
    /// The raw signature.
    pub(crate) signature: Vec<u8>,
}

impl SignedJwt {
    /// The compact serialisation without its signature (RFC 7515, A.5).
    pub(crate) fn without_signature(self) -> String {
        format!("{}.", self.signing_input)
    }

    /// The compact serialisation.
    pub(crate) fn compact(self) -> String {
        format!("{}.{}", self.signing_input, URL_SAFE_NO_PAD.encode(self.signature))
    }
}

fn key_id(alg: &str, public: &[u8]) -> String {
    let mut input = alg.as_bytes().to_vec();
    input.extend_from_slice(public);
    let mut kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, &input));
    kid.truncate(KEY_ID_LENGTH);
    kid
}
