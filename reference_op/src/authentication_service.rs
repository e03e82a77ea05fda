//! Calls to the authentication service: `/user/verify` and `/authentication/start`.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access_log::Endpoint;
use crate::fault::Fault;
use crate::outgoing::{outcome, post_json};
use crate::pending::AuthenticationRequest;
use crate::provider::Provider;
use crate::push;
use crate::secret::Secret;
use crate::settings::{AuthenticationServiceSettings, StateField, WorkspaceSettings};

/// How long `/user/verify` may take; the client waits meanwhile.
const VERIFY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one `/authentication/start` may take.
const START_TIMEOUT: Duration = Duration::from_secs(10);
/// How often `/authentication/start` is sent in all until it is answered with 2xx.
const START_ATTEMPTS: u32 = 5;
/// Pause before the second attempt; each later pause is twice as long.
const START_RETRY_PAUSE: Duration = Duration::from_millis(250);

/// Who verifies users and asks them.
pub(crate) enum AuthenticationService {
    /// Base URL without a trailing slash, and the Authorization header.
    External { url: String, authorization: Secret, state_field: StateField },
    /// Nobody is called.
    Simulator,
}

/// What `/user/verify` said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verified {
    Valid,
    Invalid,
    Failed,
}

#[derive(Deserialize)]
struct VerifyAnswer {
    valid: bool,
}

impl AuthenticationService {
    pub(crate) fn new(settings: &WorkspaceSettings) -> Self {
        match &settings.authentication_service {
            Some(AuthenticationServiceSettings::External { url, user, password }) => Self::External {
                url: url.trim_end_matches('/').to_owned(),
                authorization: Secret::new(format!(
                    "Basic {}",
                    STANDARD.encode(format!("{user}:{}", password.expose()))
                )),
                state_field: settings.state_field,
            },
            Some(AuthenticationServiceSettings::Simulator) | None => Self::Simulator,
        }
    }

    /// Asks whether the user may authenticate.
    pub(crate) async fn verify(
        &self,
        provider: &Provider,
        user_identifier: &str,
        client_id: &str,
    ) -> Verified {
        let AuthenticationService::External { url, authorization, .. } = self else {
            return Verified::Valid;
        };
        let body = json!({"user_identifier": user_identifier}).to_string().into();
        let url = format!("{url}/user/verify");
        let answer = post_json(&provider.outgoing, &url, authorization.expose(), body, VERIFY_TIMEOUT).await;
        let (verified, outcome) = match answer {
            Ok(response) if response.status() == StatusCode::OK => {
                match serde_json::from_slice::<VerifyAnswer>(response.body()) {
                    Ok(VerifyAnswer { valid: true }) => (Verified::Valid, "valid".into()),
                    Ok(VerifyAnswer { valid: false }) => (Verified::Invalid, "invalid".into()),
                    Err(_) => (Verified::Failed, "unreadable".into()),
                }
            }
            Ok(response) if response.status() == StatusCode::NOT_FOUND => (Verified::Invalid, "404".into()),
            other => (Verified::Failed, outcome(other.map(|response| response.status()))),
        };
        provider.log.count(Endpoint::UserVerify, outcome, Some(client_id));
        verified
    }

    /// Starts the authentication, again until it is acknowledged with 2xx, the attempts are used up, or the request is
    /// no longer open. Returns whether it was acknowledged.
    pub(crate) async fn start(&self, provider: &Provider, request: &AuthenticationRequest) -> bool {
        let AuthenticationService::External { url, authorization, state_field } = self else {
            return true;
        };
        let url = format!("{url}/authentication/start");
        let body = bytes::Bytes::from(start_payload(provider, request, *state_field).to_string());
        for attempt in 0..START_ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(START_RETRY_PAUSE * 2u32.pow(attempt - 1)).await;
                if !request.is_open(provider.clock.now()) {
                    return false;
                }
            }
            let authorization = authorization.expose();
            let answer =
                post_json(&provider.outgoing, &url, authorization, body.clone(), START_TIMEOUT).await;
            let status = answer.map(|response| response.status());
            provider.log.count(Endpoint::AuthenticationStart, outcome(status), Some(&request.client.id));
            if status.is_ok_and(|status| status.is_success()) {
                return true;
            }
        }
        false
    }
}

/// Starts the authentication while the acknowledgement is on its way.
pub(crate) fn start_in_background(provider: Arc<Provider>, request: Arc<AuthenticationRequest>) {
    tokio::spawn(async move {
        if !request.workspace.authentication_service.start(&provider, &request).await {
            push::fail(&provider, &request);
        }
    });
}

/// The binding message as the user is to see it (CIBA Core 1.0, 7.1).
pub(crate) fn shown_message(request: &AuthenticationRequest) -> String {
    let faults = request.workspace.faults;
    let mut message = request.demand.binding_message.clone().unwrap_or_default();
    if faults.has(Fault::SignedMessageAltered) && request.client.request_alg.is_some() {
        message = message.replacen('.', ".0", 1);
    }
    if faults.has(Fault::BindingMessageAltered) {
        message = message.chars().rev().collect();
    }
    if faults.has(Fault::BindingMessageMangled) {
        message = message.replace(|c: char| !c.is_ascii(), "?");
    }
    message
}

fn start_payload(provider: &Provider, request: &AuthenticationRequest, state_field: StateField) -> Value {
    let mut payload = json!({
        "acr_values": request.demand.acr_values,
        "binding_message": shown_message(request),
        "client_id": request.client.id,
        "client_info": {"client_name": request.client.name},
        "expires_at": provider.clock.rfc3339_at(request.expires_at),
        "login_id": request.login_id,
        "requested_scopes": request.demand.scopes,
        "server_id": request.workspace.id,
        "tenant_id": request.workspace.tenant,
        "user_identifier": request.demand.user_identifier,
    });
    let intent =
        request.demand.intent.as_ref().filter(|_| !request.workspace.faults.has(Fault::StartWithoutIntent));
    if let Some(intent) = intent {
        payload["openbanking_intent_id"] = json!(intent.id);
    }
    let state = json!(request.login_state);
    match state_field {
        StateField::LoginState => payload["login_state"] = state,
        StateField::State => payload["state"] = state,
        StateField::Both => {
            payload["login_state"] = state.clone();
            payload["state"] = state;
        }
    }
    payload
}
