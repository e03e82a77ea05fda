//! What a server pushes, read leniently: what is wrong with it is for claims to say.

use super::{Scene, Tokens};
use crate::record::{CheckExchange, Exchange, redact_body};
use serde_json::Value;
use std::fmt;
use tokio::time::Instant;

/// The body of a push. Never shown.
#[derive(Clone)]
pub struct Pushed {
    /// The body as JSON, if it is that.
    json: Option<Value>,
    redacted: String,
}

impl Pushed {
    /// Reads a body.
    pub(super) fn read(body: &[u8]) -> Self {
        Pushed { json: serde_json::from_slice(body).ok(), redacted: redact_body(body) }
    }

    /// A member of the body, if that is an object and has it.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.json.as_ref()?.as_object()?.get(name)
    }

    /// The same, if it is a text with anything in it.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.member(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Whether the body is a JSON object.
    pub fn is_object(&self) -> bool {
        self.json.as_ref().is_some_and(Value::is_object)
    }

    /// What kind of push it is, in words.
    pub fn in_words(&self) -> String {
        match (self.member("error"), self.member("access_token")) {
            (Some(error), _) => format!("a push with the error {}", super::cut(&error.to_string())),
            (None, Some(_)) => "a push with an access token".to_owned(),
            (None, None) if self.is_object() => "a push with neither tokens nor an error".to_owned(),
            (None, None) => "a push that is no JSON object".to_owned(),
        }
    }

    pub(super) fn tokens(&self, at: Instant) -> Option<Tokens> {
        let text = |name| self.text(name).map(str::to_owned);
        self.member("access_token").map(|_| Tokens {
            access_token: text("access_token"),
            refresh_token: text("refresh_token"),
            id_token: text("id_token"),
            expires_in: self.member("expires_in").and_then(Value::as_u64),
            at,
        })
    }
}

impl fmt::Debug for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pushed(..)")
    }
}

impl Scene {
    /// Keeps a push for the report.
    pub(super) fn keep_push(&mut self, push: &Pushed, at: Instant) {
        let exchange = Exchange {
            request: "POST (push to the client notification endpoint)".to_owned(),
            form: push.redacted.clone(),
            status: None,
            headers: Vec::new(),
            body: String::new(),
            correlation_id: String::new(),
            trace_id: None,
        };
        let at_ms = self.ms(at);
        self.exchanges.push(CheckExchange { step: self.step, at_ms, took_ms: 0.0, exchange, failure: None });
    }
}
