use super::SigningAlgorithm;
use super::private_key::{KeyKind, PrivateKey, PrivateKeyError};
use crate::ciba::Named;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

/// What a key is tried with before it is used.
const TRIAL: &[u8] = b"a key that cannot sign is better found now";

/// A key that signs JWTs (RFC 7515): client assertions, authentication requests, login hint tokens. Prepared once, so that
/// signing parses nothing. Clones share it; `Debug` shows nothing of it but its algorithm and its name.
#[derive(Clone)]
pub struct SigningKey(Arc<Prepared>);

struct Prepared {
    algorithm: SigningAlgorithm,
    id: Option<String>,
    material: Arc<Material>,
    /// The encoded header with its dot, as in nearly every token.
    header: String,
    /// What tells one key from another without holding it.
    thumbprint: Vec<u8>,
}

enum Material {
    Private(PrivateKey),
    Shared(Box<hmac::Key>),
}

/// Why a key cannot sign as it is meant to. Each message says what was expected and never what the key is.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// It could not be read.
    #[error(transparent)]
    Unread(#[from] PrivateKeyError),
    /// It is a key for something else.
    #[error(
        "holds {found}, which signs {fits} and not {algorithm}; expected {expected}, or signing_alg = {fits}"
    )]
    Misfit {
        /// What was found.
        found: &'static str,
        /// The algorithms that it fits.
        fits: &'static str,
        /// The algorithm that was asked for.
        algorithm: SigningAlgorithm,
        /// The key that this one needs.
        expected: &'static str,
    },
    /// It fits several, and nobody says which.
    #[error(
        "holds {found}, which signs {fits}; expected signing_alg, which says by which of them the client is registered"
    )]
    Ambiguous {
        /// What was found.
        found: &'static str,
        /// The algorithms that it fits.
        fits: &'static str,
    },
    /// The JWK is meant for another algorithm.
    #[error("is a JWK whose \"alg\" is {named:?} and not {algorithm}; expected a key for {algorithm}")]
    MeantForAnother {
        /// Its `alg`.
        named: String,
        /// The algorithm that was asked for.
        algorithm: SigningAlgorithm,
    },
    /// It was read, and yet no signature came of it.
    #[error("holds a key that makes no {0} signature; expected a key that is whole")]
    Unable(SigningAlgorithm),
}

/// No signature could be made.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The claims are no JSON.
    #[error("the claims are not JSON: {0}")]
    Claims(#[from] serde_json::Error),
    /// The key has signed before; the operating system gives no randomness or no memory.
    #[error("the {0} key makes no signature; the system gives no randomness, or no memory")]
    Signature(SigningAlgorithm),
}

impl SigningKey {
    /// Reads a private key: PEM (PKCS #8, PKCS #1 for RSA, SEC 1 for EC; not encrypted) or a private JWK (RFC 7517). What
    /// is not given is taken from the key, where it says so: the algorithm, and of a JWK the `kid`.
    ///
    /// # Errors
    ///
    /// The text is no such key, or the key does not fit the algorithm.
    pub fn read(
        text: &str,
        algorithm: Option<SigningAlgorithm>,
        id: Option<&str>,
    ) -> Result<Self, SigningKeyError> {
        let (key, about) = PrivateKey::read(text)?;
        let (found, fits) = about_kind(key.kind());
        let algorithm = match (algorithm, about.algorithm.as_deref()) {
            (Some(algorithm), Some(named)) if named != algorithm.name() => {
                return Err(SigningKeyError::MeantForAnother { named: named.to_owned(), algorithm });
            }
            (Some(algorithm), _) => Some(algorithm),
            (None, named) => {
                named.and_then(SigningAlgorithm::from_name).or_else(|| key.kind().only_algorithm())
            }
        };
        let algorithm = algorithm.ok_or(SigningKeyError::Ambiguous { found, fits })?;
        if !key.kind().fits(algorithm) {
            let expected = match algorithm {
                SigningAlgorithm::Es256 => "an EC key on P-256",
                SigningAlgorithm::Ps256 | SigningAlgorithm::Rs256 => "an RSA key",
                SigningAlgorithm::EdDsa => "an Ed25519 key",
                SigningAlgorithm::Hs256 => "a shared secret",
            };
            return Err(SigningKeyError::Misfit { found, fits, algorithm, expected });
        }
        let key = Self::of(key, algorithm, id.map(str::to_owned).or(about.id));
        key.signature(TRIAL).map_err(|_| SigningKeyError::Unable(algorithm))?;
        Ok(key)
    }

