use super::{AssertionAudience, Credentials, TargetFacts};
use crate::ciba::{DeliveryMode, Secret};
use crate::jose::{SigningAlgorithm, SigningKey, jwt_id};
use crate::tls::Identity;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long an assertion, or a signed request, is good for: long enough for a slow network, and no longer.
const LIFETIME: Duration = Duration::from_secs(60);
/// The type of assertion (RFC 7523, 2.2), form-encoded.
const ASSERTION_TYPE: &str = "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=";

/// A client that the target knows. What a request needs of it is prepared once, as far as it is the same each time.
#[derive(Debug, Clone)]
pub struct Client {
    id: String,
    delivery_mode: DeliveryMode,
    proof: Proof,
    audience: AssertionAudience,
    request_key: Option<SigningKey>,
    identity: Option<Arc<Identity>>,
}

#[derive(Debug, Clone)]
enum Proof {
    /// The certificate of the connection; the form only says whose it is: `&client_id=…`.
    Certificate(String),
    /// The whole `Authorization` header.
    Header(HeaderValue),
    /// `&client_id=…&client_secret=…`.
    Form(Secret<String>),
    /// An assertion of its own for each request.
    Assertion(SigningKey),
}

/// What a request is sent for: what is signed for it names these.
#[derive(Debug, Clone, Copy)]
pub struct Addressee<'a> {
    /// The server.
    pub facts: &'a TargetFacts,
    /// The endpoint.
    pub endpoint: &'a Url,
    /// Wall time since the Unix epoch.
    pub now: Duration,
}

