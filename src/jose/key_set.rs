use super::algorithm::{self, Named};
use super::breach::quoted;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use std::ops::RangeInclusive;

/// Largest key set that is read, in bytes.
pub const JWKS_BYTES_MAX: usize = 256 * 1024;
/// Most keys in one set.
pub const KEYS_MAX: usize = 64;
/// Sizes of an RSA modulus that the verifier takes, in bits; fewer than 2048 are too weak for RFC 7518, 3.3.
const RSA_BITS: RangeInclusive<usize> = 2048..=8192;

/// The issuer's public keys (RFC 7517), ready to verify.
///
/// Keys that this tool cannot use are left out and remembered with the reason, so that a token which names one is not
/// mistaken for a forgery.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
    skipped: Vec<SkippedKey>,
}

/// A published key that is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedKey {
    /// Its `kid`.
    pub id: Option<String>,
    /// Why it is not used, in words.
    pub reason: String,
    /// What the reason amounts to.
    pub kind: Unusable,
}

/// What keeps a published key from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// This tool lacks its type or its algorithm.
    Unsupported,
    /// It is published for another purpose than signatures.
    OtherPurpose,
    /// It is an RSA key of fewer than 2048 bits.
    Weak,
    /// It is no key of the type it claims to be.
    Broken,
}

/// Why a key set cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// More bytes than are read.
    #[error("key set is {0} bytes long, at most {JWKS_BYTES_MAX} are read")]
    TooLarge(usize),
    /// Not an object with the array `keys`.
    #[error("key set is not a JSON object with an array \"keys\" (RFC 7517, 5)")]
    NotAKeySet(#[source] serde_json::Error),
    /// More keys than are kept.
    #[error("key set holds {0} keys, at most {KEYS_MAX} are kept")]
    TooManyKeys(usize),
}

impl KeySet {
    /// Reads a JWK Set document and prepares its keys.
    ///
    /// # Errors
    ///
    /// When the document as a whole is unusable; a single unusable key is skipped.
    pub fn parse(jwks: &[u8]) -> Result<KeySet, KeySetError> {
        if jwks.len() > JWKS_BYTES_MAX {
            return Err(KeySetError::TooLarge(jwks.len()));
        }
        let document: Document = serde_json::from_slice(jwks).map_err(KeySetError::NotAKeySet)?;
        if document.keys.len() > KEYS_MAX {
            return Err(KeySetError::TooManyKeys(document.keys.len()));
        }
        let mut set = KeySet::default();
        for jwk in &document.keys {
            match Key::read(jwk) {
                Ok(key) => set.keys.push(key),
                Err((kind, reason)) => {
                    set.skipped.push(SkippedKey { id: text(jwk, "kid").map(str::to_owned), reason, kind });
                }
            }
        }
        Ok(set)
    }

    /// Number of keys that can verify a signature.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key can verify a signature.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Number of keys in the document, usable or not.
    pub fn published(&self) -> usize {
        self.keys.len() + self.skipped.len()
    }

    /// The keys that are not used, and why.
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// The keys that can verify a signature, in words: `"k1" ES256`; a key that names no algorithm by its type.
    pub fn in_words(&self) -> Vec<String> {
        self.keys.iter().map(Key::in_words).collect()
    }

    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }
}

