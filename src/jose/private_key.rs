use super::SigningAlgorithm;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// Longest text that is read as a key, in bytes; an RSA key of 8192 bits takes 6 KB.
const TEXT_MAX: usize = 32 * 1024;
/// Bytes of a coordinate on P-256.
const COORDINATE: usize = 32;

/// A private key of one of the types that sign here.
pub(super) enum PrivateKey {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    P256,
    Rsa,
    Ed25519,
}

/// What a key says about itself beside itself.
#[derive(Default)]
pub(super) struct About {
    pub(super) algorithm: Option<String>,
    pub(super) id: Option<String>,
}

/// Why a text is no private key.
#[derive(Debug, thiserror::Error)]
pub enum PrivateKeyError {
    /// Something else.
    #[error(
        "holds no private key; expected PEM (-----BEGIN PRIVATE KEY-----, RSA PRIVATE KEY or EC PRIVATE KEY) or a \
         private JWK"
    )]
    NotAKey,
    /// Far too long for a key.
    #[error("holds {0} bytes; expected a single private key, at most {TEXT_MAX}")]
    TooLong(usize),
    /// It would need a password.
    #[error("holds an encrypted key; expected one without a password (openssl pkey -in FILE -out PLAIN)")]
    Encrypted,
    /// The half that everybody may have.
    #[error("holds {0} and no private key; expected the private key that belongs to it")]
    Public(&'static str),
    /// Neither of the types that sign here.
    #[error(
        "holds a private key of a type that does not sign here, or a damaged one; expected RSA of 2048 to 8192 bits, \
         EC on P-256, or Ed25519"
    )]
    Unsupported,
    /// A JWK that lacks something.
    #[error("is a JWK whose {member:?} is {problem}; expected {expected}")]
    Member {
        /// The member.
        member: &'static str,
        /// What is wrong with it.
        problem: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl PrivateKey {
    pub(super) fn read(text: &str) -> Result<(Self, About), PrivateKeyError> {
        if text.len() > TEXT_MAX {
            return Err(PrivateKeyError::TooLong(text.len()));
        }
        match text.trim_start() {
            json if json.starts_with('{') => {
                let jwk: Value = serde_json::from_str(json).map_err(|_| PrivateKeyError::NotAKey)?;
                let member = |name: &str| jwk.get(name).and_then(Value::as_str).map(str::to_owned);
                Ok((Self::from_jwk(&jwk)?, About { algorithm: member("alg"), id: member("kid") }))
            }
            pem => Ok((Self::from_pem(pem)?, About::default())),
        }
    }

    pub(super) fn kind(&self) -> KeyKind {
        match self {
            PrivateKey::P256(_) => KeyKind::P256,
            PrivateKey::Rsa(_) => KeyKind::Rsa,
            PrivateKey::Ed25519(_) => KeyKind::Ed25519,
        }
    }

    /// The public half, in the form of its type.
    pub(super) fn public(&self) -> &[u8] {
        match self {
            PrivateKey::P256(pair) => pair.public_key().as_ref(),
            PrivateKey::Rsa(pair) => pair.public_key().as_ref(),
            PrivateKey::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    /// The raw signature (RFC 7518, 3.3 to 3.5; RFC 8037, 3.1). `None` for an algorithm that the key does not fit, and
    /// where the system gives no randomness.
    pub(super) fn sign(&self, algorithm: SigningAlgorithm, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        let rsa = |pair: &RsaKeyPair, encoding: &'static dyn RsaEncoding| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(encoding, &random, message, &mut signature).ok().map(|()| signature)
        };
        match (self, algorithm) {
            (PrivateKey::P256(pair), SigningAlgorithm::Es256) => {
                pair.sign(&random, message).ok().map(|signature| signature.as_ref().to_vec())
            }
            (PrivateKey::Rsa(pair), SigningAlgorithm::Ps256) => rsa(pair, &RSA_PSS_SHA256),
            (PrivateKey::Rsa(pair), SigningAlgorithm::Rs256) => rsa(pair, &RSA_PKCS1_SHA256),
            (PrivateKey::Ed25519(pair), SigningAlgorithm::EdDsa) => {
                pair.try_sign(message).ok().map(|signature| signature.as_ref().to_vec())
            }
            (PrivateKey::P256(_) | PrivateKey::Rsa(_) | PrivateKey::Ed25519(_), _) => None,
        }
    }

    /// The first private key of a PEM text (RFC 7468). Parameters that stand before an EC key are passed over.
    fn from_pem(text: &str) -> Result<Self, PrivateKeyError> {
        const BEGIN: &str = "-----BEGIN ";
        const DASHES: &str = "-----";
        let mut public = None;
        for block in text.split(BEGIN).skip(1) {
            let (label, rest) = block.split_once(DASHES).ok_or(PrivateKeyError::NotAKey)?;
            match label {
                "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
                    let (body, _) = rest.split_once("-----END ").ok_or(PrivateKeyError::NotAKey)?;
                    if body.contains("Proc-Type:") {
                        return Err(PrivateKeyError::Encrypted);
                    }
                    let encoded: String = body.split_whitespace().collect();
                    let der = STANDARD.decode(encoded).map_err(|_| PrivateKeyError::NotAKey)?;
                    return Self::from_der(&der);
                }
                "ENCRYPTED PRIVATE KEY" => return Err(PrivateKeyError::Encrypted),
                "PUBLIC KEY" | "RSA PUBLIC KEY" => public = Some("a public key"),
                "CERTIFICATE" => public = Some("a certificate"),
                _ => {}
            }
        }
        Err(public.map_or(PrivateKeyError::NotAKey, PrivateKeyError::Public))
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, PrivateKeyError> {
        let elliptic = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
        let rsa = || RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der));
        elliptic
            .map(PrivateKey::P256)
            .or_else(|_| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(PrivateKey::Ed25519))
            .or_else(|_| rsa().map(PrivateKey::Rsa))
            .map_err(|_| PrivateKeyError::Unsupported)
    }

    fn from_jwk(jwk: &Value) -> Result<Self, PrivateKeyError> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        match (text("kty"), text("crv")) {
            (Some("EC"), Some("P-256")) => elliptic(jwk).map(PrivateKey::P256),
            (Some("RSA"), _) => rsa(jwk).map(PrivateKey::Rsa),
            (Some("OKP"), Some("Ed25519")) => edwards(jwk).map(PrivateKey::Ed25519),
            (Some("EC" | "OKP"), _) => Err(PrivateKeyError::Unsupported),
            (Some("oct"), _) => Err(PrivateKeyError::Member {
                member: "kty",
                problem: "a shared secret's",
                expected: "a private key; a shared secret goes into client_secret",
            }),
            (Some(_), _) => Err(PrivateKeyError::Unsupported),
            (None, _) => Err(PrivateKeyError::NotAKey),
        }
    }
}