impl Client {
    /// Prepares a client's credentials.
    pub fn new(id: &str, delivery_mode: DeliveryMode, credentials: &Credentials) -> Self {
        let encode = |value: &str| form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
        let proof = match credentials {
            Credentials::SecretBasic(secret) => {
                // Both parts are form-encoded before they are joined: RFC 6749, 2.3.1.
                let pair = format!("{}:{}", encode(id), encode(secret.expose()));
                let mut header = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)))
                    .unwrap_or_else(|_| unreachable!("base64 is a valid header value"));
                header.set_sensitive(true);
                Proof::Header(header)
            }
            Credentials::SecretPost(secret) => Proof::Form(Secret::new(format!(
                "&client_id={}&client_secret={}",
                encode(id),
                encode(secret.expose())
            ))),
            Credentials::SecretJwt(secret) => Proof::Assertion(SigningKey::of_secret(secret.expose())),
            Credentials::PrivateKeyJwt(key) => Proof::Assertion(key.clone()),
            Credentials::Tls(_) | Credentials::SelfSignedTls(_) => {
                Proof::Certificate(format!("&client_id={}", encode(id)))
            }
        };
        let audience = AssertionAudience::default();
        let identity = credentials.identity().cloned();
        Client { id: id.to_owned(), delivery_mode, proof, audience, request_key: None, identity }
    }

    /// With connections that show this certificate, however the client authenticates; without one where it is `None`.
    #[must_use]
    pub fn showing(self, identity: Option<Arc<Identity>>) -> Self {
        Client { identity, ..self }
    }

    /// The certificate that its connections show (RFC 8705), if it has one.
    pub fn identity(&self) -> Option<&Arc<Identity>> {
        self.identity.as_ref()
    }

    /// With assertions that are addressed to somebody else than the issuer.
    #[must_use]
    pub fn asserting_to(self, audience: AssertionAudience) -> Self {
        Client { audience, ..self }
    }

    /// With authentication requests that this key signs (CIBA Core 1.0, 7.1.1).
    #[must_use]
    pub fn signing_requests(self, key: Option<SigningKey>) -> Self {
        Client { request_key: key, ..self }
    }

    /// The `client_id`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The delivery mode it was registered with.
    pub fn delivery_mode(&self) -> DeliveryMode {
        self.delivery_mode
    }

    /// The key that signs its authentication requests, if it signs them.
    pub fn request_key(&self) -> Option<&SigningKey> {
        self.request_key.as_ref()
    }

    /// The key that signs its assertions, if it authenticates by them.
    pub fn assertion_key(&self) -> Option<&SigningKey> {
        match &self.proof {
            Proof::Assertion(key) => Some(key),
            Proof::Header(_) | Proof::Form(_) | Proof::Certificate(_) => None,
        }
    }

    /// Adds what authenticates the client to a request.
    pub fn authenticate(&self, addressee: &Addressee<'_>, headers: &mut HeaderMap, form: &mut String) {
        match &self.proof {
            Proof::Header(header) => {
                headers.insert(AUTHORIZATION, header.clone());
            }
            Proof::Form(parameters) => form.push_str(parameters.expose()),
            Proof::Certificate(parameter) => form.push_str(parameter),
            Proof::Assertion(key) => {
                Self::present_assertion(&self.assertion(key, addressee), form);
            }
        }
    }

    /// Whether its assertions take long to sign: all but those by a shared secret do.
    pub fn signs_assertions_slowly(&self) -> bool {
        self.assertion_key().is_some_and(|key| key.algorithm() != SigningAlgorithm::Hs256)
    }

    /// An assertion for a later request, if it authenticates by them.
    pub fn assertion_ahead(&self, addressee: &Addressee<'_>) -> Option<Secret<String>> {
        Some(Secret::new(self.assertion(self.assertion_key()?, addressee)))
    }

    fn assertion(&self, key: &SigningKey, addressee: &Addressee<'_>) -> String {
        signed(key, &self.assertion_claims(addressee))
    }

    /// Adds an assertion to a form (RFC 7523, 2.2). A token needs no encoding.
    pub fn present_assertion(assertion: &str, form: &mut String) {
        form.push_str(ASSERTION_TYPE);
        form.push_str(assertion);
    }

    /// What an assertion of this client says (OpenID Connect Core 1.0, 9).
    pub fn assertion_claims(&self, addressee: &Addressee<'_>) -> Map<String, Value> {
        let audience = self.assertion_audience(addressee);
        let mut claims = dated(addressee.now);
        claims.insert("iss".to_owned(), json!(self.id));
        claims.insert("sub".to_owned(), json!(self.id));
        claims.insert("aud".to_owned(), json!(audience));
        claims
    }

    /// Whom an assertion of this client is addressed to.
    pub fn assertion_audience<'a>(&self, addressee: &Addressee<'a>) -> &'a str {
        match self.audience {
            AssertionAudience::Issuer => addressee.facts.issuer.as_str(),
            AssertionAudience::TokenEndpoint => addressee.facts.token_endpoint.as_str(),
            AssertionAudience::Endpoint => addressee.endpoint.as_str(),
        }
    }

    /// What a signed request of this client says beside its parameters (CIBA Core 1.0, 7.1.1).
    pub fn request_claims(&self, addressee: &Addressee<'_>) -> Map<String, Value> {
        let mut claims = dated(addressee.now);
        claims.insert("iss".to_owned(), json!(self.id));
        claims.insert("aud".to_owned(), json!(addressee.facts.issuer));
        claims.insert("nbf".to_owned(), json!(addressee.now.as_secs()));
        claims
    }

    /// What a consent of this client that is sent as JWT says beside itself (Open Banking Brasil, payment initiation).
    pub fn consent_claims(&self, endpoint: &Url, now: Duration) -> Map<String, Value> {
        let mut claims = dated(now);
        claims.remove("exp");
        claims.insert("iss".to_owned(), json!(self.id));
        claims.insert("aud".to_owned(), json!(endpoint.as_str()));
        claims
    }

    /// An authentication request's form: as it is, or, of a client that signs, with all of it inside the signed object.
    pub fn request_form(&self, addressee: &Addressee<'_>, form: String) -> String {
        let Some(key) = &self.request_key else { return form };
        let mut claims = self.request_claims(addressee);
        let parameters = form_urlencoded::parse(form.as_bytes());
        claims.extend(parameters.map(|(name, value)| (name.into_owned(), json!(value))));
        format!("request={}", signed(key, &claims))
    }
}

/// A token that is good from now on, once.
fn dated(now: Duration) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("iat".to_owned(), json!(now.as_secs()));
    claims.insert("exp".to_owned(), json!((now + LIFETIME).as_secs()));
    claims.insert("jti".to_owned(), json!(jwt_id()));
    claims
}

