use super::algorithm::{self, Named};
use super::breach::{breach, quoted};
use super::claims::{Claims, Expected};
use super::key_set::{Key, KeySet, Unusable};
use crate::ciba::{Breach, Rule};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, crypto};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::time::Duration;

/// Longest ID token that is judged, in bytes.
pub const ID_TOKEN_BYTES_MAX: usize = 64 * 1024;

/// What an ID token says, whether or not it is to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdToken {
    /// `sub`, when it is a string.
    pub subject: Option<String>,
    /// `iat`, in seconds since the Unix epoch.
    pub issued_at: Option<i64>,
    /// `exp`, in seconds since the Unix epoch.
    pub expires_at: Option<i64>,
    /// `auth_time`, in seconds since the Unix epoch.
    pub auth_time: Option<i64>,
    /// The header's `alg`.
    pub algorithm: String,
    /// The header's `kid`.
    pub key_id: Option<String>,
}

/// What came of judging one ID token; the breaches are reported beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// The claims, as far as the token could be read.
    pub claims: Option<IdToken>,
    /// Whether a published key made the signature.
    pub signature_verified: bool,
    /// The signature is charged as a breach because no key of the set can have made it: the issuer may have rotated its
    /// keys. A caller that can fetch the set once more drops the breaches of this call and judges again.
    pub key_unknown: bool,
    /// What this tool lacks to verify the signature (an algorithm, JWE): not held against the server.
    pub unsupported: Option<String>,
}

/// Judges an ID token as a client must (OpenID Connect Core 1.0, 3.1.3.7; CIBA Core 1.0, 10.3.1): the signature by the
/// issuer's published keys, then every claim for itself, so that one defect is one breach.
///
/// `now` is wall time since the Unix epoch. Breaches are appended to `breaches`. Whether `sub` is the right user is for the
/// [`SubjectLedger`](super::SubjectLedger) to say.
pub fn judge(
    id_token: &str,
    keys: &KeySet,
    expected: &Expected<'_>,
    now: Duration,
    breaches: &mut Vec<Breach>,
) -> Judged {
    judge_with(id_token, expected, now, breaches, |parts, breaches| judge_signature(parts, keys, breaches))
}

/// Judges all of an ID token but its signature, which costs most of the time.
pub fn judge_claims(
    id_token: &str,
    expected: &Expected<'_>,
    now: Duration,
    breaches: &mut Vec<Breach>,
) -> Judged {
    judge_with(id_token, expected, now, breaches, |_, _| Judged::default())
}

