//! The server's system APIs: fetch, accept and reject a scope grant.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use serde::Serialize;
use tokio::time::Instant;

use crate::{
    clock::Clock,
    counts::Counters,
    exchange::{Exchange, NoAnswer},
    fault::{Fault, FaultSet},
    outgoing::Outgoing,
    settings::{SettingsError, SystemClient},
    token::{Bearer, TokenCache},
};

/// Pauses before a request is sent again: the server may store a login only after its `/authentication/start` was answered.
/// Their number bounds the repetitions.
const BACK_OFF: [Duration; 7] = [
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1_600),
];

pub(crate) struct SystemApi {
    faults: FaultSet,
    base: String,
    exchange: Exchange,
    token: TokenCache,
    clock: Clock,
}

/// Which login a call is about.
#[derive(Clone, Copy)]
pub(crate) struct LoginRef<'a> {
    pub login_id: &'a str,
    pub login_state: Option<&'a str>,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: Option<u16>,
    /// When the request was handed over to the transport for the last time.
    pub sent: Option<Instant>,
    pub answered: Instant,
    pub attempts: u32,
    pub problem: Option<String>,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl SystemApi {
    pub(crate) fn new(
        client: &SystemClient,
        faults: FaultSet,
        outgoing: Outgoing,
        clock: Clock,
    ) -> Result<Self, SettingsError> {
        let endpoint = client.token_uri()?;
        Ok(Self {
            faults,
            base: client.resolved_api_base()?,
            exchange: Exchange::new(outgoing),
            token: TokenCache::new(endpoint, client, faults, clock.clone()).ok_or(SettingsError::ClientId)?,
            clock,
        })
    }

    pub(crate) fn close(&self) {
        self.exchange.close();
    }

    /// `GET /scope-grants/{login}`.
    pub(crate) async fn details(&self, login: LoginRef<'_>, counts: &Counters) -> Answer {
        let query =
            login.login_state.map_or_else(String::new, |state| format!("?login_state={}", encode(state)));
        let call =
            Call { method: Method::GET, path: format!("{}{query}", path(login, "")), body: Bytes::new() };
        self.call(&call, counts, |_| {}).await
    }

    /// `POST /scope-grants/{login}/accept` with the scopes to grant, or `/reject` without. `on_sent` is called each time that
    /// the request is handed over to the transport.
    pub(crate) async fn decide(
        &self,
        login: LoginRef<'_>,
        granted_scopes: Option<&[&str]>,
        counts: &Counters,
        on_sent: impl Fn(Instant),
    ) -> Answer {
        let LoginRef { login_id, login_state } = login;
        let (tail, body) = match granted_scopes {
            Some(granted_scopes) => {
                ("/accept", serde_json::to_vec(&Accept { id: login_id, login_state, granted_scopes }))
            }
            None => ("/reject", serde_json::to_vec(&Reject::new(login))),
        };
        match body {
            Ok(body) => {
                let call = Call { method: Method::POST, path: path(login, tail), body: body.into() };
                self.call(&call, counts, on_sent).await
            }
            Err(error) => self.unsent(0, None, error.to_string()),
        }
    }

    /// Sends until there is an answer that counts: again after 403, 404 and a failed connect, once more with a new token
    /// after 401, and never when the server may have taken the request.
    async fn call(&self, call: &Call, counts: &Counters, on_sent: impl Fn(Instant)) -> Answer {
        let mut pauses = BACK_OFF.into_iter();
        let (mut attempts, mut sent, mut renewed) = (0, None, false);
        let gives_up = self.faults.has(Fault::GivesUpAfter401);
        loop {
            let outcome = match self.token.bearer(&self.exchange, counts).await {
                Err(failure) => Outcome::from(failure),
                Ok(bearer) => {
                    let request = match call.request(&self.base, &bearer, self.faults) {
                        Ok(request) => request,
                        Err(error) => return self.unsent(attempts, sent, error.to_string()),
                    };
                    let at = self.clock.now();
                    sent = Some(at);
                    attempts += 1;
                    on_sent(at);
                    match self.exchange.send(request).await {
                        Ok(response)
                            if response.status() == StatusCode::UNAUTHORIZED && !renewed && !gives_up =>
                        {
                            renewed = true;
                            self.token.forget(&bearer).await;
                            counts.add(|counts| counts.decisions.reauthorized += 1);
                            continue;
                        }
                        Ok(response) => Outcome::from(response.status()),
                        Err(failure) => Outcome::from(failure),
                    }
                }
            };
            if outcome.may_repeat
                && let Some(pause) = pauses.next()
            {
                counts.add(|counts| counts.decisions.retried += 1);
                tokio::time::sleep(pause).await;
                continue;
            }
            let Outcome { status, problem, .. } = outcome;
            return Answer { status, sent, answered: self.clock.now(), attempts, problem };
        }
    }

    fn unsent(&self, attempts: u32, sent: Option<Instant>, problem: String) -> Answer {
        Answer { status: None, sent, answered: self.clock.now(), attempts, problem: Some(problem) }
    }
}

struct Call {
    method: Method,
    path: String,
    body: Bytes,
}

impl Call {
    fn request(
        &self,
        base: &str,
        bearer: &Bearer,
        faults: FaultSet,
    ) -> Result<Request<Bytes>, http::uri::InvalidUri> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = format!("{base}{}", self.path).parse::<Uri>()?;
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, bearer.header.clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if self.method == Method::POST {
            let text = faults.has(Fault::DecisionAsText);
            let form = if text { "text/plain" } else { "application/json" };
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form));
        }
        if faults.has(Fault::BearerMadeUp) {
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer made-up"));
        }
        Ok(request)
    }
}

struct Outcome {
    status: Option<u16>,
    may_repeat: bool,
    problem: Option<String>,
}

impl From<StatusCode> for Outcome {
    fn from(status: StatusCode) -> Self {
        let problem = (!status.is_success()).then(|| format!("the server answered {}", status.as_u16()));
        let may_repeat = matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
        Self { status: Some(status.as_u16()), may_repeat, problem }
    }
}

impl From<NoAnswer> for Outcome {
    fn from(failure: NoAnswer) -> Self {
        Self { status: None, may_repeat: failure.never_left, problem: Some(failure.problem) }
    }
}

#[derive(Serialize)]
struct Accept<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    login_state: Option<&'a str>,
    granted_scopes: &'a [&'a str],
}

#[derive(Serialize)]
struct Reject<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    login_state: Option<&'a str>,
    error: &'static str,
    error_cause: &'static str,
    error_description: &'static str,
    status_code: u16,
}

impl<'a> Reject<'a> {
    fn new(login: LoginRef<'a>) -> Self {
        Self {
            id: login.login_id,
            login_state: login.login_state,
            error: "rejected",
            error_cause: "consent_rejected",
            error_description: "The user rejected the authentication.",
            status_code: 403,
        }
    }
}

fn path(login: LoginRef<'_>, tail: &str) -> String {
    format!("/scope-grants/{}{tail}", encode(login.login_id))
}

/// Percent-encodes everything but RFC 3986's unreserved characters: login ids and states are opaque.
fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn opaque_ids_stay_one_path_segment() {
        for (text, expected) in
            [("c0d3-._~A9", "c0d3-._~A9"), ("a/b?c#d", "a%2Fb%3Fc%23d"), ("ä ", "%C3%A4%20")]
        {
            assert_eq!(encode(text), expected);
        }
    }
}
