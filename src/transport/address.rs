use http::Uri;
use http::uri::InvalidUri;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;
use url::{ParseError, Url};

/// Where a [`Call`](super::Call) goes. It is read once, not for every call, and its clones share what was read.
#[derive(Clone)]
pub struct Address(Arc<Read>);

struct Read {
    url: Url,
    /// The same as the HTTP client has it; there are URLs that it cannot send anything to.
    uri: Result<Uri, InvalidUri>,
}

impl Address {
    /// The address as a URL.
    pub fn url(&self) -> &Url {
        &self.0.url
    }

    /// The same for the HTTP client.
    pub(super) fn uri(&self) -> Result<Uri, String> {
        let uri = self.0.uri.as_ref();
        uri.cloned()
            .map_err(|error| format!("{} is no address that a request can be sent to: {error}", self.0.url))
    }
}

impl From<Url> for Address {
    fn from(url: Url) -> Self {
        let uri = Uri::try_from(url.as_str());
        Address(Arc::new(Read { url, uri }))
    }
}

impl FromStr for Address {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Url::parse(text).map(Address::from)
    }
}

impl Deref for Address {
    type Target = Url;

    fn deref(&self) -> &Url {
        &self.0.url
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.url.fmt(f)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.url.as_str())
    }
}