/// One usable key.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) id: Option<Box<str>>,
    kind: Kind,
    /// The only algorithm that the issuer intends for this key, if it says so.
    only: Option<Algorithm>,
    pub(super) decoding: DecodingKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl Key {
    /// Whether a signature by this algorithm can be this key's.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        self.kind.fits(algorithm) && self.only.is_none_or(|only| only == algorithm)
    }

    fn in_words(&self) -> String {
        let id = self.id.as_deref().map_or_else(|| "no kid".to_owned(), quoted);
        match self.only {
            Some(algorithm) => format!("{id} {algorithm:?}"),
            None => format!("{id} {}", self.kind.name()),
        }
    }

    fn read(jwk: &Value) -> Result<Key, Skip> {
        refuse_other_purposes(jwk)?;
        let (kind, decoding) = match (text(jwk, "kty"), text(jwk, "crv")) {
            (Some("RSA"), _) => (Kind::Rsa, rsa(jwk)?),
            (Some("EC"), Some("P-256")) => (Kind::P256, elliptic(jwk, 32)?),
            (Some("EC"), Some("P-384")) => (Kind::P384, elliptic(jwk, 48)?),
            (Some("OKP"), Some("Ed25519")) => (Kind::Ed25519, edwards(jwk)?),
            (Some(kty), crv) => {
                let curve = crv.map(|crv| format!(" {crv}")).unwrap_or_default();
                return Err(unsupported(format!("key type {kty}{curve}")));
            }
            (None, _) => return Err(broken("has no \"kty\"")),
        };
        Ok(Key {
            id: match jwk.get("kid") {
                None => None,
                Some(Value::String(kid)) => Some(kid.as_str().into()),
                Some(_) => return Err(broken("\"kid\" is not a string")),
            },
            kind,
            only: intended(jwk, kind)?,
            decoding,
        })
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Rsa => "RSA",
            Kind::P256 => "P-256",
            Kind::P384 => "P-384",
            Kind::Ed25519 => "Ed25519",
        }
    }

    fn fits(self, algorithm: Algorithm) -> bool {
        match self {
            Kind::Rsa => algorithm.family() == AlgorithmFamily::Rsa,
            Kind::P256 => algorithm == Algorithm::ES256,
            Kind::P384 => algorithm == Algorithm::ES384,
            Kind::Ed25519 => algorithm == Algorithm::EdDSA,
        }
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

type Skip = (Unusable, String);

fn broken(reason: impl Into<String>) -> Skip {
    (Unusable::Broken, reason.into())
}

fn unsupported(what: String) -> Skip {
    (Unusable::Unsupported, format!("{what} is not supported by this tool"))
}

/// `use` and `key_ops` say what a key is for; absent, it is for anything (RFC 7517, 4.2 and 4.3).
fn refuse_other_purposes(jwk: &Value) -> Result<(), Skip> {
    let signs = text(jwk, "use").is_none_or(|purpose| purpose == "sig");
    let verifies = jwk
        .get("key_ops")
        .and_then(Value::as_array)
        .is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
    if signs && verifies {
        return Ok(());
    }
    Err((Unusable::OtherPurpose, "is not published for signatures".to_owned()))
}

fn intended(jwk: &Value, kind: Kind) -> Result<Option<Algorithm>, Skip> {
    let Some(name) = text(jwk, "alg") else { return Ok(None) };
    match algorithm::named(name) {
        Named::Verifiable(algorithm) if kind.fits(algorithm) => Ok(Some(algorithm)),
        Named::Verifiable(_) => Err(broken(format!("is no key for its own \"alg\" {name}"))),
        Named::Unsigned | Named::Unsupported => Err(unsupported(format!("algorithm {name:.20}"))),
    }
}

fn rsa(jwk: &Value) -> Result<DecodingKey, Skip> {
    let (modulus, exponent) = (number(jwk, "n")?, number(jwk, "e")?);
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if bits < *RSA_BITS.start() {
        return Err((
            Unusable::Weak,
            format!("is an RSA key of {bits} bits, fewer than {}", RSA_BITS.start()),
        ));
    }
    if !RSA_BITS.contains(&bits) {
        return Err(unsupported(format!("an RSA key of {bits} bits")));
    }
    Ok(DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

fn elliptic(jwk: &Value, length: usize) -> Result<DecodingKey, Skip> {
    let mut point = vec![0x04];
    for name in ["x", "y"] {
        let coordinate = bytes(jwk, name)?;
        if coordinate.len() != length {
            return Err(broken(format!(
                "{name:?} has {} bytes, expected {length} (RFC 7518, 6.2.1)",
                coordinate.len()
            )));
        }
        point.extend_from_slice(&coordinate);
    }
    let algorithm = if length == 32 { &ECDSA_P256_SHA256_FIXED } else { &ECDSA_P384_SHA384_FIXED };
    UnparsedPublicKey::new(algorithm, &point).parse().map_err(|_| broken("is not a point of its curve"))?;
    Ok(DecodingKey::from_ec_der(&point))
}

fn edwards(jwk: &Value) -> Result<DecodingKey, Skip> {
    let x = bytes(jwk, "x")?;
    UnparsedPublicKey::new(&ED25519, &x).parse().map_err(|_| broken("\"x\" is no Ed25519 public key"))?;
    Ok(DecodingKey::from_ed_der(&x))
}

/// A positive number without leading zero octets, which some issuers publish and the verifier refuses.
fn number(jwk: &Value, name: &'static str) -> Result<Vec<u8>, Skip> {
    let mut octets = bytes(jwk, name)?;
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.drain(..zeros);
    if octets.is_empty() { Err(broken(format!("{name:?} is zero"))) } else { Ok(octets) }
}

fn bytes(jwk: &Value, name: &'static str) -> Result<Vec<u8>, Skip> {
    let encoded = text(jwk, name).ok_or_else(|| broken(format!("has no {name:?}")))?;
    URL_SAFE_NO_PAD.decode(encoded).map_err(|_| broken(format!("{name:?} is not base64url without padding")))
}

fn text<'a>(jwk: &'a Value, name: &str) -> Option<&'a str> {
    jwk.get(name).and_then(Value::as_str)
}
