//! Bearer tokens in requests (RFC 6750, 2.1).

use http::{HeaderMap, header};

/// The one bearer token of a request; `None` for none, another scheme, or several Authorization headers.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim())
}
