use super::breach::{breach, quoted, shown};
use super::id_token::IdToken;
use crate::ciba::{Breach, Rule};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// How far the issuer's clock may be from ours before `exp` or `iat` is held against it. Servers are expected to keep
/// time by NTP; a larger error would break the lifetimes of seconds that this protocol uses.
pub const CLOCK_SKEW: Duration = Duration::from_secs(5);
/// How long before its arrival an ID token may have been issued. One may be made when the user approves and fetched
/// when the request's life ends, but ten minutes is longer than such a request lives.
pub const ISSUED_AT_AGE_MAX: Duration = Duration::from_secs(10 * 60);
/// Longest `sub`, in ASCII characters (OpenID Connect Core 1.0, 2).
pub(super) const SUBJECT_MAX: usize = 255;
/// How much of an `auth_req_id` a detail shows, in characters: it is a credential.
const AUTH_REQ_ID_SHOWN: usize = 6;

/// What the ID token of one flow must say.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The issuer, as discovery names it.
    pub issuer: &'a str,
    /// The client that asked.
    pub client_id: &'a str,
    /// The access token that came with the ID token: `at_hash` is its hash. `None` leaves `at_hash` unjudged.
    pub access_token: Option<&'a str>,
    /// The refresh token that came with the ID token: `rt_hash` is its hash. `None` leaves `rt_hash` unjudged.
    pub refresh_token: Option<&'a str>,
    /// The flow's `auth_req_id`.
    pub auth_req_id: &'a str,
    /// Whether `at_hash`, `rt_hash` and the `auth_req_id` claim must be present: in push mode (CIBA Core 1.0, 10.3.1).
    /// Otherwise they are judged when present.
    pub hashes_required: bool,
}

/// The claims that are judged; each may be anything, so that a wrong type is that claim's breach and no other's.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: Option<Value>,
    sub: Option<Value>,
    aud: Option<Value>,
    azp: Option<Value>,
    exp: Option<Value>,
    iat: Option<Value>,
    auth_time: Option<Value>,
    at_hash: Option<Value>,
    #[serde(rename = "urn:openid:params:jwt:claim:rt_hash")]
    rt_hash: Option<Value>,
    #[serde(rename = "urn:openid:params:jwt:claim:auth_req_id")]
    auth_req_id: Option<Value>,
}

impl Claims {
    /// Judges every claim for itself. `hash` is what `at_hash` and `rt_hash` are made with, if the header says.
    pub(super) fn judge(
        &self,
        expected: &Expected<'_>,
        now: Duration,
        hash: Option<&'static digest::Algorithm>,
        breaches: &mut Vec<Breach>,
    ) {
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let required = expected.hashes_required;
        let found = [
            self.issuer(expected.issuer),
            self.audience(expected.client_id),
            self.expiry(now),
            self.issue(now),
            self.subject(),
            token_hash(HashClaim::AT, self.at_hash.as_ref(), expected.access_token, hash, required),
            token_hash(HashClaim::RT, self.rt_hash.as_ref(), expected.refresh_token, hash, required),
            self.request(expected),
        ];
        breaches.extend(found.into_iter().flatten());
    }

    pub(super) fn into_id_token(self, algorithm: String, key_id: Option<String>) -> IdToken {
        IdToken {
            issued_at: numeric_date(self.iat.as_ref()),
            expires_at: numeric_date(self.exp.as_ref()),
            auth_time: numeric_date(self.auth_time.as_ref()),
            subject: match self.sub {
                Some(Value::String(subject)) => Some(subject),
                Some(_) | None => None,
            },
            algorithm,
            key_id,
        }
    }

    fn issuer(&self, issuer: &str) -> Option<Breach> {
        let right = self.iss.as_ref().is_some_and(|iss| iss == issuer);
        breach_unless(right, Rule::IdTokenIssuer, || {
            format!("expected iss {}, got {}", quoted(issuer), shown(self.iss.as_ref()))
        })
    }

    /// The client must be among the audiences. Another audience beside it is a breach, since this client trusts nobody
    /// (3.1.3.7, item 3), unless `azp` names this client as the party the token was issued to. `azp` alone is never a
    /// breach: its consistency is a SHOULD (items 4 and 5).
    fn audience(&self, client_id: &str) -> Option<Breach> {
        let (named, strangers) = match &self.aud {
            Some(Value::String(audience)) => (audience == client_id, false),
            Some(Value::Array(audiences)) => (
                audiences.iter().any(|audience| audience == client_id),
                audiences.iter().any(|audience| audience != client_id),
            ),
            Some(_) | None => (false, false),
        };
        let authorized = self.azp.as_ref().is_some_and(|azp| azp == client_id);
        breach_unless(named && (!strangers || authorized), Rule::IdTokenAudience, || {
            let alone = if named { " alone, or beside others with itself as azp" } else { "" };
            format!("expected aud {}{alone}, got {}", quoted(client_id), shown(self.aud.as_ref()))
        })
    }

