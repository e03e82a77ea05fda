//! The client-credentials token for the system APIs: fetched by one for all, renewed before it expires.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    clock::Clock,
    counts::Counters,
    exchange::{Exchange, NoAnswer},
    fault::{Fault, FaultSet},
    secret::Secret,
    settings::SystemClient,
};

/// What a token is for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    ScopeGrants,
    Consents,
}

impl Purpose {
    const fn scope(self) -> &'static str {
        match self {
            Self::ScopeGrants => "manage_scope_grants",
            Self::Consents => "manage_openbanking_consents",
        }
    }
}

const FORM: &str = "grant_type=client_credentials";

/// A token is renewed when this is left of its life, or a fifth of its life if that is less.
const RENEW_BEFORE: Duration = Duration::from_secs(30);

/// The life of a token whose answer does not say it.
const UNSTATED_LIFE: Duration = Duration::from_secs(300);

/// The longest life that is believed.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3_600);

/// An `Authorization` value, and which token it holds.
#[derive(Clone)]
pub(crate) struct Bearer {
    pub header: HeaderValue,
    number: u64,
}

pub(crate) struct TokenCache {
    purpose: Purpose,
    faults: FaultSet,
    endpoint: Uri,
    basic: HeaderValue,
    client_id: String,
    clock: Clock,
    /// How many requests for a token have ended, and what the last one brought.
    ended: AtomicU64,
    state: Mutex<State>,
}

enum State {
    Empty,
    Token { bearer: Bearer, renew_at: Instant },
    Failed(NoAnswer),
}

impl TokenCache {
    pub(crate) fn new(
        purpose: Purpose,
        endpoint: Uri,
        client: &SystemClient,
        faults: FaultSet,
        clock: Clock,
    ) -> Option<Self> {
        let SystemClient { client_id, client_secret, .. } = client;
        Some(Self {
            purpose,
            faults,
            endpoint,
            basic: client_basic(client_id, client_secret)?,
            client_id: client_id.clone(),
            clock,
            ended: AtomicU64::new(0),
            state: Mutex::new(State::Empty),
        })
    }

    /// The token, fetched if there is none that is good for a while. Whoever asks while another fetches shares the result, a
    /// failure too.
    pub(crate) async fn bearer(&self, exchange: &Exchange, counts: &Counters) -> Result<Bearer, NoAnswer> {
        let anew = self.faults.has(Fault::TokenPerDecision);
        let ended_before = self.ended.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        match &*state {
            State::Token { bearer, renew_at } if self.clock.now() < *renew_at && !anew => {
                return Ok(bearer.clone());
            }
            State::Failed(failure) if self.ended.load(Ordering::Acquire) > ended_before => {
                return Err(failure.clone());
            }
            State::Token { .. } | State::Failed(_) | State::Empty => {}
        }
        let result = self.fetch(exchange).await;
        self.ended.fetch_add(1, Ordering::AcqRel);
        match result {
            Ok((bearer, life)) => {
                counts.add(|counts| counts.token.fetched += 1);
                let renew_at = self.clock.now() + (life - RENEW_BEFORE.min(life / 5));
                *state = State::Token { bearer: bearer.clone(), renew_at };
                Ok(bearer)
            }
            Err(failure) => {
                counts.add(|counts| counts.token.failed += 1);
                *state = State::Failed(failure.clone());
                Err(failure)
            }
        }
    }

    /// Forgets `refused`, unless it has been replaced already.
    pub(crate) async fn forget(&self, refused: &Bearer) {
        let mut state = self.state.lock().await;
        if matches!(&*state, State::Token { bearer, .. } if bearer.number == refused.number) {
            *state = State::Empty;
        }
    }

    async fn fetch(&self, exchange: &Exchange) -> Result<(Bearer, Duration), NoAnswer> {
        let scope = self.purpose.scope();
        let form = match self.faults.has(Fault::TokenWithoutScope) {
            false => format!("{FORM}&scope={scope}"),
            true => FORM.to_owned(),
        };
        let mut request = Request::new(Bytes::from(form));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, self.basic.clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, form);
        let response = exchange.send(request).await.map_err(|failure| NoAnswer {
            problem: format!("token endpoint {}: {}", self.endpoint, failure.problem),
            ..failure
        })?;
        if !response.status().is_success() {
            return Err(self.useless(&format!(
                "answered {}; check the client's id and secret, and that it may ask for {scope}",
                response.status().as_u16()
            )));
        }
        let answer: TokenAnswer = serde_json::from_slice(response.body())
            .map_err(|error| self.useless(&format!("answered with no token: {error}")))?;
        let mut header = HeaderValue::try_from(format!("Bearer {}", answer.access_token))
            .map_err(|_| self.useless("answered with a token that no header can carry"))?;
        header.set_sensitive(true);
        let life = answer.expires_in.map_or(UNSTATED_LIFE, Duration::from_secs).min(LONGEST_LIFE);
        Ok((Bearer { header, number: self.ended.load(Ordering::Acquire) }, life))
    }

    fn useless(&self, what: &str) -> NoAnswer {
        let problem = format!("token endpoint {} {what} (client {})", self.endpoint, self.client_id);
        NoAnswer { never_left: false, problem }
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: Option<u64>,
}

/// `client_secret_basic`: both parts are form-encoded first (RFC 6749, 2.3.1).
fn client_basic(client_id: &str, secret: &Secret) -> Option<HeaderValue> {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(client_id), encode(secret.expose()));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}
