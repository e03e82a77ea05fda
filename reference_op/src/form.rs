//! Form-encoded requests (RFC 6749, Appendix B).

use std::collections::HashSet;

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Map, Value};

use crate::error::OauthError;
use crate::fault::{Fault, FaultSet};

/// Largest request body in bytes.
const MAX_BODY: usize = 64 * 1024;

/// The parameters of a request; empty values count as absent (RFC 6749, 3.1).
#[derive(Clone, Debug)]
pub(crate) struct Form(Vec<(String, String)>);

/// What is taken although it is malformed. The default takes nothing.
#[derive(Clone, Copy, Default)]
pub(crate) struct Leniency {
    json: bool,
    repeated_hint: bool,
    repeated_parameter: bool,
    repeated_auth_req_id: bool,
    /// Whether what cannot be read is answered as an error of the server.
    crashes: bool,
}

impl Form {
    /// Parameters that did not come as a form.
    pub(crate) fn of(parameters: Vec<(String, String)>) -> Self {
        Self(parameters)
    }

    /// Reads and parses the body.
    pub(crate) async fn read(request: Request<Body>, leniency: Leniency) -> Result<Self, OauthError> {
        let (head, body) = request.into_parts();
        // Only a fault of the router lets a GET come here.
        if head.method == Method::GET {
            return Self::parse(head.uri.query().unwrap_or("").as_bytes(), leniency);
        }
        let essence = essence(&head.headers);
        let json = leniency.json && essence.eq_ignore_ascii_case("application/json");
        if !json && !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(OauthError::invalid_request("the body must be application/x-www-form-urlencoded"));
        }
        let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| {
            let error = OauthError::invalid_request("the body is too large or broken off");
            leniency.unreadable(error.with_status(StatusCode::PAYLOAD_TOO_LARGE))
        })?;
        if json { Self::parse_json(&bytes) } else { Self::parse(&bytes, leniency) }
    }

    /// Parses; a parameter given twice is an error, known or not (RFC 6749, 3.2).
    pub(crate) fn parse(body: &[u8], leniency: Leniency) -> Result<Self, OauthError> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let mut names = HashSet::new();
        for (name, value) in &pairs {
            if !names.insert(name.as_str()) && !leniency.lets_repeat(name) {
                return Err(OauthError::invalid_request("a parameter is given more than once"));
            }
            // The decoder replaces what is not UTF-8 by this character.
            if value.contains('\u{FFFD}') || name.contains('\u{FFFD}') {
                return Err(leniency.unreadable(OauthError::invalid_request("the body is not UTF-8")));
            }
        }
        Ok(Self(pairs))
    }

    fn parse_json(body: &[u8]) -> Result<Self, OauthError> {
        let members: Map<String, Value> = serde_json::from_slice(body)
            .map_err(|_| OauthError::invalid_request("the body is not a JSON object"))?;
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok(Self(members.into_iter().map(|(name, value)| (name, text(value))).collect()))
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that must be there.
    pub(crate) fn require(&self, name: &'static str) -> Result<&str, OauthError> {
        self.get(name).ok_or_else(|| OauthError::invalid_request(format!("{name} is missing")))
    }

    /// The names of all parameters, empty ones too.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl Leniency {
    /// How authentication requests are read.
    pub(crate) fn of_authentication_requests(faults: FaultSet) -> Self {
        Self {
            json: faults.has(Fault::JsonBodyAccepted),
            repeated_hint: faults.has(Fault::DuplicateHintAccepted),
            repeated_parameter: faults.has(Fault::DuplicateParameterAccepted),
            repeated_auth_req_id: false,
            crashes: faults.has(Fault::MalformedInput500),
        }
    }

    /// How token requests are read.
    pub(crate) fn of_token_requests(faults: FaultSet) -> Self {
        Self { repeated_auth_req_id: faults.has(Fault::AuthReqIdTwiceAccepted), ..Self::default() }
    }

    fn lets_repeat(self, name: &str) -> bool {
        match name {
            "login_hint" | "login_hint_token" | "id_token_hint" => self.repeated_hint,
            "auth_req_id" => self.repeated_auth_req_id || self.repeated_parameter,
            _ => self.repeated_parameter,
        }
    }

    fn unreadable(self, error: OauthError) -> OauthError {
        if self.crashes { OauthError::crash() } else { error }
    }
}

fn essence(headers: &HeaderMap) -> &str {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.unwrap_or("").split(';').next().unwrap_or("").trim()
}