/// Judges an ID token whose signature is somebody's own matter.
fn judge_with(
    id_token: &str,
    expected: &Expected<'_>,
    now: Duration,
    breaches: &mut Vec<Breach>,
    signature: impl FnOnce(&Parts<'_>, &mut Vec<Breach>) -> Judged,
) -> Judged {
    match Parts::read(id_token) {
        Ok(parts) => {
            let mut judged = signature(&parts, breaches);
            judge_payload(parts, expected, now, &mut judged, breaches);
            judged
        }
        Err(unread) => unread.judged(breaches),
    }
}

fn judge_signature(parts: &Parts<'_>, keys: &KeySet, breaches: &mut Vec<Breach>) -> Judged {
    let mut judged = Judged::default();
    match parts.verify(keys) {
        Signature::Good => judged.signature_verified = true,
        Signature::GoodButUnnamed => {
            judged.signature_verified = true;
            let detail = format!(
                "expected a \"kid\" in the header since the issuer publishes {} keys, got none",
                keys.published()
            );
            breaches.push(breach(Rule::IdTokenKeyId, detail));
        }
        Signature::Bad { detail, key_unknown } => {
            judged.key_unknown = key_unknown;
            breaches.push(breach(Rule::IdTokenSignature, detail));
        }
        Signature::Unsupported(what) => judged.unsupported = Some(what),
    }
    judged
}

fn judge_payload(
    parts: Parts<'_>,
    expected: &Expected<'_>,
    now: Duration,
    judged: &mut Judged,
    breaches: &mut Vec<Breach>,
) {
    match parts.claims() {
        Ok(claims) => {
            claims.judge(expected, now, algorithm::hash_of(&parts.header.alg), breaches);
            judged.claims = Some(claims.into_id_token(parts.header.alg, parts.header.kid));
        }
        // A signed payload that is no set of claims: no JWT either (RFC 7519, 7.2).
        Err(detail) if judged.signature_verified || judged.unsupported.is_some() => {
            breaches.push(breach(Rule::IdTokenSignature, detail));
        }
        Err(_) => {}
    }
}

/// The header members that matter.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

/// What is wrong with the signature of a JWT that is no ID token; `None` where it is right, or where the keys do not tell.
#[must_use]
pub fn signature_fault(jwt: &str, keys: &KeySet) -> Option<String> {
    match Parts::read(jwt) {
        Ok(parts) => match parts.verify(keys) {
            Signature::Bad { detail, key_unknown: false } => Some(detail),
            Signature::Bad { key_unknown: true, .. }
            | Signature::Good
            | Signature::GoodButUnnamed
            | Signature::Unsupported(_) => None,
        },
        Err(Unread::NotAJws(detail)) => Some(detail),
        Err(Unread::Unsupported(_)) => None,
    }
}

/// An ID token taken apart (RFC 7515, 7.1).
struct Parts<'a> {
    header: Header,
    /// Header and payload as they were signed.
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

enum Unread {
    NotAJws(String),
    Unsupported(String),
}

impl Unread {
    fn judged(self, breaches: &mut Vec<Breach>) -> Judged {
        match self {
            Unread::NotAJws(detail) => {
                breaches.push(breach(Rule::IdTokenSignature, detail));
                Judged::default()
            }
            Unread::Unsupported(what) => Judged { unsupported: Some(what), ..Judged::default() },
        }
    }
}

enum Signature {
    Good,
    /// Right, but the header does not say which of several keys made it.
    GoodButUnnamed,
    Bad {
        detail: String,
        key_unknown: bool,
    },
    Unsupported(String),
}

impl<'a> Parts<'a> {
    fn read(id_token: &'a str) -> Result<Self, Unread> {
        let not_a_jws = |detail: &str| Unread::NotAJws(format!("expected a signed JWT, got {detail}"));
        if id_token.len() > ID_TOKEN_BYTES_MAX {
            return Err(not_a_jws(&format!(
                "{} bytes, at most {ID_TOKEN_BYTES_MAX} are read",
                id_token.len()
            )));
        }
        let dots = id_token.bytes().filter(|byte| *byte == b'.').count();
        if dots == 4 {
            return Err(Unread::Unsupported("an encrypted ID token (JWE)".to_owned()));
        }
        let (Some((message, signature)), 2) = (id_token.rsplit_once('.'), dots) else {
            return Err(not_a_jws(&format!("{} part(s) between dots instead of 3", dots + 1)));
        };
        let Some((header, payload)) = message.split_once('.') else {
            return Err(not_a_jws("no payload"));
        };
        let header =
            URL_SAFE_NO_PAD.decode(header).map_err(|_| not_a_jws("a header that is not base64url"))?;
        let header: Header = serde_json::from_slice(&header)
            .map_err(|_| not_a_jws("a header that is not a JSON object with \"alg\""))?;
        if header.crit.is_some() {
            return Err(Unread::Unsupported("a header with critical extensions (\"crit\")".to_owned()));
        }
        Ok(Parts { header, message, payload, signature })
    }

    fn claims(&self) -> Result<Claims, String> {
        let payload = URL_SAFE_NO_PAD
            .decode(self.payload)
            .map_err(|_| "expected a payload in base64url, got something else".to_owned())?;
        serde_json::from_slice(&payload)
            .map_err(|error| format!("expected claims in a JSON object, got something else: {error}"))
    }

    fn verify(&self, keys: &KeySet) -> Signature {
        let algorithm = match algorithm::named(&self.header.alg) {
            Named::Verifiable(algorithm) => algorithm,
            Named::Unsigned => {
                return bad(format!("expected a signature, got alg {}", quoted(&self.header.alg)));
            }
            Named::Unsupported => return Signature::Unsupported(quoted(&self.header.alg)),
        };
        match self.header.kid.as_deref() {
            Some(kid) => self.verify_named(keys, kid, algorithm),
            None => self.verify_unnamed(keys, algorithm),
        }
    }

    /// By the key that the header names, or by one that was published without a name.
    fn verify_named(&self, keys: &KeySet, kid: &str, algorithm: Algorithm) -> Signature {
        let mut named = keys.keys().iter().filter(|key| key.id.as_deref() == Some(kid)).peekable();
        if named.peek().is_some() {
            let mut fitting = named.filter(|key| key.fits(algorithm)).peekable();
            if fitting.peek().is_none() {
                return bad(format!(
                    "expected a signature that key {} can make, got alg {}",
                    quoted(kid),
                    self.header.alg
                ));
            }
            return if fitting.any(|key| self.signed_by(key, algorithm)) {
                Signature::Good
            } else {
                bad(format!("expected a signature by key {}, got another one", quoted(kid)))
            };
        }
        if let Some(skipped) = keys.skipped().iter().find(|key| key.id.as_deref() == Some(kid)) {
            let detail = format!("key {}: {}", quoted(kid), skipped.reason);
            return match skipped.kind {
                Unusable::Unsupported | Unusable::Weak => Signature::Unsupported(detail),
                Unusable::OtherPurpose | Unusable::Broken => {
                    bad(format!("expected a signature by a usable key, got {detail}"))
                }
            };
        }
        let mut nameless = keys.keys().iter().filter(|key| key.id.is_none() && key.fits(algorithm));
        if nameless.any(|key| self.signed_by(key, algorithm)) {
            return Signature::Good;
        }
        Signature::Bad {
            detail: format!(
                "expected a key that the issuer publishes, got \"kid\" {}, which is not among its {} keys",
                quoted(kid),
                keys.published()
            ),
            key_unknown: true,
        }
    }

    fn verify_unnamed(&self, keys: &KeySet, algorithm: Algorithm) -> Signature {
        if keys.keys().iter().any(|key| key.fits(algorithm) && self.signed_by(key, algorithm)) {
            return if keys.published() > 1 { Signature::GoodButUnnamed } else { Signature::Good };
        }
        // Any of the keys that this tool cannot use may be the one.
        if let Some(skipped) = keys.skipped().iter().find(|key| key.kind == Unusable::Unsupported) {
            return Signature::Unsupported(skipped.reason.clone());
        }
        Signature::Bad {
            detail: format!(
                "expected a signature by one of the issuer's {} keys, got another one (alg {}, no \"kid\")",
                keys.published(),
                self.header.alg
            ),
            key_unknown: true,
        }
    }

    fn signed_by(&self, key: &Key, algorithm: Algorithm) -> bool {
        crypto::verify(self.signature, self.message.as_bytes(), &key.decoding, algorithm).unwrap_or(false)
    }
}

fn bad(detail: String) -> Signature {
    Signature::Bad { detail, key_unknown: false }
}
