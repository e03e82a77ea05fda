//! Tokens that this tool signs, verified by a library that does not make them; and texts that are no keys.

use super::*;
use crate::ciba::Named;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};
use std::sync::LazyLock;

static KEYS: LazyLock<Vec<GeneratedKey>> = LazyLock::new(|| {
    SigningAlgorithm::WORDS.iter().map(|(name, alg)| GeneratedKey::make(*alg, name).unwrap()).collect()
});

fn verified(token: &str, algorithm: SigningAlgorithm, key: &DecodingKey) -> Result<Value, String> {
    let algorithm: Algorithm = algorithm.name().parse().unwrap();
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_aud = false;
    decode::<Value>(token, key, &validation).map(|token| token.claims).map_err(|error| error.to_string())
}

fn public(key: &GeneratedKey) -> DecodingKey {
    DecodingKey::from_jwk(&serde_json::from_value::<Jwk>(key.public_jwk.clone()).unwrap()).unwrap()
}

#[test]
fn every_form_of_a_key_makes_tokens_that_another_library_verifies() {
    let claims = json!({"iss": "größe", "n": 1});
    for key in KEYS.iter() {
        let algorithm = key.signing_key.algorithm();
        let private_jwk = key.private_jwk.expose().to_string();
        let from_jwk = SigningKey::read(&private_jwk, None, None).unwrap();
        let from_pem = SigningKey::read(key.pem.expose(), Some(algorithm), Some(algorithm.name())).unwrap();
        for signer in [&key.signing_key, &from_jwk, &from_pem] {
            assert_eq!(signer, &key.signing_key);
            let token = signer.sign(&claims).unwrap();
            assert_eq!(verified(&token, algorithm, &public(key)), Ok(claims.clone()), "{token}");
            let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
            let header: Value = serde_json::from_slice(&header).unwrap();
            assert_eq!(header, json!({"alg": algorithm.name(), "kid": algorithm.name()}));
        }
        let stranger = GeneratedKey::make(algorithm, "k").unwrap().signing_key.sign(&claims).unwrap();
        assert!(verified(&stranger, algorithm, &public(key)).is_err(), "{algorithm}");
    }
    let token = SigningKey::of_secret("s").sign(&claims).unwrap();
    assert_eq!(verified(&token, SigningAlgorithm::Hs256, &DecodingKey::from_secret(b"s")), Ok(claims));
}

#[test]
fn headers_carry_what_they_are_told_to() {
    let token = KEYS[0].signing_key.sign_with_header(&[("typ", json!("x+jwt"))], &json!({})).unwrap();
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&header).unwrap(),
        json!({"alg": "ES256", "kid": "ES256", "typ": "x+jwt"})
    );
    assert!(verified(&token, SigningAlgorithm::Es256, &public(&KEYS[0])).is_ok());
}

/// Made by other tools: `openssl genrsa -traditional`, `openssl ecparam -genkey`, `openssl genpkey`.
#[test]
fn keys_of_other_tools_are_read() {
    for (text, algorithm) in [
        (include_str!("samples/sec1.pem"), SigningAlgorithm::Es256),
        (include_str!("samples/pkcs1.pem"), SigningAlgorithm::Rs256),
        (include_str!("samples/ed25519.pem"), SigningAlgorithm::EdDsa),
    ] {
        let key = SigningKey::read(text, Some(algorithm), None).unwrap();
        assert_eq!(key.sign(&json!({})).unwrap().split('.').count(), 3);
    }
}

#[test]
fn what_is_no_key_or_another_one_is_told() {
    let (ec, rsa) = (&KEYS[0], &KEYS[1]);
    let without = |key: &GeneratedKey, member: &str| {
        let mut jwk = key.private_jwk.expose().clone();
        jwk.as_object_mut().unwrap().remove(member);
        jwk.to_string()
    };
    let (es, ps) = (Some(SigningAlgorithm::Es256), Some(SigningAlgorithm::Ps256));
    let mixed = {
        let mut jwk = ec.private_jwk.expose().clone();
        jwk["d"] = json!(URL_SAFE_NO_PAD.encode([1; 32]));
        jwk.to_string()
    };
    for (text, algorithm, said) in [
        (String::new(), es, "holds no private key; expected PEM"),
        ("a secret".to_owned(), es, "holds no private key"),
        ("{\"a\":".to_owned(), es, "holds no private key"),
        ("{}".to_owned(), es, "holds no private key"),
        ("x".repeat(40_000), es, "holds 40000 bytes"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n".to_owned(), es, "without a password"),
        ("-----BEGIN PUBLIC KEY-----\nAA==\n".to_owned(), es, "holds a public key and no private key"),
        ("-----BEGIN CERTIFICATE-----\nAA==\n".to_owned(), es, "holds a certificate"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----".to_owned(), es, "a damaged one"),
        (json!({"kty": "EC", "crv": "P-384"}).to_string(), es, "type that does not sign here"),
        (json!({"kty": "oct", "k": "AA"}).to_string(), es, "goes into client_secret"),
        (ec.public_jwk.to_string(), es, "is a JWK whose \"d\" is missing"),
        (without(ec, "y"), es, "\"y\" is missing"),
        (without(rsa, "qi"), ps, "\"qi\" is missing"),
        (mixed, es, "not that of the public half"),
        (without(ec, "kid"), ps, "whose \"alg\" is \"ES256\" and not PS256"),
        (
            without(ec, "alg"),
            ps,
            "an EC key on P-256, which signs \"ES256\" and not PS256; expected an RSA key",
        ),
        (without(rsa, "alg"), None, "\"PS256\" or \"RS256\"; expected signing_alg"),
    ] {
        let message = SigningKey::read(&text, algorithm, None).unwrap_err().to_string();
        assert!(message.contains(said), "{message}\n  expected {said}");
        assert!(!message.contains(ec.private_jwk.expose()["d"].as_str().unwrap()), "{message}");
    }
    assert_eq!(
        SigningKey::read(&without(ec, "alg"), None, None).unwrap().algorithm(),
        SigningAlgorithm::Es256
    );
}

#[test]
fn debug_shows_no_key() {
    for key in KEYS.iter() {
        let shown = format!("{key:?}");
        assert!(!shown.contains("BEGIN") && !shown.contains("\"d\""), "{shown}");
    }
    assert!(!format!("{:?}", SigningKey::of_secret("canary")).contains("canary"));
}