impl KeyKind {
    pub(super) fn fits(self, algorithm: SigningAlgorithm) -> bool {
        match algorithm {
            SigningAlgorithm::Es256 => self == KeyKind::P256,
            SigningAlgorithm::Ps256 | SigningAlgorithm::Rs256 => self == KeyKind::Rsa,
            SigningAlgorithm::EdDsa => self == KeyKind::Ed25519,
            SigningAlgorithm::Hs256 => false,
        }
    }

    pub(super) fn only_algorithm(self) -> Option<SigningAlgorithm> {
        match self {
            KeyKind::P256 => Some(SigningAlgorithm::Es256),
            KeyKind::Ed25519 => Some(SigningAlgorithm::EdDsa),
            KeyKind::Rsa => None,
        }
    }
}

/// RFC 7518, 6.2.2.
fn elliptic(jwk: &Value) -> Result<EcdsaKeyPair, PrivateKeyError> {
    let private = bytes(jwk, "d")?;
    let mut point = vec![0x04];
    for name in ["x", "y"] {
        let coordinate = bytes(jwk, name)?;
        if coordinate.len() != COORDINATE {
            return Err(PrivateKeyError::Member {
                member: name,
                problem: "of another length",
                expected: "32 bytes",
            });
        }
        point.extend_from_slice(&coordinate);
    }
    EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &private, &point)
        .map_err(|_| unfit("d"))
}

/// RFC 7518, 6.3.2.
fn rsa(jwk: &Value) -> Result<RsaKeyPair, PrivateKeyError> {
    let (n, e) = (without_zeros(bytes(jwk, "n")?), without_zeros(bytes(jwk, "e")?));
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n, e },
        d: bytes(jwk, "d")?,
        p: bytes(jwk, "p")?,
        q: bytes(jwk, "q")?,
        dP: bytes(jwk, "dp")?,
        dQ: bytes(jwk, "dq")?,
        qInv: bytes(jwk, "qi")?,
    };
    RsaKeyPair::from_components(&components).map_err(|_| unfit("d"))
}

/// RFC 8037, 2.
fn edwards(jwk: &Value) -> Result<Ed25519KeyPair, PrivateKeyError> {
    Ed25519KeyPair::from_seed_and_public_key(&bytes(jwk, "d")?, &bytes(jwk, "x")?).map_err(|_| unfit("d"))
}

fn unfit(member: &'static str) -> PrivateKeyError {
    PrivateKeyError::Member {
        member,
        problem: "no key, or not that of the public half",
        expected: "a whole key",
    }
}

fn without_zeros(mut octets: Vec<u8>) -> Vec<u8> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.drain(..zeros);
    octets
}

fn bytes(jwk: &Value, member: &'static str) -> Result<Vec<u8>, PrivateKeyError> {
    let wrong = |problem| PrivateKeyError::Member { member, problem, expected: "base64url of a private JWK" };
    let encoded = jwk.get(member).and_then(Value::as_str).ok_or_else(|| wrong("missing"))?;
    URL_SAFE_NO_PAD.decode(encoded).map_err(|_| wrong("not base64url without padding"))
}
