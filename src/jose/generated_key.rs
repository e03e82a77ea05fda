use super::private_key::PrivateKey;
use super::{SigningAlgorithm, SigningKey};
use crate::ciba::{Named, Secret};
use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Characters on a line of PEM (RFC 7468, 2).
const PEM_LINE: usize = 64;
/// Tags of DER (X.690, 8.1.2).
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// A key that was made here, for tests: it has been in this process's memory and in no vault.
#[derive(Debug, Clone)]
pub struct GeneratedKey {
    /// It, ready to sign.
    pub signing_key: SigningKey,
    /// PKCS #8 in PEM.
    pub pem: Secret<String>,
    /// The private JWK (RFC 7517, with `kid`, `alg` and `use`).
    pub private_jwk: Secret<Value>,
    /// The public JWK.
    pub public_jwk: Value,
}

/// No key could be made.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub enum GenerationError {
    /// The system gives no randomness.
    #[error("no {0} key could be made; the system gives no randomness, or no memory")]
    System(SigningAlgorithm),
    /// Secrets are not made here.
    #[error(
        "HS256 signs by a secret that both sides know, and such a key is not made; expected one that has a public half"
    )]
    Shared,
}

impl GeneratedKey {
    /// Makes a key; RSA keys have 2048 bits and take a moment.
    ///
    /// # Errors
    ///
    /// The system gives no randomness, or the algorithm has no private key.
    pub fn make(algorithm: SigningAlgorithm, id: &str) -> Result<Self, GenerationError> {
        if algorithm == SigningAlgorithm::Hs256 {
            return Err(GenerationError::Shared);
        }
        let made = made(algorithm).ok_or(GenerationError::System(algorithm))?;
        let named = |members: &Value| {
            let mut jwk = members.clone();
            jwk["kid"] = json!(id);
            jwk["alg"] = json!(algorithm.name());
            jwk["use"] = json!("sig");
            jwk
        };
        let public_jwk = named(&made.public);
        let mut private_jwk = public_jwk.clone();
        for (name, value) in made.private {
            private_jwk[name] = json!(value);
        }
        Ok(GeneratedKey {
            signing_key: SigningKey::of(made.key, algorithm, Some(id.to_owned())),
            pem: Secret::new(pem(&made.pkcs8)),
            private_jwk: Secret::new(private_jwk),
            public_jwk,
        })
    }
}

struct Made {
    key: PrivateKey,
    pkcs8: Vec<u8>,
    public: Value,
    private: Vec<(&'static str, String)>,
}

fn made(algorithm: SigningAlgorithm) -> Option<Made> {
    match algorithm {
        SigningAlgorithm::Es256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
            // An uncompressed point (SEC 1, 2.3.3): 0x04, then two coordinates of 32 bytes.
            let (x, y) = pair.public_key().as_ref().get(1..)?.split_at_checked(32)?;
            let public = json!({"kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y)});
            let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().ok()?;
            let private = vec![("d", encoded(d.as_ref()))];
            let pkcs8 = pair.to_pkcs8v1().ok()?.as_ref().to_vec();
            Some(Made { key: PrivateKey::P256(pair), pkcs8, public, private })
        }
        SigningAlgorithm::EdDsa => {
            let pair = Ed25519KeyPair::generate().ok()?;
            let public = json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref())});
            let seed = pair.seed().ok()?.as_be_bytes().ok()?;
            let private = vec![("d", encoded(seed.as_ref()))];
            let pkcs8 = pair.to_pkcs8v1().ok()?.as_ref().to_vec();
            Some(Made { key: PrivateKey::Ed25519(pair), pkcs8, public, private })
        }
        SigningAlgorithm::Ps256 | SigningAlgorithm::Rs256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
            let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
            let pkcs8 = der.as_ref().to_vec();
            let [n, e, d, p, q, dp, dq, qi] = rsa_members(&pkcs8)?;
            let public = json!({"kty": "RSA", "n": n, "e": e});
            let private = vec![("d", d), ("p", p), ("q", q), ("dp", dp), ("dq", dq), ("qi", qi)];
            Some(Made { key: PrivateKey::Rsa(pair), pkcs8, public, private })
        }
        SigningAlgorithm::Hs256 => None,
    }
}

/// The numbers of an RSA key in PKCS #8, in the order of RFC 8017, A.1.2.
fn rsa_members(pkcs8: &[u8]) -> Option<[String; 8]> {
    let (info, _) = element(SEQUENCE, pkcs8)?;
    let (_, rest) = element(INTEGER, info)?;
    let (_, rest) = element(SEQUENCE, rest)?;
    let (key, _) = element(OCTET_STRING, rest)?;
    let (numbers, _) = element(SEQUENCE, key)?;
    let (_, mut rest) = element(INTEGER, numbers)?;
    let mut members: [String; 8] = Default::default();
    for member in &mut members {
        let (number, after) = element(INTEGER, rest)?;
        // A leading zero only says that the number is positive.
        *member = encoded(number.strip_prefix(&[0]).unwrap_or(number));
        rest = after;
    }
    Some(members)
}

/// The content of the DER element at the beginning, which must have this tag, and what follows it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        _ => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
    };
    (found == tag).then(|| rest.split_at_checked(length)).flatten()
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn pem(der: &[u8]) -> String {
    let mut text = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for (at, character) in STANDARD.encode(der).chars().enumerate() {
        if at > 0 && at % PEM_LINE == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text + "\n-----END PRIVATE KEY-----\n"
}
