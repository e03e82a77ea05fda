//! Form-encoded request bodies (RFC 6749, Appendix B).

use std::collections::HashSet;

use axum::body::{Body, to_bytes};
use http::{Request, StatusCode, header};

use crate::error::OauthError;

/// Largest request body in bytes.
const MAX_BODY: usize = 64 * 1024;

/// The parameters of a request; empty values count as absent (RFC 6749, 3.1).
#[derive(Debug)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads and parses the body.
    pub(crate) async fn read(request: Request<Body>) -> Result<Self, OauthError> {
        let (head, body) = request.into_parts();
        let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.unwrap_or("").split(';').next().unwrap_or("").trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(OauthError::invalid_request("the body must be application/x-www-form-urlencoded"));
        }
        let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| {
            OauthError::invalid_request("the body is too large or broken off")
                .with_status(StatusCode::PAYLOAD_TOO_LARGE)
        })?;
        Self::parse(&bytes)
    }

    /// Parses; a parameter given twice is an error, known or not (RFC 6749, 3.2).
    pub(crate) fn parse(body: &[u8]) -> Result<Self, OauthError> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let mut names = HashSet::new();
        for (name, value) in &pairs {
            if !names.insert(name.as_str()) {
                return Err(OauthError::invalid_request("a parameter is given more than once"));
            }
            // The decoder replaces what is not UTF-8 by this character.
            if value.contains('\u{FFFD}') || name.contains('\u{FFFD}') {
                return Err(OauthError::invalid_request("the body is not UTF-8"));
            }
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that must be there.
    pub(crate) fn require(&self, name: &'static str) -> Result<&str, OauthError> {
        self.get(name).ok_or_else(|| OauthError::invalid_request(format!("{name} is missing")))
    }
}
