//! Key sets as issuers publish them, good and bad, and what they mean for a good token.

use super::forged_tokens::{ES256, ES384, PUSH, STRANGER, claims, judged, key_set};
use super::*;
use crate::ciba::Rule;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn keys_without_a_name_and_keys_that_share_one_are_tried() {
    let header = json!({"alg": "ES256", "kid": "k1"});
    let token = ES256.sign(&header, &claims(&digest::SHA256));
    for keys in [
        key_set(&[ES256.jwk(None)]),
        key_set(&[STRANGER.jwk(None), ES256.jwk(None)]),
        key_set(&[STRANGER.jwk(Some("k1")), ES384.jwk(Some("k1")), ES256.jwk(Some("k1"))]),
    ] {
        assert_eq!(judged(&token, &keys, &PUSH).1, []);
    }
    let nameless = ES256.sign(&json!({"alg": "ES256"}), &claims(&digest::SHA256));
    assert_eq!(judged(&nameless, &key_set(&[ES256.jwk(Some("k1"))]), &PUSH).1, []);
}

#[test]
fn an_unusable_key_is_skipped_with_its_reason() {
    let change = |name: &str, value: Value| {
        let mut jwk = ES256.jwk(Some("k1"));
        jwk[name] = value;
        jwk
    };
    let off_curve = URL_SAFE_NO_PAD.encode([7; 32]);
    let cases = [
        (change("use", json!("enc")), Unusable::OtherPurpose, "signatures"),
        (change("key_ops", json!(["encrypt"])), Unusable::OtherPurpose, "signatures"),
        (change("crv", json!("secp256k1")), Unusable::Unsupported, "secp256k1"),
        (change("kty", json!("AKP")), Unusable::Unsupported, "AKP"),
        (change("kty", json!(null)), Unusable::Broken, "kty"),
        (change("x", json!(off_curve)), Unusable::Broken, "curve"),
        (change("x", json!("AAAA")), Unusable::Broken, "3 bytes"),
        (change("x", json!("not base64!")), Unusable::Broken, "base64url"),
        (change("y", json!(null)), Unusable::Broken, "\"y\""),
        (change("alg", json!("RS256")), Unusable::Broken, "RS256"),
        (change("alg", json!("ECDH-ES")), Unusable::Unsupported, "ECDH-ES"),
        (
            json!({"kty": "RSA", "kid": "k1", "n": URL_SAFE_NO_PAD.encode([0xff; 128]), "e": "AQAB"}),
            Unusable::Weak,
            "1024 bits",
        ),
        (json!("k1"), Unusable::Broken, "kty"),
    ];
    for (jwk, kind, reason) in cases {
        let keys = key_set(&[jwk.clone(), ES384.jwk(Some("k2"))]);
        assert_eq!((keys.len(), keys.published()), (1, 2), "{jwk}");
        let skipped = &keys.skipped()[0];
        assert_eq!(skipped.kind, kind, "{jwk} {skipped:?}");
        assert!(skipped.reason.contains(reason), "{skipped:?}");
    }
    let described =
        key_set(&[ES256.jwk(Some("k1")), change("alg", json!("ES256")), ES384.jwk(None)]).in_words();
    assert_eq!(described, [r#""k1" P-256"#, r#""k1" ES256"#, "no kid P-384"]);
    let only = key_set(&[change("alg", json!("ES256")), change("use", json!("sig"))]);
    assert_eq!(only.len(), 2);
}

#[test]
fn a_token_signed_by_a_broken_key_is_the_servers_fault() {
    let mut jwk = ES256.jwk(Some("k1"));
    jwk["y"] = json!("AAAA");
    let token = ES256.sign(&json!({"alg": "ES256", "kid": "k1"}), &claims(&digest::SHA256));
    let (judged, rules) = judged(&token, &key_set(&[jwk]), &PUSH);
    assert_eq!((judged.key_unknown, rules), (false, vec![Rule::IdTokenSignature]));
}

#[test]
fn a_key_set_is_bounded_and_its_errors_say_what_is_wrong() {
    let many = json!({ "keys": vec![json!({}); KEYS_MAX + 1] }).to_string();
    let long = " ".repeat(JWKS_BYTES_MAX + 1);
    for (document, said) in [
        (many.as_str(), "65"),
        (&long, "262145"),
        ("{}", "\"keys\""),
        ("<html>", "\"keys\""),
        ("[]", "\"keys\""),
    ] {
        let error = KeySet::parse(document.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    assert!(key_set(&[]).is_empty());
}

proptest! {
    #[test]
    fn no_key_set_makes_it_panic(text in "\\PC{0,60}", member in "kty|crv|x|y|n|e|kid|alg|use") {
        drop(KeySet::parse(text.as_bytes()));
        let mut jwk = ES256.jwk(Some("k1"));
        jwk[member] = json!(text);
        prop_assert_eq!(key_set(&[jwk]).published(), 1);
    }
}
