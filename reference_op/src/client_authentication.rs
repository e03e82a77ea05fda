//! How clients prove who they are (RFC 6749, 2.3.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};

use crate::client_assertion;
use crate::error::OauthError;
use crate::fault::{Fault, FaultSet};
use crate::form::Form;
use crate::secret::Secret;
use crate::settings::ClientAuthMethod;

/// Credentials as they were presented.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) secret: Secret,
    pub(crate) method: ClientAuthMethod,
}

impl Credentials {
    /// Reads the credentials of a request: HTTP Basic or two body parameters, never both.
    pub(crate) fn read(headers: &HeaderMap, form: &Form, leniency: Leniency) -> Result<Self, OauthError> {
        let mut authorization = headers.get_all(header::AUTHORIZATION).iter();
        let first = authorization.next();
        if authorization.next().is_some() {
            return Err(OauthError::invalid_request("more than one Authorization header"));
        }
        match (first, form.get("client_secret")) {
            (Some(_), Some(_)) if !leniency.header_beats_secret => {
                Err(OauthError::invalid_request("the client authenticates in the header and in the body"))
            }
            (Some(value), _) => {
                let credentials = value.to_str().ok().and_then(basic).ok_or_else(|| {
                    OauthError::invalid_client("the Authorization header is not HTTP Basic")
                })?;
                let other = form.get("client_id").is_some_and(|id| id != credentials.client_id);
                if other && !leniency.header_beats_client_id {
                    return Err(OauthError::invalid_client("client_id is not the client that authenticates"));
                }
                Ok(credentials)
            }
            (None, Some(secret)) => {
                let id = form
                    .get("client_id")
                    .ok_or_else(|| OauthError::invalid_request("client_id is missing"))?;
                Ok(Self {
                    client_id: id.to_owned(),
                    secret: Secret::new(secret),
                    method: ClientAuthMethod::ClientSecretPost,
                })
            }
            (None, None) if leniency.no_client_is_no_failure && form.get("client_id").is_none() => {
                Err(OauthError::invalid_request("client_id is missing"))
            }
            (None, None) => Err(OauthError::invalid_client("no client authentication")),
        }
    }
}

/// The client that a request says it comes from, proved or not.
pub(crate) fn claimed_client(headers: &HeaderMap, form: &Form) -> Option<String> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(basic);
    header.map(|credentials| credentials.client_id).or_else(|| form.get("client_id").map(str::to_owned))
}

/// What an endpoint overlooks. The default overlooks nothing.
#[derive(Clone, Copy, Default)]
pub(crate) struct Leniency {
    client_id_is_enough: bool,
    pub(crate) any_secret: bool,
    pub(crate) any_method: bool,
    header_beats_secret: bool,
    header_beats_client_id: bool,
    no_client_is_no_failure: bool,
    assertions: client_assertion::Leniency,
}

impl Leniency {
    /// How clients authenticate at the backchannel authentication endpoint (CIBA Core 1.0, 7.2).
    pub(crate) fn at_backchannel_authentication(faults: FaultSet) -> Self {
        let mut leniency = Self {
            client_id_is_enough: faults.has(Fault::BackchannelWithoutCredentials),
            any_secret: faults.has(Fault::BackchannelWrongSecret),
            ..Self::of_any_endpoint(faults)
        };
        leniency.assertions.forged = faults.has(Fault::BackchannelAssertionForged);
        leniency
    }

    /// How clients authenticate at the token endpoint (CIBA Core 1.0, 10.1).
    pub(crate) fn at_token_endpoint(faults: FaultSet) -> Self {
        let mut leniency = Self {
            client_id_is_enough: faults.has(Fault::TokenWithoutCredentials),
            any_secret: faults.has(Fault::TokenWrongSecret),
            ..Self::of_any_endpoint(faults)
        };
        leniency.assertions.forged = faults.has(Fault::TokenAssertionForged);
        leniency
    }

    fn of_any_endpoint(faults: FaultSet) -> Self {
        Self {
            any_method: faults.has(Fault::AnyAuthMethodAccepted),
            header_beats_secret: faults.has(Fault::TwoAuthMethodsAccepted),
            header_beats_client_id: faults.has(Fault::ClientIdMismatchAccepted),
            no_client_is_no_failure: faults.has(Fault::NoClientInvalidRequest),
            assertions: client_assertion::Leniency::of(faults),
            ..Self::default()
        }
    }

    /// What is overlooked of assertions.
    pub(crate) fn of_assertions(self) -> client_assertion::Leniency {
        let mut leniency = self.assertions;
        leniency.any_method = self.any_method;
        leniency
    }

    /// The client that a request names without any credentials, if that is enough.
    pub(crate) fn name_without_proof<'a>(self, headers: &HeaderMap, form: &'a Form) -> Option<&'a str> {
        let proof = headers.contains_key(header::AUTHORIZATION)
            || form.get("client_secret").is_some()
            || form.get("client_assertion").is_some();
        form.get("client_id").filter(|_| self.client_id_is_enough && !proof)
    }
}

/// `Basic base64(form-encoded id ":" form-encoded secret)`.
fn basic(header: &str) -> Option<Credentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some(Credentials {
        client_id: form_decode(id),
        secret: Secret::new(form_decode(secret)),
        method: ClientAuthMethod::ClientSecretBasic,
    })
}

/// Decodes one form-encoded value; a raw `&` is tolerated since it cannot mean anything else here.
fn form_decode(value: &str) -> String {
    let pair = format!("v={}", value.replace('&', "%26"));
    form_urlencoded::parse(pair.as_bytes()).map(|(_, value)| value.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_decoded() {
        for (plain, id, secret) in [
            ("id:secret", "id", "secret"),
            ("a%3Ab:s+p%2Bq%25", "a:b", "s p+q%"),
            ("id:with:colons&and=more", "id", "with:colons&and=more"),
            ("id:", "id", ""),
        ] {
            let credentials = basic(&format!("bAsIc {}", STANDARD.encode(plain))).unwrap();
            assert_eq!((credentials.client_id.as_str(), credentials.secret.expose()), (id, secret));
        }
        for bad in ["Bearer abc", "Basic", "Basic !!!", "Basic bm9jb2xvbg=="] {
            assert!(basic(bad).is_none(), "{bad}");
        }
    }
}