/// A key has signed once when it was read. What can still fail is the system's randomness, and then nothing works.
fn signed(key: &SigningKey, claims: &Map<String, Value>) -> String {
    key.sign(claims).unwrap_or_else(|error| panic!("{error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::GeneratedKey;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    const METADATA: &str = r#"{"issuer":"https://op.test/t/","token_endpoint":"https://op.test/token",
        "jwks_uri":"https://op.test/j","backchannel_authentication_endpoint":"https://op.test/bc",
        "backchannel_token_delivery_modes_supported":["poll"]}"#;

    fn secret() -> Secret<String> {
        Secret::new("s:e+c%".to_owned())
    }

    fn sent(client: &Client) -> (HeaderMap, String) {
        let facts = TargetFacts::of_metadata(METADATA);
        let addressee = Addressee {
            facts: &facts,
            endpoint: &facts.backchannel_authentication_endpoint,
            now: Duration::from_secs(1_000),
        };
        let mut headers = HeaderMap::new();
        let mut form = client.request_form(&addressee, "scope=openid&login_hint=a+b".to_owned());
        client.authenticate(&addressee, &mut headers, &mut form);
        (headers, form)
    }

    fn claims(form: &str, parameter: &str) -> Value {
        let (_, token) = form_urlencoded::parse(form.as_bytes()).find(|(name, _)| name == parameter).unwrap();
        let payload = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    #[test]
    fn basic_encodes_both_parts_before_it_joins_them() {
        let client = Client::new("a client", DeliveryMode::Poll, &Credentials::SecretBasic(secret()));
        let (headers, form) = sent(&client);
        let expected = format!("Basic {}", STANDARD.encode("a+client:s%3Ae%2Bc%25"));
        assert_eq!(headers[AUTHORIZATION].to_str().unwrap(), expected);
        assert_eq!(form, "scope=openid&login_hint=a+b");
        assert!(!format!("{client:?}").contains(&expected[6..]));
    }

    #[test]
    fn post_adds_to_the_form() {
        let client = Client::new("a client", DeliveryMode::Poll, &Credentials::SecretPost(secret()));
        let (headers, form) = sent(&client);
        assert!(headers.is_empty());
        assert_eq!(form, "scope=openid&login_hint=a+b&client_id=a+client&client_secret=s%3Ae%2Bc%25");
        assert!(!format!("{client:?}").contains("s%3A"));
    }

    #[test]
    fn assertions_are_fresh_short_and_addressed_as_they_should_be() {
        let key = GeneratedKey::make(SigningAlgorithm::Es256, "k").unwrap().signing_key;
        for (audience, aud) in [
            (AssertionAudience::Issuer, "https://op.test/t/"),
            (AssertionAudience::TokenEndpoint, "https://op.test/token"),
            (AssertionAudience::Endpoint, "https://op.test/bc"),
        ] {
            for credentials in [Credentials::SecretJwt(secret()), Credentials::PrivateKeyJwt(key.clone())] {
                let client = Client::new("c", DeliveryMode::Poll, &credentials).asserting_to(audience);
                let (headers, form) = sent(&client);
                assert!(headers.is_empty() && form.starts_with("scope=openid&login_hint=a+b&"), "{form}");
                let mut said = claims(&form, "client_assertion");
                let first = said["jti"].take();
                assert_ne!(first, claims(&sent(&client).1, "client_assertion")["jti"]);
                assert_eq!(
                    said,
                    json!({"iss": "c", "sub": "c", "aud": aud, "iat": 1_000, "exp": 1_060, "jti": null})
                );
                let kind =
                    form_urlencoded::parse(form.as_bytes()).find(|(n, _)| n == "client_assertion_type");
                assert_eq!(kind.unwrap().1, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            }
        }
    }

    #[test]
    fn a_signed_request_holds_every_parameter_inside() {
        let key = GeneratedKey::make(SigningAlgorithm::EdDsa, "k").unwrap().signing_key;
        let client = Client::new("c", DeliveryMode::Poll, &Credentials::SecretPost(secret()));
        let (_, form) = sent(&client.signing_requests(Some(key)));
        let names: Vec<_> =
            form_urlencoded::parse(form.as_bytes()).map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["request", "client_id", "client_secret"]);
        let mut said = claims(&form, "request");
        assert!(said["jti"].take().is_string());
        assert_eq!(
            said,
            json!({
                "iss": "c", "aud": "https://op.test/t/", "iat": 1_000, "nbf": 1_000, "exp": 1_060, "jti": null,
                "scope": "openid", "login_hint": "a b",
            })
        );
    }
}
