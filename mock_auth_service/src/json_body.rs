//! JSON in and out: bounded, tolerant of what is not known, clear about what is wrong.

use std::time::Duration;

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde_json::{Map, Value, json};
use thiserror::Error;

/// The longest body of `/user/verify` and `/authentication/start`, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A body that is not what it should be.
#[derive(Debug, Error)]
pub(crate) enum BadBody {
    #[error("the body is longer than {0} bytes")]
    TooLong(usize),
    #[error("the body did not arrive within {} s", BODY_TIMEOUT.as_secs())]
    TooSlow,
    #[error("the body broke off")]
    BrokenOff,
    #[error("the body is not JSON: {0}")]
    NotJson(serde_json::Error),
    #[error("the body is {0}; expected a JSON object")]
    NotAnObject(&'static str),
    #[error("{field} is {found}; expected {expected}")]
    WrongType { field: &'static str, found: &'static str, expected: &'static str },
    #[error("{0} is missing or empty")]
    Missing(&'static str),
    /// Only under a fault.
    #[error("{0:?} is not known here")]
    Unknown(String),
    /// Only under a fault.
    #[error("something went wrong")]
    Broken,
}

impl BadBody {
    pub(crate) fn answer(&self) -> Response {
        let status = match self {
            Self::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BrokenOff
            | Self::NotJson(_)
            | Self::NotAnObject(_)
            | Self::WrongType { .. }
            | Self::Missing(_)
            | Self::Unknown(_) => StatusCode::BAD_REQUEST,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        };
        error(status, "invalid_request", &self.to_string())
    }
}

/// The members of a JSON object.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) async fn read(body: Body) -> Result<Self, BadBody> {
        let value: Value = serde_json::from_slice(&bytes(body, MAX_BODY).await?).map_err(BadBody::NotJson)?;
        let found = kind(&value);
        if let Value::Object(members) = value { Ok(Self(members)) } else { Err(BadBody::NotAnObject(found)) }
    }

    /// Refuses members that are not among these, as no service should.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), BadBody> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(BadBody::Unknown(unknown.clone())),
            None => Ok(()),
        }
    }

    /// Whether a member is there and not `null`.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.get(field).is_some_and(|value| !value.is_null())
    }

    /// A text; absent, `null` and empty are the same.
    pub(crate) fn text(&self, field: &'static str) -> Result<Option<&str>, BadBody> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(other) => Err(BadBody::WrongType { field, found: kind(other), expected: "a string" }),
        }
    }

    /// A text that is a member of an object. What is of another type is nobody's agreement, and is as good as absent.
    pub(crate) fn inner_text(&self, object: &str, field: &str) -> Option<&str> {
        self.0.get(object)?.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// A list of texts; absent, `null` and empty are the same.
    pub(crate) fn texts(&self, field: &'static str) -> Result<Vec<&str>, BadBody> {
        let wrong = |found| BadBody::WrongType { field, found, expected: "an array of strings" };
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().ok_or_else(|| wrong("an array with other members")))
                .collect(),
            Some(other) => Err(wrong(kind(other))),
        }
    }
}

/// The whole body of at most `limit` bytes.
pub(crate) async fn bytes(body: Body, limit: usize) -> Result<Bytes, BadBody> {
    match tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, limit).collect()).await {
        Err(_) => Err(BadBody::TooSlow),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BadBody::TooLong(limit)),
        Ok(Err(_)) => Err(BadBody::BrokenOff),
    }
}

/// A JSON answer.
pub(crate) fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let (status, bytes) = match serde_json::to_vec(body) {
        Ok(bytes) => (status, bytes),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
    };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// `{"error": .., "error_description": ..}`.
pub(crate) fn error(status: StatusCode, code: &str, description: &str) -> Response {
    answer(status, &json!({ "error": code, "error_description": description }))
}

/// 503, worth trying again in a second.
pub(crate) fn unavailable(description: &str) -> Response {
    let mut response = error(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", description);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
