//! URLs of a target.

use std::fmt;

use url::{Host, Url};

/// An `http` or `https` URL without credentials, query and fragment, kept as it was written: an issuer is compared
/// letter by letter (OpenID Connect Discovery 1.0, 4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl {
    text: String,
    url: Url,
}

/// Why a text is not such a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlError {
    /// Anything but an absolute `http` or `https` URL.
    #[error("an absolute http or https URL without query and fragment")]
    NotHttp,
    /// User name or password in it.
    #[error("a URL without user name and password; they would end up in reports")]
    Credentials,
}

impl ServerUrl {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// What it should have been.
    pub fn parse(text: &str) -> Result<Self, ServerUrlError> {
        let url = Url::parse(text).map_err(|_| ServerUrlError::NotHttp)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ServerUrlError::Credentials);
        }
        let is_http = matches!(url.scheme(), "http" | "https") && url.host().is_some();
        if !is_http || url.query().is_some() || url.fragment().is_some() {
            return Err(ServerUrlError::NotHttp);
        }
        Ok(Self { text: text.to_owned(), url })
    }

    /// The URL as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL in parts.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether the host is this one, whatever its resolver says.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_recognised() {
        let table = [
            ("http://127.0.0.1:8080/acme/bank", true),
            ("http://127.3.2.1", true),
            ("http://[::1]:9", true),
            ("http://localhost:1", true),
            ("https://LOCALHOST", true),
            ("https://id.example.com", false),
            ("https://localhost.example.com", false),
            ("https://127.0.0.1.example.com", false),
            ("http://10.0.0.1", false),
            ("http://0.0.0.0", false),
        ];
        for (text, expected) in table {
            let url = ServerUrl::parse(text).unwrap();
            assert_eq!((url.is_loopback(), url.as_str()), (expected, text));
        }
    }

    #[test]
    fn what_is_no_server_url() {
        for text in
            ["", "id.example.com", "ftp://a", "http://", "/path", "http://a?b=c", "http://a#b", "mailto:a@b"]
        {
            assert_eq!(ServerUrl::parse(text), Err(ServerUrlError::NotHttp), "{text}");
        }
        assert_eq!(ServerUrl::parse("http://me:secret@a"), Err(ServerUrlError::Credentials));
    }
}
