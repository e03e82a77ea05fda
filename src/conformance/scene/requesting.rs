use super::seen::Seen;
use super::{FlowSeen, Scene};
use crate::ciba::{CIBA_GRANT_TYPE, DeliveryMode};
use crate::conformance::{Bank, By, Change, Manner, Proof, Request, Stop, SurfaceClient, Value};
use crate::record::{CheckExchange, Exchange, redact_body};
use crate::target::Client;
use crate::tls::Identity;
use crate::transport::{Call, Exchanged};
use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Longest wait for an answer. A server may hold a poll for 30 s (CIBA Core 1.0, 10.1); one that holds it longer is to be
/// seen doing so.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Headers of an answer that a report shows.
const HEADERS_SHOWN: [HeaderName; 6] = [
    CONTENT_TYPE,
    http::header::CACHE_CONTROL,
    http::header::PRAGMA,
    http::header::RETRY_AFTER,
    http::header::WWW_AUTHENTICATE,
    http::header::LOCATION,
];

/// By what calls of protected APIs are found again (FAPI 1.0, Part 1, 6.2.2), and what this tool says there.
pub const INTERACTION_ID: HeaderName = HeaderName::from_static("x-fapi-interaction-id");
/// The id that this tool sends: a UUID, as the profile recommends.
pub const INTERACTION: &str = "c770aef3-6784-41f7-8e0e-ff5f97bddb3a";

/// Names and values of a form, in order: a name may be there twice.
pub(super) type Parameters = Vec<(String, String)>;

impl Scene {
    /// The target's client of that role.
    pub fn client(&self, by: By) -> Result<SurfaceClient, Stop> {
        let clients = &self.surface.clients;
        let client = match by {
            By::Main => Some(&clients.main),
            By::Ping => clients.ping.as_ref(),
            By::Push => clients.push.as_ref(),
            By::Second => clients.second.as_ref(),
            By::UserCode => clients.user_code.as_ref(),
            By::Unregistered => clients.unregistered.as_ref(),
            By::Asserting => clients.assertion.as_ref(),
            By::Signing => clients.signed.as_ref(),
            By::Certified => clients.certificate.as_ref(),
            By::ThirdParty => self.surface.bank.as_ref().and_then(|bank| bank.third_parties.first()),
            By::OtherThirdParty => self.surface.bank.as_ref().and_then(|bank| bank.third_parties.get(1)),
            By::SigningThirdParty => self.surface.bank.as_ref().and_then(Bank::signing),
            By::Registered(number) => Some(self.registered_client(number)?),
        };
        client
            .cloned()
            .ok_or_else(|| Stop::NotApplicable(format!("the target file names no client for {by:?}")))
    }

    /// A valid authentication request's parameters.
    pub(super) fn authentication_parameters(&self, client: &SurfaceClient, number: u64) -> Parameters {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let user = self.users.first().cloned().unwrap_or_default();
        let mut parameters = vec![
            pair("scope", client.scope.clone()),
            pair("login_hint", user.clone()),
            pair("binding_message", self.surface.marker.of(number)),
        ];
        if let Some(code) = self.surface.hints.user_codes.of(&user).filter(|_| client.user_code) {
            parameters.push(pair("user_code", code.expose().clone()));
        }
        parameters.extend(client.parameters.iter().cloned());
        parameters
    }

    /// A valid token request's parameters for the current flow.
    pub(super) fn token_parameters(&self) -> Result<Parameters, Stop> {
        let id = self
            .flow()
            .ok()
            .and_then(|flow| flow.acknowledged.as_ref())
            .map(|acknowledged| acknowledged.auth_req_id.clone())
            .ok_or_else(|| Stop::Inconclusive {
                expected: "an acknowledged flow".to_owned(),
                actual: "there is none to poll for".to_owned(),
            })?;
        Ok(vec![("grant_type".to_owned(), CIBA_GRANT_TYPE.to_owned()), ("auth_req_id".to_owned(), id)])
    }

    /// Applies a request's changes to valid parameters.
    pub(super) fn change(&self, parameters: &mut Parameters, request: &Request) -> Result<(), Stop> {
        for change in request.changes() {
            match change {
                Change::Without(name) => parameters.retain(|(known, _)| known != name),
                Change::With(name, value) => {
                    let value = self.value(parameters, name, value)?;
                    match parameters.iter_mut().find(|(known, _)| known == name) {
                        Some((_, present)) => *present = value,
                        None => parameters.push((name.to_owned(), value)),
                    }
                }
                Change::Again(name, value) => {
                    let value = self.value(parameters, name, value)?;
                    parameters.push((name.to_owned(), value));
                }
                Change::Consent(name) => self.name_consent(parameters, name, request.by)?,
                // These are about the signed object, which holds the parameters when they are final.
                Change::Claim(..) | Change::Beside(..) => {}
            }
        }
        Ok(())
    }

