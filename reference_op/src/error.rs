//! Answers: JSON bodies, OAuth errors (RFC 6749, 5.2; CIBA Core 1.0, 11 and 13) and system API errors.

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::fault::{Fault, FaultSet};

/// A JSON answer that nobody may store (RFC 6749, 5.1).
pub(crate) fn json_answer(status: StatusCode, body: &impl Serialize) -> Response {
    // Bodies are structs and maps with text keys, which always serialise.
    let bytes = serde_json::to_vec(body).expect("answers serialise");
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// An answer that should have been JSON.
fn text_answer(status: StatusCode, content_type: &'static str, text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")];
    (status, headers, text).into_response()
}

/// An OAuth error answer.
#[derive(Debug)]
pub(crate) struct OauthError {
    status: StatusCode,
    code: &'static str,
    description: Cow<'static, str>,
    uri: Option<&'static str>,
    challenge: Option<&'static str>,
    retry_after: Option<Duration>,
    media: Media,
}

/// What the body of an error is. The standard knows JSON only.
#[derive(Clone, Copy, Debug)]
enum Media {
    Json,
    /// JSON that is called text.
    JsonAsText,
    Html,
    Text,
}

impl OauthError {
    /// A 400 with the given code. The description must be free of quotes, backslashes and non-ASCII characters.
    pub(crate) fn new(code: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        let description = description.into();
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            description,
            uri: None,
            challenge: None,
            retry_after: None,
            media: Media::Json,
        }
    }

    pub(crate) fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid_request", description)
    }

    pub(crate) fn invalid_scope(description: &'static str) -> Self {
        Self::new("invalid_scope", description)
    }

    pub(crate) fn invalid_grant() -> Self {
        Self::new("invalid_grant", "the auth_req_id is unknown, redeemed or issued to another client")
    }

    /// 401 with a challenge (CIBA Core 1.0, 13; RFC 6749, 5.2).
    pub(crate) fn invalid_client(description: &'static str) -> Self {
        let mut error = Self::new("invalid_client", description).with_status(StatusCode::UNAUTHORIZED);
        error.challenge = Some("Basic realm=\"client\", charset=\"UTF-8\"");
        error
    }

    /// 401 for a missing or dead bearer token (RFC 6750, 3.1).
    pub(crate) fn invalid_token() -> Self {
        let mut error = Self::new("invalid_token", "the access token is missing, unknown or expired")
            .with_status(StatusCode::UNAUTHORIZED);
        error.challenge = Some("Bearer error=\"invalid_token\"");
        error
    }

    /// 500 (CIBA Core 1.0 leaves errors of the server to HTTP).
    pub(crate) fn server_error(description: &'static str) -> Self {
        Self::new("server_error", description).with_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// 503 with Retry-After (CIBA Core 1.0, 10.1; RFC 9110, 10.2.3).
    pub(crate) fn overloaded(retry_after: Duration) -> Self {
        Self::new("temporarily_unavailable", "too much is under way; come again later")
            .with_status(StatusCode::SERVICE_UNAVAILABLE)
            .with_retry_after(retry_after)
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The error code, which is also the outcome in the access log.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let mut body = json!({"error": self.code, "error_description": self.description});
        if let Some(uri) = self.uri {
            body["error_uri"] = json!(uri);
        }
        let mut response = match self.media {
            Media::Json => json_answer(self.status, &body),
            Media::JsonAsText => text_answer(self.status, "text/plain", body.to_string()),
            Media::Html => {
                let page = format!("<html><body><h1>{}</h1>{}</body></html>", self.status, self.description);
                text_answer(self.status, "text/html", page)
            }
            Media::Text => text_answer(self.status, "text/plain", self.description.into_owned()),
        };
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(delay) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(delay.as_secs()));
        }
        response
    }
}

/// How public endpoints word their errors.
impl OauthError {
    /// A description outside the characters of RFC 6749, 5.2.
    const OUTLANDISH: Cow<'static, str> = Cow::Borrowed("d\u{e9}sol\u{e9}: \"no\"");

    /// As the backchannel authentication endpoint words it (CIBA Core 1.0, 13).
    pub(crate) fn at_backchannel_authentication(self, faults: FaultSet) -> Self {
        let mut error = self.of_any_endpoint(faults);
        if faults.has(Fault::BackchannelErrorUnlistedCode) && error.code == "invalid_request" {
            error.code = "bad_request";
        }
        if faults.has(Fault::BackchannelErrorDescriptionQuotes) {
            error.description = Self::OUTLANDISH;
        }
        if faults.has(Fault::BackchannelErrorUriMalformed) {
            error.uri = Some("not a uri");
        }
        if faults.has(Fault::BackchannelErrorHtml) {
            error.media = Media::Html;
        }
        error
    }

    /// As the token endpoint words it (CIBA Core 1.0, 11; RFC 6749, 5.2).
    pub(crate) fn at_token_endpoint(self, faults: FaultSet) -> Self {
        let mut error = self.of_any_endpoint(faults);
        if faults.has(Fault::TokenErrorDescriptionQuotes) {
            error.description = Self::OUTLANDISH;
        }
        if faults.has(Fault::TokenErrorAsText) {
            error.media = Media::JsonAsText;
        }
        error
    }

    fn of_any_endpoint(mut self, faults: FaultSet) -> Self {
        if self.code == "invalid_client" {
            if faults.has(Fault::InvalidClient400) {
                self.status = StatusCode::BAD_REQUEST;
            }
            if faults.has(Fault::ChallengeMissing) {
                self.challenge = None;
            }
        }
        self
    }

    /// What a server says that did not expect its input: 500 and a page.
    pub(crate) fn crash() -> Self {
        let mut error = Self::server_error("something went wrong");
        error.media = Media::Html;
        error
    }

    /// A 429 without anything that helps.
    pub(crate) fn bare_too_many_requests() -> Self {
        let mut error =
            Self::new("too_many_requests", "too many requests").with_status(StatusCode::TOO_MANY_REQUESTS);
        error.media = Media::Text;
        error
    }
}

/// An error of the system API: `{status_code, error, error_code, details}`.
#[derive(Debug)]
pub(crate) struct SystemError {
    status: StatusCode,
    code: &'static str,
    reason: &'static str,
}

impl SystemError {
    pub(crate) fn new(status: StatusCode, code: &'static str, reason: &'static str) -> Self {
        Self { status, code, reason }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for SystemError {
    fn into_response(self) -> Response {
        let body = json!({
            "status_code": self.status.as_u16(),
            "error": self.status.canonical_reason().unwrap_or(""),
            "error_code": self.code,
            "details": {"reason": self.reason},
        });
        let mut response = json_answer(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
