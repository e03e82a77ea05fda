//! Tokens that are right but for one thing: each must break exactly the rule that the thing belongs to.

use super::*;
use crate::ciba::Rule;
use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Duration;

const NOW: i64 = 1_800_000_000;
const ACCESS_TOKEN: &str = "access-token-1";
const REFRESH_TOKEN: &str = "refresh-token-1";
const RT_HASH: &str = "urn:openid:params:jwt:claim:rt_hash";
const AUTH_REQ_ID: &str = "urn:openid:params:jwt:claim:auth_req_id";
/// A claim's value in a table that means: leave the claim out.
const ABSENT: Value = Value::Null;

pub(super) const POLL: Expected<'_> = Expected {
    issuer: "https://op.example/t/a",
    client_id: "client-1",
    access_token: Some(ACCESS_TOKEN),
    refresh_token: None,
    auth_req_id: "request-1-with-a-tail",
    hashes_required: false,
};
pub(super) const PUSH: Expected<'_> =
    Expected { refresh_token: Some(REFRESH_TOKEN), hashes_required: true, ..POLL };

pub(super) struct Signer {
    key: EncodingKey,
    algorithm: Algorithm,
}

impl Signer {
    fn elliptic(curve: &'static EcdsaSigningAlgorithm, algorithm: Algorithm) -> Self {
        let pair = EcdsaKeyPair::generate(curve).unwrap();
        Signer { key: EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref()), algorithm }
    }

    fn edwards() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        Signer {
            key: EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref()),
            algorithm: Algorithm::EdDSA,
        }
    }

    /// The published key, under a name.
    pub(super) fn jwk(&self, kid: Option<&str>) -> Value {
        let mut jwk =
            serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        let members = jwk.as_object_mut().unwrap();
        members.remove("alg");
        if let Some(kid) = kid {
            members.insert("kid".to_owned(), json!(kid));
        }
        jwk
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_as(self.algorithm, header, claims)
    }

    fn sign_as(&self, algorithm: Algorithm, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let signature = crypto::sign(message.as_bytes(), &self.key, algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

pub(super) static ES256: LazyLock<Signer> =
    LazyLock::new(|| Signer::elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING, Algorithm::ES256));
pub(super) static STRANGER: LazyLock<Signer> =
    LazyLock::new(|| Signer::elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING, Algorithm::ES256));
pub(super) static ES384: LazyLock<Signer> =
    LazyLock::new(|| Signer::elliptic(&ECDSA_P384_SHA384_FIXED_SIGNING, Algorithm::ES384));
static EDDSA: LazyLock<Signer> = LazyLock::new(Signer::edwards);
static RSA: LazyLock<Signer> = LazyLock::new(|| {
    // The signer takes the key itself, not its PKCS #8 wrapping of 26 bytes.
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    Signer { key: EncodingKey::from_rsa_der(&pkcs8.as_ref()[26..]), algorithm: Algorithm::RS256 }
});

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

pub(super) fn key_set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn half(hash: &'static digest::Algorithm, token: &str) -> String {
    let digest = digest::digest(hash, token.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..digest.as_ref().len() / 2])
}

/// The claims that a push client must get, and any client may.
pub(super) fn claims(hash: &'static digest::Algorithm) -> Value {
    json!({
        "iss": POLL.issuer, "sub": "alice", "aud": POLL.client_id, "exp": NOW + 300, "iat": NOW - 1,
        "auth_time": NOW - 2, "at_hash": half(hash, ACCESS_TOKEN), RT_HASH: half(hash, REFRESH_TOKEN),
        AUTH_REQ_ID: POLL.auth_req_id,
    })
}