    pub(super) fn value(&self, parameters: &Parameters, name: &str, value: Value) -> Result<String, Stop> {
        let present = |name: &str| Scene::parameter(parameters, name).unwrap_or_default();
        let other_user = || self.users.get(1).or(self.users.first()).cloned().unwrap_or_default();
        Ok(match value {
            Value::Text(text) => text.to_owned(),
            Value::Repeat(character, times) => character.to_string().repeat(times),
            Value::Same => present(name),
            Value::FollowedBy(text) => present(name) + text,
            Value::LengthenedTo(length) => format!("{:x<length$}", present(name)),
            Value::UnknownUser => self.surface.unknown_user.clone(),
            Value::OtherUser => other_user(),
            Value::ReversedScopes => {
                let scopes = present("scope");
                scopes.split(' ').rev().collect::<Vec<_>>().join(" ")
            }
            Value::ScopesAndUnknown => format!("{} no-such-scope-anywhere", present("scope")),
            Value::SupportedAcr => self.surface.acr_value().unwrap_or_default().to_owned(),
            Value::TruncatedAuthReqId => {
                let mut id = present("auth_req_id");
                id.pop();
                id
            }
            Value::LoginHintToken(form) => self.login_hint_token(form)?,
            Value::IdToken(form) => self.id_token_hint(form)?,
            Value::OtherUserCode => {
                let code = self.surface.hints.user_codes.of(&other_user());
                code.map(|code| code.expose().clone()).unwrap_or_default()
            }
        })
    }

    /// The user whom a request is about, as far as its sender knows: a token that serves as a hint is about the check's
    /// first user.
    pub(super) fn hinted_user(&self, parameters: &Parameters) -> String {
        let has = |name: &str| parameters.iter().any(|(known, _)| known == name);
        let by_token = has("login_hint_token") || has("id_token_hint");
        match Scene::parameter(parameters, "login_hint") {
            Some(user) => user,
            None if by_token => self.users.first().cloned().unwrap_or_default(),
            None => String::new(),
        }
    }

    /// Sends a request to an endpoint and keeps the exchange. A request without an answer ends the check: what a server
    /// would have said is not known.
    pub(super) async fn send(
        &mut self,
        endpoint: Url,
        request: &Request,
        parameters: Parameters,
        early: bool,
    ) -> Result<Seen, Stop> {
        let client = self.client(request.by)?;
        let call = self.call(endpoint, request, &client, parameters)?;
        self.assertion = assertion_of(&call.body);
        self.scrubber.learn_form(&call.body);
        let (shown_url, form) = shown(&call);
        let method = call.method.clone();
        let Exchanged { result, timeline } = self.surface.transport.exchange(call).await;
        let seen = Seen::new(result, timeline, early);
        self.keep(format!("{method} {shown_url}"), form, &seen);
        Ok(seen)
    }

    /// Fetches a document by GET.
    pub(super) async fn fetch(&mut self, url: Url, bearer: Option<&str>) -> Seen {
        self.fetch_showing(url, bearer, None).await
    }

    /// The same on a connection that shows this certificate.
    pub(super) async fn fetch_showing(
        &mut self,
        url: Url,
        bearer: Option<&str>,
        identity: Option<Arc<Identity>>,
    ) -> Seen {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(Ok(mut value)) = bearer.map(|token| HeaderValue::from_str(&format!("Bearer {token}"))) {
            value.set_sensitive(true);
            headers.insert(http::header::AUTHORIZATION, value);
            headers.insert(INTERACTION_ID, HeaderValue::from_static(INTERACTION));
        }
        let url = self.surface.facts.address(&url, identity.is_some()).clone();
        let shown = format!("GET {url}");
        let call = Call {
            method: Method::GET,
            url: url.into(),
            headers,
            body: Bytes::new(),
            timeout: ANSWER_TIMEOUT,
            identity,
        };
        let Exchanged { result, timeline } = self.surface.transport.exchange(call).await;
        let seen = Seen::new(result, timeline, false);
        self.keep(shown, String::new(), &seen);
        seen
    }

