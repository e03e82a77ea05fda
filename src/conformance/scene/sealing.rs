use super::Scene;
use super::requesting::Parameters;
use crate::conformance::stranger::stranger;
use crate::conformance::{Change, ClaimValue, Request, Seal, Stop, SurfaceClient};
use crate::jose::{SigningAlgorithm, SigningKey, encrypted_in_form, unsigned};
use crate::target::Addressee;
use serde_json::{Map, Value, json};
use url::Url;

/// A second audience that is no server of ours.
const OTHER_AUDIENCE: &str = "https://another-server.example";

impl Scene {
    /// The form's parameters of an authentication request: as they are, or, of a client that signs, with all of them
    /// inside the signed object and what the request puts beside it.
    pub(super) fn sealed(
        &self,
        client: &SurfaceClient,
        request: &Request,
        parameters: Parameters,
    ) -> Result<Parameters, Stop> {
        let Some(key) = client.registered.request_key().filter(|_| request.seal != Seal::NotSigned) else {
            return Ok(parameters);
        };
        let endpoint = &self.surface.facts.backchannel_authentication_endpoint;
        let mut claims = client.registered.request_claims(&self.addressee(endpoint));
        let mut beside = Vec::new();
        for change in request.changes() {
            if let Change::Beside(name, value) = change {
                beside.push((name.to_owned(), self.value(&parameters, name, value)?));
            }
        }
        for (name, value) in parameters {
            if claims.insert(name, Value::String(value)).is_some() {
                let reason = "a signed request has each parameter once";
                return Err(Stop::NotApplicable(reason.to_owned()));
            }
        }
        for change in request.changes() {
            if let Change::Claim(name, value) = change {
                self.set_claim(&mut claims, name, value);
            }
        }
        let object = self.seal(key, client, request.seal, &claims)?;
        Ok([vec![("request".to_owned(), object)], beside].concat())
    }

    /// An assertion with another seal, or another claim, than the client's own.
    pub(super) fn assertion(
        &self,
        client: &SurfaceClient,
        endpoint: &Url,
        seal: Seal,
        claim: Option<(&str, ClaimValue)>,
    ) -> Result<String, Stop> {
        let key = client.registered.assertion_key().ok_or_else(|| {
            Stop::NotApplicable("the client does not authenticate by an assertion".to_owned())
        })?;
        let mut claims = client.registered.assertion_claims(&self.addressee(endpoint));
        if let Some((name, value)) = claim {
            self.set_claim(&mut claims, name, value);
        }
        self.seal(key, client, seal, &claims)
    }

    pub(super) fn addressee<'a>(&'a self, endpoint: &'a Url) -> Addressee<'a> {
        let now = self.surface.clock.wall(self.surface.clock.now());
        Addressee { facts: &self.surface.facts, endpoint, now }
    }

    fn set_claim(&self, claims: &mut Map<String, Value>, name: &str, value: ClaimValue) {
        let facts = &self.surface.facts;
        let value = match value {
            ClaimValue::Absent => {
                claims.remove(name);
                return;
            }
            ClaimValue::Text(text) => json!(text),
            ClaimValue::Number(number) => json!(number),
            ClaimValue::SecondsFromNow(seconds) => {
                let now = self.surface.clock.wall(self.surface.clock.now());
                json!(now.as_secs().saturating_add_signed(seconds))
            }
            ClaimValue::TokenEndpoint => json!(facts.token_endpoint),
            ClaimValue::BackchannelEndpoint => json!(facts.backchannel_authentication_endpoint),
            ClaimValue::IssuerAmongOthers => json!([facts.issuer, OTHER_AUDIENCE]),
        };
        claims.insert(name.to_owned(), value);
    }

    fn seal(
        &self,
        key: &SigningKey,
        client: &SurfaceClient,
        seal: Seal,
        claims: &Map<String, Value>,
    ) -> Result<String, Stop> {
        let signed = |key: &SigningKey| {
            key.sign(claims).map_err(|error| Stop::Broken(format!("a token cannot be signed: {error}")))
        };
        match seal {
            Seal::Own | Seal::NotSigned => signed(key),
            Seal::Stranger => signed(&stranger(key.algorithm()).named(key.id())),
            Seal::Broken => signed(key).map(|token| with_broken_signature(&token)),
            Seal::Unsigned => Ok(unsigned(claims)),
            Seal::Encrypted => Ok(encrypted_in_form(claims)),
            Seal::Shared => {
                let secret = client.secret.as_ref().map(|secret| secret.expose().as_str());
                signed(&SigningKey::of_secret(secret.unwrap_or(client.registered.id())).named(key.id()))
            }
            Seal::OtherAlgorithm => {
                let other = match key.algorithm() {
                    SigningAlgorithm::Ps256 => Some(SigningAlgorithm::Rs256),
                    SigningAlgorithm::Rs256 => Some(SigningAlgorithm::Ps256),
                    SigningAlgorithm::Es256 | SigningAlgorithm::EdDsa | SigningAlgorithm::Hs256 => None,
                };
                let other = other.and_then(|other| key.for_algorithm(other)).ok_or_else(|| {
                    Stop::NotApplicable(format!(
                        "the client's key signs {} and nothing else",
                        key.algorithm()
                    ))
                })?;
                signed(&other)
            }
        }
    }
}

/// The token with another last part of the same length: its first character, which counts whole, is another one.
fn with_broken_signature(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{message}.{first}{}", signature.get(1..).unwrap_or_default())
}