fn with(mut claims: Value, changes: &[(&str, Value)]) -> Value {
    for (name, value) in changes {
        if *value == ABSENT {
            claims.as_object_mut().unwrap().remove(*name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

pub(super) fn judged(token: &str, keys: &KeySet, expected: &Expected<'_>) -> (Judged, Vec<Rule>) {
    let mut breaches = Vec::new();
    let now = Duration::from_secs(NOW as u64) + Duration::from_millis(400);
    let judged = judge(token, keys, expected, now, &mut breaches);
    for breach in &breaches {
        assert!(breach.detail.starts_with("expected ") && breach.detail.contains("got "), "{breach:?}");
        assert!(breach.detail.len() < 400 && !breach.detail.contains("with-a-tail"), "{breach:?}");
    }
    (judged, breaches.into_iter().map(|breach| breach.rule).collect())
}

/// The rules that a token with these claims breaks, rightly signed.
fn broken(expected: &Expected<'_>, changes: &[(&str, Value)]) -> Vec<Rule> {
    let keys = key_set(&[ES256.jwk(Some("k1"))]);
    let token = ES256.sign(&json!({"alg": "ES256", "kid": "k1"}), &with(claims(&digest::SHA256), changes));
    let (judged, rules) = judged(&token, &keys, expected);
    assert!(judged.signature_verified && !judged.key_unknown, "{judged:?}");
    rules
}

#[test]
fn every_supported_algorithm_verifies_with_its_own_hash() {
    let cases: [(&str, &Signer, Algorithm, &'static digest::Algorithm); 11] = [
        ("ES256", &ES256, Algorithm::ES256, &digest::SHA256),
        ("ES384", &ES384, Algorithm::ES384, &digest::SHA384),
        ("EdDSA", &EDDSA, Algorithm::EdDSA, &digest::SHA512),
        ("Ed25519", &EDDSA, Algorithm::EdDSA, &digest::SHA512),
        ("RS256", &RSA, Algorithm::RS256, &digest::SHA256),
        ("RS384", &RSA, Algorithm::RS384, &digest::SHA384),
        ("RS512", &RSA, Algorithm::RS512, &digest::SHA512),
        ("PS256", &RSA, Algorithm::PS256, &digest::SHA256),
        ("PS384", &RSA, Algorithm::PS384, &digest::SHA384),
        ("PS512", &RSA, Algorithm::PS512, &digest::SHA512),
        ("ES256", &STRANGER, Algorithm::ES256, &digest::SHA256),
    ];
    for (name, signer, algorithm, hash) in cases {
        let keys = key_set(&[ES384.jwk(Some("other")), signer.jwk(Some("k1"))]);
        let token = signer.sign_as(algorithm, &json!({"alg": name, "kid": "k1"}), &claims(hash));
        let (judged, rules) = judged(&token, &keys, &PUSH);
        assert_eq!(rules, [], "{name}");
        let expected = IdToken {
            subject: Some("alice".to_owned()),
            issued_at: Some(NOW - 1),
            expires_at: Some(NOW + 300),
            auth_time: Some(NOW - 2),
            algorithm: name.to_owned(),
            key_id: Some("k1".to_owned()),
        };
        assert!(judged.signature_verified && !judged.key_unknown, "{name}");
        assert_eq!((judged.claims, judged.unsupported), (Some(expected), None), "{name}");
    }
}

#[test]
fn each_forged_claim_breaks_its_own_rule_and_no_other() {
    use Rule::*;
    let long = "a".repeat(256);
    let cases: Vec<(&str, Value, Rule)> = vec![
        ("iss", ABSENT, IdTokenIssuer),
        ("iss", json!("https://op.example/t/a/"), IdTokenIssuer),
        ("iss", json!("https://OP.example/t/a"), IdTokenIssuer),
        ("iss", json!([POLL.issuer]), IdTokenIssuer),
        ("aud", ABSENT, IdTokenAudience),
        ("aud", json!("client-2"), IdTokenAudience),
        ("aud", json!([]), IdTokenAudience),
        ("aud", json!(["client-2"]), IdTokenAudience),
        ("aud", json!(["client-1", "client-2"]), IdTokenAudience),
        ("aud", json!(["client-1", 7]), IdTokenAudience),
        ("aud", json!({"client-1": true}), IdTokenAudience),
        ("exp", ABSENT, IdTokenExpiry),
        ("exp", json!(NOW - 5), IdTokenExpiry),
        ("exp", json!(-1), IdTokenExpiry),
        ("exp", json!((NOW + 300).to_string()), IdTokenExpiry),
        ("iat", ABSENT, IdTokenIssuedAt),
        ("iat", json!(NOW + 6), IdTokenIssuedAt),
        ("iat", json!(NOW - 606), IdTokenIssuedAt),
        ("iat", json!(NOW * 1000), IdTokenIssuedAt),
        ("iat", json!(NOW.to_string()), IdTokenIssuedAt),
        ("sub", ABSENT, IdTokenSubject),
        ("sub", json!(""), IdTokenSubject),
        ("sub", json!(7), IdTokenSubject),
        ("sub", json!("ålice"), IdTokenSubject),
        ("sub", json!(long), IdTokenSubject),
        ("at_hash", json!(half(&digest::SHA256, "other")), IdTokenAccessTokenHash),
        ("at_hash", json!(half(&digest::SHA512, ACCESS_TOKEN)), IdTokenAccessTokenHash),
        ("at_hash", json!(true), IdTokenAccessTokenHash),
        (RT_HASH, json!(half(&digest::SHA256, ACCESS_TOKEN)), IdTokenRefreshTokenHash),
        (AUTH_REQ_ID, json!("another-with-a-tail"), IdTokenAuthReqId),
        (AUTH_REQ_ID, json!(7), IdTokenAuthReqId),
    ];
    for (claim, value, rule) in cases {
        let change = [(claim, value)];
        assert_eq!(broken(&PUSH, &change), [rule], "{change:?}");
    }
}

#[test]
fn what_the_standard_leaves_open_breaks_nothing() {
    let cases: Vec<Vec<(&str, Value)>> = vec![
        vec![("at_hash", ABSENT), (RT_HASH, ABSENT), (AUTH_REQ_ID, ABSENT)],
        vec![("aud", json!(["client-1"]))],
        vec![("aud", json!(["client-1", "client-1"]))],
        // The other audience is excused by azp; an odd azp alone is a SHOULD.
        vec![("aud", json!(["client-1", "api"])), ("azp", json!("client-1"))],
        vec![("azp", json!("client-2"))],
        vec![("exp", json!(NOW - 4))],
        vec![("exp", json!(NOW as f64 + 0.5)), ("iat", json!(NOW as f64 - 0.5))],
        vec![("exp", json!(1e300))],
        vec![("iat", json!(NOW + 5))],
        vec![("iat", json!(NOW - 605))],
        vec![("sub", json!("a".repeat(255)))],
        vec![("auth_time", ABSENT)],
        // No refresh token came, so there is nothing to compare with.
        vec![(RT_HASH, json!("anything"))],
        vec![("unknown", json!({"deep": [1, 2, 3]}))],
    ];
    for changes in cases {
        assert_eq!(broken(&POLL, &changes), [], "{changes:?}");
    }
}

#[test]
fn push_requires_the_hashes_and_the_request() {
    assert_eq!(broken(&PUSH, &[("at_hash", ABSENT)]), [Rule::IdTokenAccessTokenHash]);
    assert_eq!(broken(&PUSH, &[(RT_HASH, ABSENT)]), [Rule::IdTokenRefreshTokenHash]);
    assert_eq!(broken(&PUSH, &[(AUTH_REQ_ID, ABSENT)]), [Rule::IdTokenAuthReqId]);
    let no_refresh_token = Expected { refresh_token: None, ..PUSH };
    assert_eq!(broken(&no_refresh_token, &[(RT_HASH, ABSENT)]), []);
}

#[test]
fn several_defects_are_all_found() {
    let changes = [("iss", ABSENT), ("sub", ABSENT), ("exp", ABSENT)];
    assert_eq!(broken(&POLL, &changes), [Rule::IdTokenIssuer, Rule::IdTokenExpiry, Rule::IdTokenSubject]);
}

#[test]
fn each_forged_signature_breaks_only_the_signature_rule() {
    let keys = key_set(&[ES256.jwk(Some("k1")), ES384.jwk(Some("k2"))]);
    let one_key = key_set(&[ES256.jwk(Some("k1"))]);
    let no_key = key_set(&[]);
    let good = claims(&digest::SHA256);
    let header = json!({"alg": "ES256", "kid": "k1"});
    let token = ES256.sign(&header, &good);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[40] ^= 1;
    let cut = &signature[..signature.len() - 4];
    let unsigned = |alg| format!("{}.{}.", encoded(&json!({ "alg": alg })), encoded(&good));
    // (what, token, keys, whether fetching the keys again could help, whether the claims are still read)
    let cases: Vec<(&str, String, &KeySet, bool, bool)> = vec![
        ("flipped bit", format!("{message}.{}", URL_SAFE_NO_PAD.encode(flipped)), &keys, false, true),
        ("short signature", format!("{message}.{cut}"), &keys, false, true),
        ("no signature", format!("{message}."), &keys, false, true),
        ("not base64url", format!("{message}.{signature}="), &keys, false, true),
        ("another's key", STRANGER.sign(&header, &good), &keys, false, true),
        ("unknown kid", ES256.sign(&json!({"alg": "ES256", "kid": "k9"}), &good), &keys, true, true),
        ("another's key, no kid", STRANGER.sign(&json!({"alg": "ES256"}), &good), &one_key, true, true),
        ("key of another type", ES256.sign(&json!({"alg": "ES256", "kid": "k2"}), &good), &keys, false, true),
        ("no keys", token.clone(), &no_key, true, true),
        ("none", unsigned("none"), &keys, false, true),
        ("None", unsigned("nOnE"), &keys, false, true),
        (
            "header not an object",
            format!("{}.{}.x", encoded(&json!([])), encoded(&good)),
            &keys,
            false,
            false,
        ),
        ("no alg", ES256.sign(&json!({"kid": "k1"}), &good), &keys, false, false),
        ("kid not a string", ES256.sign(&json!({"alg": "ES256", "kid": 1}), &good), &keys, false, false),
        ("payload not an object", ES256.sign(&header, &json!(["alice"])), &keys, false, false),
        ("two parts", message.to_owned(), &keys, false, false),
        ("four parts", format!("{token}.x"), &keys, false, false),
        ("empty", String::new(), &keys, false, false),
        ("opaque", "8xLOxBtZp8".to_owned(), &keys, false, false),
        ("oversize", format!("{token}{}", "A".repeat(ID_TOKEN_BYTES_MAX)), &keys, false, false),
    ];
    for (what, token, keys, key_unknown, read) in cases {
        let (judged, rules) = judged(&token, keys, &PUSH);
        assert_eq!(rules, [Rule::IdTokenSignature], "{what}");
        assert_eq!((judged.key_unknown, judged.claims.is_some()), (key_unknown, read), "{what}");
        assert_eq!(judged.unsupported, None, "{what}");
    }
    assert_eq!(judged(&token, &keys, &PUSH).1, []);
}

/// The signature is right; that the header does not say whose it is, is a breach of its own.
#[test]
fn a_token_without_kid_among_several_keys_breaks_only_that() {
    let token = ES256.sign(&json!({"alg": "ES256"}), &claims(&digest::SHA256));
    let keys = key_set(&[ES256.jwk(Some("k1")), STRANGER.jwk(Some("k2"))]);
    let (judged, rules) = judged(&token, &keys, &PUSH);
    assert_eq!(
        (rules, judged.signature_verified, judged.key_unknown),
        (vec![Rule::IdTokenKeyId], true, false)
    );
}

#[test]
fn a_changed_claim_under_an_old_signature_breaks_both() {
    let keys = key_set(&[ES256.jwk(Some("k1"))]);
    let good = claims(&digest::SHA256);
    let token = ES256.sign(&json!({"alg": "ES256", "kid": "k1"}), &good);
    let parts: Vec<&str> = token.split('.').collect();
    let forged = format!("{}.{}.{}", parts[0], encoded(&with(good, &[("aud", json!("client-2"))])), parts[2]);
    let (judged, rules) = judged(&forged, &keys, &POLL);
    assert_eq!(rules, [Rule::IdTokenSignature, Rule::IdTokenAudience]);
    assert!(!judged.signature_verified);
}

#[test]
fn what_this_tool_lacks_is_not_held_against_the_server() {
    let p521 = json!({"kty": "EC", "crv": "P-521", "kid": "p521", "x": "AA", "y": "AA"});
    let keys = key_set(&[ES256.jwk(Some("k1")), p521]);
    let good = claims(&digest::SHA256);
    let foreign = |header: Value| format!("{}.{}.c2ln", encoded(&header), encoded(&good));
    let cases = [
        (foreign(json!({"alg": "HS256"})), "HS256", true),
        (foreign(json!({"alg": "ES256K", "kid": "k1"})), "ES256K", true),
        (foreign(json!({"alg": "ML-DSA-44", "kid": "k1"})), "ML-DSA-44", true),
        (foreign(json!({"alg": "ES256", "kid": "p521"})), "P-521", true),
        (ES256.sign(&json!({"alg": "ES256", "kid": "k1", "crit": ["b64"]}), &good), "crit", false),
        ("a.b.c.d.e".to_owned(), "JWE", false),
    ];
    for (token, what, read) in cases {
        let (judged, rules) = judged(&token, &keys, &PUSH);
        assert_eq!(rules, [], "{what}");
        assert!(!judged.signature_verified && judged.claims.is_some() == read, "{what}");
        assert!(judged.unsupported.unwrap().contains(what), "{what}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(token in r"[\PC.]{0,120}") {
        judged(&token, &key_set(&[ES256.jwk(Some("k1"))]), &PUSH);
    }

    #[test]
    fn no_claims_make_it_panic(name in "[a-z_]{2,9}", number in any::<f64>(), text in "\\PC{0,40}", pick in 0..10_usize) {
        let names = ["iss", "sub", "aud", "exp", "iat", "auth_time", "at_hash", RT_HASH, AUTH_REQ_ID, name.as_str()];
        for value in [json!(number), json!(text), json!([number, text]), json!({ text.as_str(): number })] {
            let claims = with(claims(&digest::SHA256), &[(names[pick], value)]);
            let token = format!("{}.{}.c2ln", encoded(&json!({"alg": "ES256", "kid": text})), encoded(&claims));
            let (judged, rules) = judged(&token, &key_set(&[ES256.jwk(Some("k1"))]), &PUSH);
            prop_assert!(judged.claims.is_some() && rules.contains(&Rule::IdTokenSignature));
        }
    }
}
