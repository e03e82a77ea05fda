//! HTTP Basic on the way in.

use aws_lc_rs::digest::{Digest, SHA256, digest};
use axum::response::Response;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use subtle::ConstantTimeEq;

use crate::{fault::Fault, fault::FaultSet, json_body, secret::Secret};

/// The one user and password that may call.
pub(crate) struct BasicGuard {
    /// A digest, so that comparing takes the same time whatever the length.
    expected: Digest,
}

impl BasicGuard {
    pub(crate) fn new(user: &str, password: &Secret) -> Self {
        let pair = format!("{user}:{}", password.expose());
        Self { expected: digest(&SHA256, pair.as_bytes()) }
    }

    /// Whether the request carries the right `Authorization: Basic` header.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(pair) = headers.get(header::AUTHORIZATION).and_then(credentials) else {
            return false;
        };
        digest(&SHA256, &pair).as_ref().ct_eq(self.expected.as_ref()).into()
    }
}

/// The answer to everybody else.
pub(crate) fn unauthorized(faults: FaultSet) -> Response {
    let mut response = json_body::error(
        StatusCode::UNAUTHORIZED,
        "invalid_basic_auth",
        "HTTP Basic credentials are missing or wrong; use the user and password configured for the authentication service",
    );
    let challenge = HeaderValue::from_static("Basic realm=\"authentication service\", charset=\"UTF-8\"");
    if !faults.has(Fault::NoChallenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Whether the request carries any credentials of HTTP Basic at all.
pub(crate) fn names_somebody(headers: &HeaderMap) -> bool {
    headers.get(header::AUTHORIZATION).and_then(credentials).is_some()
}

/// `user:password` out of the header's value.
fn credentials(value: &HeaderValue) -> Option<Vec<u8>> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    STANDARD.decode(encoded.trim()).ok()
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use http::{HeaderMap, header};

    use super::BasicGuard;
    use crate::secret::Secret;

    #[test]
    fn only_the_right_pair_is_admitted() {
        let guard = BasicGuard::new("user", &Secret::new("pa:ss"));
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        for (value, admitted) in [
            (basic("user:pa:ss"), true),
            (basic("user:pa:ss").replace("Basic", "bAsIc"), true),
            (basic("user:pa:s"), false),
            (basic("user:pa:sss"), false),
            (basic("User:pa:ss"), false),
            (basic("user"), false),
            (basic(""), false),
            ("Basic".to_owned(), false),
            ("Basic %%%".to_owned(), false),
            (basic("user:pa:ss").replace("Basic", "Bearer"), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            assert_eq!(guard.admits(&headers), admitted, "{value}");
        }
        assert!(!guard.admits(&HeaderMap::new()));
    }
}