    fn call(
        &self,
        mut url: Url,
        request: &Request,
        client: &SurfaceClient,
        mut parameters: Parameters,
    ) -> Result<Call, Stop> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if request.proof == Proof::OtherClientId {
            let other = if request.by == By::Second { By::Main } else { By::Second };
            parameters.push(("client_id".to_owned(), self.client(other)?.registered.id().to_owned()));
        }
        let mut form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&parameters).finish();
        let endpoint = url.clone();
        let addressee = self.addressee(&endpoint);
        let prove = match request.proof {
            Proof::Registered | Proof::OtherClientId => Some(&client.registered),
            Proof::IdOnly => {
                form.push_str("&client_id=");
                form.extend(form_urlencoded::byte_serialize(client.registered.id().as_bytes()));
                None
            }
            Proof::Nothing => None,
            Proof::Assertion(seal, claim) => {
                Client::present_assertion(&self.assertion(client, &endpoint, seal, claim)?, &mut form);
                None
            }
            Proof::SameAssertion => {
                let assertion = self.assertion.as_ref().ok_or_else(|| {
                    Stop::Broken("the script repeats an assertion that was never sent".to_owned())
                })?;
                Client::present_assertion(assertion, &mut form);
                None
            }
            Proof::WrongSecret => Some(&client.wrong),
            Proof::WrongBasic => Some(&client.wrong_basic),
            Proof::OtherMethod => Some(&client.other_method),
            Proof::BothMethods => {
                client.both[0].authenticate(&addressee, &mut headers, &mut form);
                Some(&client.both[1])
            }
        };
        if let Some(client) = prove {
            client.authenticate(&addressee, &mut headers, &mut form);
        }
        let identity = match request.proof {
            Proof::IdOnly | Proof::Nothing => None,
            Proof::Registered
            | Proof::OtherClientId
            | Proof::Assertion(..)
            | Proof::SameAssertion
            | Proof::WrongSecret
            | Proof::WrongBasic
            | Proof::OtherMethod
            | Proof::BothMethods => prove.unwrap_or(&client.registered).identity().cloned(),
        };
        url = self.surface.facts.address(&url, identity.is_some()).clone();
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        let (method, body) = match request.manner {
            Manner::Form => (Method::POST, Bytes::from(form)),
            Manner::FormThen(bytes) => (Method::POST, Bytes::from([form.as_bytes(), bytes].concat())),
            Manner::Padded(length) => {
                form.push_str("&padding=");
                form.extend(std::iter::repeat_n('x', length));
                (Method::POST, Bytes::from(form))
            }
            Manner::Query => {
                url.set_query(Some(&form));
                (Method::GET, Bytes::new())
            }
            Manner::Json => {
                // All of the form, what authenticates the client included.
                let object: serde_json::Map<String, serde_json::Value> =
                    form_urlencoded::parse(form.as_bytes())
                        .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
                        .collect();
                (Method::POST, Bytes::from(serde_json::Value::Object(object).to_string()))
            }
        };
        match request.manner {
            Manner::Query => {}
            Manner::Json => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            Manner::Form | Manner::FormThen(_) | Manner::Padded(_) => {
                headers.insert(CONTENT_TYPE, form_type);
            }
        }
        Ok(Call { method, url: url.into(), headers, body, timeout: ANSWER_TIMEOUT, identity })
    }

    pub(super) fn keep(&mut self, request: String, form: String, seen: &Seen) {
        let (status, headers, body, trace_id) = match &seen.result {
            Ok(answer) => {
                let headers = HEADERS_SHOWN
                    .iter()
                    .flat_map(|name| answer.headers.get_all(name).iter().map(move |value| (name, value)))
                    .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
                    .collect();
                let trace = answer.headers.get("x-trace-id").and_then(|value| value.to_str().ok());
                (Some(answer.status), headers, redact_body(&answer.body), trace.map(str::to_owned))
            }
            Err(_) => (None, Vec::new(), String::new(), None),
        };
        self.exchanges.push(CheckExchange {
            step: self.step,
            at_ms: self.ms(seen.timeline.sent),
            took_ms: seen.timeline.service().as_secs_f64() * 1e3,
            exchange: Exchange {
                request,
                form,
                status,
                headers,
                body,
                correlation_id: String::new(),
                trace_id,
            },
            failure: seen.result.as_ref().err().map(ToString::to_string),
        });
    }

    /// The scopes that a flow asks for, as they were sent.
    pub(super) fn parameter(parameters: &Parameters, name: &str) -> Option<String> {
        parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// Whether flows of this client are notified.
    pub(super) fn is_notified(client: &SurfaceClient) -> bool {
        match client.delivery_mode() {
            DeliveryMode::Ping | DeliveryMode::Push => true,
            DeliveryMode::Poll => false,
        }
    }

    /// The current flow, to write to.
    pub(super) fn flow_mut(&mut self) -> Option<&mut FlowSeen> {
        self.flows.get_mut(self.current)
    }
}

/// The assertion of a form, so that it can be sent again.
fn assertion_of(form: &[u8]) -> Option<String> {
    let (_, assertion) = form_urlencoded::parse(form).find(|(name, _)| name == "client_assertion")?;
    Some(assertion.into_owned())
}

/// The URL without its query, and what was sent, redacted.
fn shown(call: &Call) -> (String, String) {
    let mut url = call.url.url().clone();
    let query = url.query().map(str::to_owned);
    url.set_query(None);
    let form = match query {
        Some(query) => redact_body(query.as_bytes()),
        None => redact_body(&call.body),
    };
    (url.to_string(), form)
}