    /// A secret that both sides know, for HS256 (RFC 7518, 3.2).
    #[must_use]
    pub fn of_secret(secret: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let thumbprint = digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec();
        Self::prepared(SigningAlgorithm::Hs256, None, Arc::new(Material::Shared(Box::new(key))), thumbprint)
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.0.algorithm
    }

    /// The `kid` that headers name.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.0.id.as_deref()
    }

    /// The same key for another algorithm: an RSA key has two. `None` where it does not fit.
    #[must_use]
    pub fn for_algorithm(&self, algorithm: SigningAlgorithm) -> Option<Self> {
        let fits = match self.0.material.as_ref() {
            Material::Private(key) => key.kind().fits(algorithm),
            Material::Shared(_) => algorithm == SigningAlgorithm::Hs256,
        };
        let Prepared { id, material, thumbprint, .. } = self.0.as_ref();
        fits.then(|| Self::prepared(algorithm, id.clone(), Arc::clone(material), thumbprint.clone()))
    }

    /// The same key by another name in headers.
    #[must_use]
    pub fn named(&self, id: Option<&str>) -> Self {
        let Prepared { algorithm, material, thumbprint, .. } = self.0.as_ref();
        Self::prepared(*algorithm, id.map(str::to_owned), Arc::clone(material), thumbprint.clone())
    }

    /// A JWT in compact serialisation (RFC 7515, 7.1), with `alg` and, if the key has a name, `kid` in its header.
    ///
    /// # Errors
    ///
    /// The claims cannot be serialised, or the system gives no randomness.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SigningError> {
        let mut token = self.0.header.clone();
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut token);
        self.finish(token)
    }

    /// As [`SigningKey::sign`], with more members in the header, or with others instead of its own.
    ///
    /// # Errors
    ///
    /// The claims cannot be serialised, or the system gives no randomness.
    pub fn sign_with_header(
        &self,
        members: &[(&str, Value)],
        claims: &impl Serialize,
    ) -> Result<String, SigningError> {
        let mut header = header(self.0.algorithm, self.id());
        for (name, value) in members {
            header[*name] = value.clone();
        }
        let mut token = encoded_header(&header);
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut token);
        self.finish(token)
    }

    fn finish(&self, mut token: String) -> Result<String, SigningError> {
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        match self.0.material.as_ref() {
            Material::Shared(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Material::Private(key) => {
                let algorithm = self.0.algorithm;
                key.sign(algorithm, message).ok_or(SigningError::Signature(algorithm))
            }
        }
    }

    pub(super) fn of(key: PrivateKey, algorithm: SigningAlgorithm, id: Option<String>) -> Self {
        let thumbprint = digest::digest(&digest::SHA256, key.public()).as_ref().to_vec();
        Self::prepared(algorithm, id, Arc::new(Material::Private(key)), thumbprint)
    }

    fn prepared(
        algorithm: SigningAlgorithm,
        id: Option<String>,
        material: Arc<Material>,
        thumbprint: Vec<u8>,
    ) -> Self {
        let header = encoded_header(&header(algorithm, id.as_deref()));
        SigningKey(Arc::new(Prepared { algorithm, id, material, header, thumbprint }))
    }
}

/// Without `typ`: assertions and request objects need none (OpenID Connect Core 1.0, 9; RFC 9101, 10.8 recommends one for
/// request objects, which older servers refuse).
fn header(algorithm: SigningAlgorithm, id: Option<&str>) -> Value {
    let mut header = json!({ "alg": algorithm.name() });
    if let Some(id) = id {
        header["kid"] = json!(id);
    }
    header
}

fn encoded_header(header: &Value) -> String {
    let mut encoded = URL_SAFE_NO_PAD.encode(header.to_string());
    encoded.push('.');
    encoded
}

fn about_kind(kind: KeyKind) -> (&'static str, &'static str) {
    match kind {
        KeyKind::P256 => ("an EC key on P-256", "\"ES256\""),
        KeyKind::Rsa => ("an RSA key", "\"PS256\" or \"RS256\""),
        KeyKind::Ed25519 => ("an Ed25519 key", "\"EdDSA\""),
    }
}

impl PartialEq for SigningKey {
    /// The same key, by the same name, for the same algorithm.
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&self.0, &other.0);
        (one.algorithm, &one.id, &one.thumbprint) == (two.algorithm, &two.id, &two.thumbprint)
    }
}

impl Eq for SigningKey {}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.0.algorithm)
            .field("id", &self.0.id)
            .finish_non_exhaustive()
    }
}
