use http::Uri;

/// Last part of the page's path.
pub(super) const SEGMENT: &str = "cibasimulator";

/// Where the page of a workspace is, as browsers see it.
pub(super) struct Address {
    /// Scheme, host and port, as browsers write them into `Origin` (RFC 6454, 6.2).
    pub(super) origin: String,
    /// The page's path.
    pub(super) path: String,
    /// Whether cookies are for TLS only.
    pub(super) secure: bool,
}

impl Address {
    /// From the issuer, which is the URL of the workspace.
    pub(super) fn of(issuer: &str) -> Self {
        let uri: Uri = issuer.parse().unwrap_or_default();
        let (scheme, authority) = (uri.scheme_str().unwrap_or_default(), uri.authority());
        let authority = authority.map_or("", |authority| authority.as_str()).to_ascii_lowercase();
        // Browsers leave out the port that a scheme has anyway.
        let usual = if scheme == "https" { ":443" } else { ":80" };
        Self {
            origin: format!("{scheme}://{}", authority.strip_suffix(usual).unwrap_or(&authority)),
            path: format!("{}/{SEGMENT}", uri.path().trim_end_matches('/')),
            secure: scheme == "https",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_browsers_write_them() {
        for (issuer, origin, secure) in [
            ("http://127.0.0.1:4000/default/ciba", "http://127.0.0.1:4000", false),
            ("http://OP.test:80/default/ciba", "http://op.test", false),
            ("https://op.test:443/default/ciba", "https://op.test", true),
            ("https://[::1]:4000/default/ciba", "https://[::1]:4000", true),
        ] {
            let address = Address::of(issuer);
            assert_eq!((address.origin.as_str(), address.secure), (origin, secure), "{issuer}");
            assert_eq!(address.path, "/default/ciba/cibasimulator");
        }
    }
}
