use super::{RelyingParty, TraceIds};
use crate::ciba::{AuthReqId, CIBA_GRANT_TYPE, Hint, Secret};
use crate::open_banking::{ConsentMedia, ConsentReference};
use crate::target::{Addressee, Client};
use crate::transport::{Address, Call};
use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::fmt::Write as _;
use std::time::Duration;
use url::Url;

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const INTERACTION_ID: HeaderName = HeaderName::from_static("x-fapi-interaction-id");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("x-idempotency-key");
const JWT: HeaderValue = HeaderValue::from_static("application/jwt");

/// What differs from one authentication request to the next (CIBA Core 1.0, 7.1).
#[derive(Debug, Clone)]
pub struct AuthenticationRequest<'a> {
    /// Number of the flow in the run.
    pub flow: u64,
    /// Whom to authenticate.
    pub user: &'a str,
    /// How the request names them.
    pub hint: &'a Hint,
    /// What both devices show.
    pub binding_message: Option<&'a str>,
    /// The bearer token for the notification of this request; ping only.
    pub notification_token: Option<&'a str>,
    /// The id of the consent that the user is asked for (Open Banking).
    pub consent: Option<&'a str>,
}

impl RelyingParty {
    /// The authentication request (7.1).
    pub(super) fn authentication_call(&self, request: &AuthenticationRequest<'_>) -> Call {
        let mut form = String::with_capacity(256);
        let consent = self.consents.as_ref().zip(request.consent);
        match consent {
            Some((consents, id)) => {
                push(&mut form, "scope", &consents.settings.kind.scope(&self.settings.scope, id));
                match consents.settings.kind.reference {
                    ConsentReference::IntentId => push(&mut form, "openbanking_intent_id", id),
                    ConsentReference::DynamicScope => {}
                }
            }
            None => push(&mut form, "scope", &self.settings.scope),
        }
        let (name, value) = request.hint.parameter();
        push(&mut form, name, value);
        let parameters = &self.settings.parameters;
        if let Some(message) = request.binding_message.or(parameters.binding_message.as_deref()) {
            push(&mut form, "binding_message", message);
        }
        if let Some(token) = request.notification_token {
            push(&mut form, "client_notification_token", token);
        }
        if let Some(code) = parameters.user_codes.as_ref().and_then(|codes| codes.of(request.user)) {
            push(&mut form, "user_code", code.expose());
        }
        if let Some(values) = &parameters.acr_values {
            push(&mut form, "acr_values", values);
        }
        if let Some(seconds) = parameters.requested_expiry {
            // Writing into a string does not fail.
            let _ = write!(form, "&requested_expiry={seconds}");
        }
        for (name, value) in &parameters.further {
            form.push('&');
            form.extend(form_urlencoded::byte_serialize(name.as_bytes()));
            form.push('=');
            form.extend(form_urlencoded::byte_serialize(value.as_bytes()));
        }
        let url = &self.facts.backchannel_authentication_endpoint;
        let form = self.client.request_form(&self.addressee(url), form);
        let address = &self.endpoints.authentication;
        self.form_call((url, address), form, self.settings.request_timeout, request.flow, 0)
    }

    /// The token request (10.1).
    pub(super) fn token_call(&self, flow: u64, step: u32, auth_req_id: &AuthReqId) -> Call {
        let mut form = String::with_capacity(160);
        push(&mut form, "grant_type", CIBA_GRANT_TYPE);
        push(&mut form, "auth_req_id", auth_req_id.as_str());
        self.form_call(self.token_endpoint(), form, self.settings.poll_timeout, flow, step)
    }

    /// A call of the protected API (RFC 6750, 2.1). `None` where the target has none, or the token is no header value.
    pub(super) fn userinfo_call(&self, flow: u64, step: u32, access_token: &Secret<String>) -> Option<Call> {
        let url = self.endpoints.userinfo.clone()?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", access_token.expose())).ok()?;
        bearer.set_sensitive(true);
        let mut headers = self.headers(self.settings.trace, flow, step);
        headers.insert(AUTHORIZATION, bearer);
        Some(Call {
            method: Method::GET,
            url,
            headers,
            body: Bytes::new(),
            timeout: self.settings.request_timeout,
            identity: self.client.identity().cloned(),
        })
    }

    /// The request for the client's own token (RFC 6749, 4.4.2).
    pub(super) fn client_credentials_call(&self, flow: u64, scope: &str) -> Call {
        let mut form = String::with_capacity(160);
        push(&mut form, "grant_type", "client_credentials");
        push(&mut form, "scope", scope);
        self.form_call(self.token_endpoint(), form, self.settings.request_timeout, flow, 0)
    }

    /// A call of the consent API with the client's own token. `None` where that is no header value.
    pub(super) fn bearer_call(
        &self,
        method: Method,
        url: &Url,
        token: &Secret<String>,
        (media, body): (ConsentMedia, String),
        flow: u64,
    ) -> Option<Call> {
        let mut headers = self.headers(self.settings.trace, flow, 0);
        let media = match media {
            ConsentMedia::Json => JSON,
            ConsentMedia::Jwt => {
                headers.insert(ACCEPT, JWT);
                JWT
            }
        };
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, media);
        }
        for name in [INTERACTION_ID, IDEMPOTENCY_KEY] {
            headers.insert(name, HeaderValue::try_from(self.settings.trace.interaction_id(flow)).ok()?);
        }
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose())).ok()?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        let timeout = self.settings.request_timeout;
        Some(Call {
            method,
            url: url.clone().into(),
            headers,
            body: body.into(),
            timeout,
            identity: self.client.identity().cloned(),
        })
    }

    /// The token endpoint, and where it is called.
    fn token_endpoint(&self) -> (&Url, &Address) {
        (&self.facts.token_endpoint, &self.endpoints.token)
    }

    fn form_call(
        &self,
        (endpoint, address): (&Url, &Address),
        mut form: String,
        timeout: Duration,
        flow: u64,
        step: u32,
    ) -> Call {
        let mut headers = self.headers(self.settings.trace, flow, step);
        headers.insert(CONTENT_TYPE, FORM);
        let addressee = self.addressee(endpoint);
        match self.ready_assertion(&addressee) {
            Some(assertion) => Client::present_assertion(assertion.expose(), &mut form),
            None => self.client.authenticate(&addressee, &mut headers, &mut form),
        }
        let identity = self.client.identity().cloned();
        Call { method: Method::POST, url: address.clone(), headers, body: form.into(), timeout, identity }
    }

    pub(super) fn addressee<'a>(&'a self, endpoint: &'a Url) -> Addressee<'a> {
        Addressee { facts: &self.facts, endpoint, now: self.clock.wall(self.clock.now()) }
    }

    fn headers(&self, trace: TraceIds, flow: u64, step: u32) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(8);
        // Some servers answer errors in HTML unless they are asked for JSON.
        headers.insert(ACCEPT, JSON);
        trace.add(&mut headers, flow, step);
        headers
    }
}

/// Adds one parameter to a form (CIBA Core 1.0, 7.1: application/x-www-form-urlencoded in UTF-8).
fn push(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    form.push_str(name);
    form.push('=');
    form.extend(form_urlencoded::byte_serialize(value.as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_string_survives_the_form() {
        for value in ["John", "a b+c&d=e%f", "größe <b>", "\"quoted\"\r\n", ""] {
            let mut form = "x=1".to_owned();
            push(&mut form, "login_hint", value);
            let pairs: Vec<_> = form_urlencoded::parse(form.as_bytes()).collect();
            assert_eq!(pairs[1], ("login_hint".into(), value.into()));
        }
    }
}
