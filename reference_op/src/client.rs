//! Clients and how they prove who they are (RFC 6749, 2.3.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};

use crate::error::OauthError;
use crate::form::Form;
use crate::secret::Secret;
use crate::settings::{CLIENT_CREDENTIALS_GRANT, ClientAuthMethod, ClientSettings, DeliveryMode, has_ciba};

/// An application of a workspace.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) ciba: bool,
    pub(crate) client_credentials: bool,
    pub(crate) delivery: DeliveryMode,
    /// Present for every ping client.
    pub(crate) notification_endpoint: Option<String>,
    secret: Secret,
    method: ClientAuthMethod,
}

impl Client {
    pub(crate) fn new(settings: &ClientSettings) -> Self {
        Self {
            id: settings.client_id.clone(),
            name: settings.client_name.clone(),
            scopes: settings.scopes.clone(),
            ciba: has_ciba(&settings.grant_types),
            client_credentials: settings.grant_types.iter().any(|grant| grant == CLIENT_CREDENTIALS_GRANT),
            delivery: settings.token_delivery_mode.unwrap_or(DeliveryMode::Poll),
            notification_endpoint: settings.client_notification_endpoint.clone(),
            secret: settings.client_secret.clone(),
            method: settings.token_endpoint_auth_method,
        }
    }

    /// Whether these are the client's credentials, presented by its registered method.
    pub(crate) fn accepts(&self, credentials: &Credentials) -> bool {
        // The secret is compared first, so that a wrong method takes as long as a right one.
        self.secret.matches(credentials.secret.expose()) && self.method == credentials.method
    }
}

/// Credentials as they were presented.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) secret: Secret,
    pub(crate) method: ClientAuthMethod,
}

impl Credentials {
    /// Reads the credentials of a request: HTTP Basic or two body parameters, never both.
    pub(crate) fn read(headers: &HeaderMap, form: &Form) -> Result<Self, OauthError> {
        let mut authorization = headers.get_all(header::AUTHORIZATION).iter();
        let first = authorization.next();
        if authorization.next().is_some() {
            return Err(OauthError::invalid_request("more than one Authorization header"));
        }
        match (first, form.get("client_secret")) {
            (Some(_), Some(_)) => {
                Err(OauthError::invalid_request("the client authenticates in the header and in the body"))
            }
            (Some(value), None) => {
                let credentials = value.to_str().ok().and_then(basic).ok_or_else(|| {
                    OauthError::invalid_client("the Authorization header is not HTTP Basic")
                })?;
                if form.get("client_id").is_some_and(|id| id != credentials.client_id) {
                    return Err(OauthError::invalid_request(
                        "client_id is not the client that authenticates",
                    ));
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
            (None, None) => Err(OauthError::invalid_client("no client authentication")),
        }
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
