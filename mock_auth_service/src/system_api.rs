//! The server's system APIs: fetch, accept and reject a scope grant, or a consent.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use serde::Serialize;
use tokio::time::Instant;

use crate::{
    clock::Clock,
    counts::Counters,
    exchange::{Exchange, NoAnswer},
    fault::{Fault, FaultSet},
    open_banking::{ConsentApi, ConsentPaths},
    outgoing::Outgoing,
    settings::{SettingsError, SystemClient},
    token::{Bearer, Purpose, TokenCache},
};

/// Pauses before a request is sent again: the server may store a login only after its `/authentication/start` was answered.
/// Their number bounds the repetitions.
pub(crate) const BACK_OFF: [Duration; 7] = [
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
    /// Where consents are decided.
    consents_base: String,
    exchange: Exchange,
    token: TokenCache,
    consents_token: TokenCache,
    clock: Clock,
}

/// Which login a call is about.
#[derive(Clone, Copy)]
pub(crate) struct LoginRef<'a> {
    pub login_id: &'a str,
    pub login_state: Option<&'a str>,
    pub consent: Option<ConsentApi>,
}

/// What an approval grants; the accounts matter for a consent only.
#[derive(Clone, Copy)]
pub(crate) struct Granted<'a> {
    pub scopes: &'a [&'a str],
    pub accounts: &'a [String],
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
    pub body: Bytes,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl SystemApi {
    pub(crate) fn new(
        client: &SystemClient,
        paths: ConsentPaths,
        faults: FaultSet,
        outgoing: Outgoing,
        clock: Clock,
    ) -> Result<Self, SettingsError> {
        let endpoint = client.token_uri()?;
        let token = |purpose| {
            TokenCache::new(purpose, endpoint.clone(), client, faults, clock.clone())
                .ok_or(SettingsError::ClientId)
        };
        Ok(Self {
            faults,
            base: client.resolved_api_base()?,
            consents_base: client.consents_base(paths)?,
            exchange: Exchange::new(outgoing),
            token: token(Purpose::ScopeGrants)?,
            consents_token: token(Purpose::Consents)?,
            clock,
        })
    }

    pub(crate) fn close(&self) {
        self.exchange.close();
    }

    /// `GET /scope-grants/{login}`, or that of a consent.
    pub(crate) async fn details(&self, login: LoginRef<'_>, counts: &Counters) -> Answer {
        let query =
            login.login_state.map_or_else(String::new, |state| format!("?login_state={}", encode(state)));
        let url = format!("{}{query}", self.url(login, ""));
        let call = Call { method: Method::GET, url, body: Bytes::new(), consent: login.consent };
        self.call(&call, counts, |_| {}).await
    }

    /// `POST /scope-grants/{login}/accept` with what is granted, or `/reject` without; or that of a consent. `on_sent` is called each time that
    /// the request is handed over to the transport.
    pub(crate) async fn decide(
        &self,
        login: LoginRef<'_>,
        granted: Option<Granted<'_>>,
        counts: &Counters,
        on_sent: impl Fn(Instant),
    ) -> Answer {
        let (tail, body) = match granted {
            Some(granted) => ("/accept", serde_json::to_vec(&Accept::new(login, granted))),
            None => ("/reject", serde_json::to_vec(&Reject::new(login))),
        };
        match body {
            Ok(body) => {
                let url = self.url(login, tail);
                let call = Call { method: Method::POST, url, body: body.into(), consent: login.consent };
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
        let token = if call.consent.is_some() { &self.consents_token } else { &self.token };
        loop {
            let outcome = match token.bearer(&self.exchange, counts).await {
                Err(failure) => Outcome::from(failure),
                Ok(bearer) => {
                    let request = match call.request(&bearer, self.faults) {
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
                            token.forget(&bearer).await;
                            counts.add(|counts| counts.decisions.reauthorized += 1);
                            continue;
                        }
                        Ok(response) => Outcome::from(response),
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
            let Outcome { status, problem, body, .. } = outcome;
            return Answer { status, sent, answered: self.clock.now(), attempts, problem, body };
        }
    }

    fn unsent(&self, attempts: u32, sent: Option<Instant>, problem: String) -> Answer {
        let (answered, problem) = (self.clock.now(), Some(problem));
        Answer { status: None, sent, answered, attempts, problem, body: Bytes::new() }
    }

    fn url(&self, login: LoginRef<'_>, tail: &str) -> String {
        let (base, path) = match login.consent {
            None => (&self.base, "/scope-grants"),
            Some(api) => (&self.consents_base, api.path()),
        };
        format!("{base}{path}/{}{tail}", encode(login.login_id))
    }
}

struct Call {
    method: Method,
    url: String,
    body: Bytes,
    consent: Option<ConsentApi>,
}

impl Call {
    fn request(&self, bearer: &Bearer, faults: FaultSet) -> Result<Request<Bytes>, http::uri::InvalidUri> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.url.parse::<Uri>()?;
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
    body: Bytes,
}

impl From<Response<Bytes>> for Outcome {
    fn from(response: Response<Bytes>) -> Self {
        let status = response.status();
        let problem = (!status.is_success()).then(|| format!("the server answered {}", status.as_u16()));
        let may_repeat = matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
        Self { status: Some(status.as_u16()), may_repeat, problem, body: response.into_body() }
    }
}

impl From<NoAnswer> for Outcome {
    fn from(failure: NoAnswer) -> Self {
        let NoAnswer { never_left, problem } = failure;
        Self { status: None, may_repeat: never_left, problem: Some(problem), body: Bytes::new() }
    }
}

#[derive(Serialize)]
struct Accept<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    login_state: Option<&'a str>,
    granted_scopes: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    account_ids: Option<&'a [String]>,
}

impl<'a> Accept<'a> {
    /// A consent's acceptance names accounts, and the login in its path only.
    fn new(login: LoginRef<'a>, granted: Granted<'a>) -> Self {
        let is_consent = login.consent.is_some();
        Self {
            id: (!is_consent).then_some(login.login_id),
            login_state: login.login_state,
            granted_scopes: granted.scopes,
            account_ids: is_consent.then_some(granted.accounts),
        }
    }
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
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection_reason: Option<RejectionReason>,
}

/// What is said in Brasil besides.
#[derive(Serialize)]
struct RejectionReason {
    code: &'static str,
    details: &'static str,
}

impl<'a> Reject<'a> {
    fn new(login: LoginRef<'a>) -> Self {
        let code = login.consent.and_then(ConsentApi::rejection_code);
        Self {
            id: login.login_id,
            login_state: login.login_state,
            error: "rejected",
            error_cause: "consent_rejected",
            error_description: "The user rejected the authentication.",
            status_code: 403,
            rejection_reason: code
                .map(|code| RejectionReason { code, details: "The user rejected the consent." }),
        }
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters: login ids and states are opaque.
pub(crate) fn encode(text: &str) -> String {
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
