use crate::ciba::{DeliveryMode, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

/// How a client proves who it is, at the backchannel authentication endpoint and at the token endpoint alike (CIBA Core
/// 1.0, 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// `client_secret_basic`: HTTP Basic (RFC 6749, 2.3.1).
    ClientSecretBasic,
    /// `client_secret_post`: the secret in the form.
    ClientSecretPost,
}

/// A client that the target knows. What a request needs of it is prepared once.
#[derive(Debug, Clone)]
pub struct Client {
    id: String,
    delivery_mode: DeliveryMode,
    credentials: Credentials,
}

#[derive(Debug, Clone)]
enum Credentials {
    /// The whole `Authorization` header.
    Header(HeaderValue),
    /// `&client_id=…&client_secret=…`.
    Form(Secret<String>),
}

impl ClientAuthentication {
    /// The words in files, which are the standard's.
    pub const WORDS: [(&'static str, Self); 2] =
        [("client_secret_basic", Self::ClientSecretBasic), ("client_secret_post", Self::ClientSecretPost)];
}

impl Client {
    /// Prepares a client's credentials.
    pub fn new(
        id: &str,
        secret: &Secret<String>,
        delivery_mode: DeliveryMode,
        by: ClientAuthentication,
    ) -> Self {
        let encode = |value: &str| form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
        let credentials = match by {
            ClientAuthentication::ClientSecretBasic => {
                // Both parts are form-encoded before they are joined: RFC 6749, 2.3.1.
                let pair = format!("{}:{}", encode(id), encode(secret.expose()));
                let mut header = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)))
                    .unwrap_or_else(|_| unreachable!("base64 is a valid header value"));
                header.set_sensitive(true);
                Credentials::Header(header)
            }
            ClientAuthentication::ClientSecretPost => Credentials::Form(Secret::new(format!(
                "&client_id={}&client_secret={}",
                encode(id),
                encode(secret.expose())
            ))),
        };
        Client { id: id.to_owned(), delivery_mode, credentials }
    }

    /// The `client_id`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The delivery mode it was registered with.
    pub fn delivery_mode(&self) -> DeliveryMode {
        self.delivery_mode
    }

    /// Adds what authenticates the client to a request.
    pub fn authenticate(&self, headers: &mut HeaderMap, form: &mut String) {
        match &self.credentials {
            Credentials::Header(header) => {
                headers.insert(AUTHORIZATION, header.clone());
            }
            Credentials::Form(parameters) => form.push_str(parameters.expose()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(by: ClientAuthentication) -> (HeaderMap, String, String) {
        let client = Client::new("a client", &Secret::new("s:e+c%".to_owned()), DeliveryMode::Poll, by);
        let (mut headers, mut form) = (HeaderMap::new(), "scope=openid".to_owned());
        client.authenticate(&mut headers, &mut form);
        (headers, form, format!("{client:?}"))
    }

    #[test]
    fn basic_encodes_both_parts_before_it_joins_them() {
        let (headers, form, debug) = request(ClientAuthentication::ClientSecretBasic);
        let expected = format!("Basic {}", STANDARD.encode("a+client:s%3Ae%2Bc%25"));
        assert_eq!(
            (headers[AUTHORIZATION].to_str().unwrap(), form.as_str()),
            (expected.as_str(), "scope=openid")
        );
        assert!(!debug.contains(&expected[6..]), "{debug}");
    }

    #[test]
    fn post_adds_to_the_form() {
        let (headers, form, debug) = request(ClientAuthentication::ClientSecretPost);
        assert!(headers.is_empty());
        assert_eq!(form, "scope=openid&client_id=a+client&client_secret=s%3Ae%2Bc%25");
        assert!(!debug.contains("s%3A"), "{debug}");
    }
}