    fn expiry(&self, now: i64) -> Option<Breach> {
        let alive =
            numeric_date(self.exp.as_ref()).is_some_and(|exp| exp.saturating_add(seconds(CLOCK_SKEW)) > now);
        breach_unless(alive, Rule::IdTokenExpiry, || {
            format!("expected exp after {now} (now), got {}", shown(self.exp.as_ref()))
        })
    }

    fn issue(&self, now: i64) -> Option<Breach> {
        let (earliest, latest) = (
            now.saturating_sub(seconds(ISSUED_AT_AGE_MAX) + seconds(CLOCK_SKEW)),
            now.saturating_add(seconds(CLOCK_SKEW)),
        );
        let plausible = numeric_date(self.iat.as_ref()).is_some_and(|iat| (earliest..=latest).contains(&iat));
        breach_unless(plausible, Rule::IdTokenIssuedAt, || {
            format!("expected iat from {earliest} to {latest}, got {}", shown(self.iat.as_ref()))
        })
    }

    fn subject(&self) -> Option<Breach> {
        let well_formed =
            self.sub.as_ref().and_then(Value::as_str).is_some_and(|subject| {
                !subject.is_empty() && subject.len() <= SUBJECT_MAX && subject.is_ascii()
            });
        breach_unless(well_formed, Rule::IdTokenSubject, || {
            format!("expected sub with 1 to {SUBJECT_MAX} ASCII characters, got {}", shown(self.sub.as_ref()))
        })
    }

    fn request(&self, expected: &Expected<'_>) -> Option<Breach> {
        let right = match &self.auth_req_id {
            Some(claim) => claim == expected.auth_req_id,
            None => !expected.hashes_required,
        };
        breach_unless(right, Rule::IdTokenAuthReqId, || {
            let got = match self.auth_req_id.as_ref() {
                Some(Value::String(other)) => beginning(other),
                other => shown(other),
            };
            format!("expected the auth_req_id claim {}, got {got}", beginning(expected.auth_req_id))
        })
    }
}

/// A claim that holds the hash of a token.
#[derive(Clone, Copy)]
struct HashClaim {
    name: &'static str,
    of: &'static str,
    rule: Rule,
}

impl HashClaim {
    const AT: HashClaim =
        HashClaim { name: "at_hash", of: "access token", rule: Rule::IdTokenAccessTokenHash };
    const RT: HashClaim =
        HashClaim { name: "rt_hash", of: "refresh token", rule: Rule::IdTokenRefreshTokenHash };
}

fn token_hash(
    claim: HashClaim,
    value: Option<&Value>,
    token: Option<&str>,
    hash: Option<&'static digest::Algorithm>,
    required: bool,
) -> Option<Breach> {
    let token = token?;
    let Some(value) = value else {
        return breach_unless(!required, claim.rule, || {
            format!("expected {} (push mode requires it), got nothing", claim.name)
        });
    };
    let right = left_half(token, hash?);
    breach_unless(*value == right, claim.rule, || {
        format!("expected {} {right:?} for the {}, got {}", claim.name, claim.of, shown(Some(value)))
    })
}

/// The left half of a token's hash, base64url (OpenID Connect Core 1.0, 3.1.3.6).
fn left_half(token: &str, hash: &'static digest::Algorithm) -> String {
    let digest = digest::digest(hash, token.as_bytes());
    let octets = digest.as_ref();
    URL_SAFE_NO_PAD.encode(&octets[..octets.len() / 2])
}

/// A NumericDate: a JSON number of seconds, whole or not (RFC 7519, 2).
fn numeric_date(claim: Option<&Value>) -> Option<i64> {
    let number = claim?.as_number()?;
    // A float outside the range becomes the nearest bound, which no date reaches.
    number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds.floor() as i64))
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn beginning(auth_req_id: &str) -> String {
    format!("{:?}…", auth_req_id.chars().take(AUTH_REQ_ID_SHOWN).collect::<String>())
}

fn breach_unless(right: bool, rule: Rule, detail: impl FnOnce() -> String) -> Option<Breach> {
    if right { None } else { Some(breach(rule, detail())) }
}
