//! What was answered, counted by endpoint and outcome at the moment of the decision.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::clock::Clock;

/// Answers by endpoint and outcome, such as `token` -> `authorization_pending` -> 12.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccessCounts(pub BTreeMap<String, BTreeMap<String, u64>>);

impl AccessCounts {
    /// One counter; zero when nothing was counted.
    pub fn get(&self, endpoint: &str, outcome: &str) -> u64 {
        self.0.get(endpoint).and_then(|outcomes| outcomes.get(outcome)).copied().unwrap_or(0)
    }

    /// All answers of an endpoint.
    pub fn total(&self, endpoint: &str) -> u64 {
        self.0.get(endpoint).map_or(0, |outcomes| outcomes.values().sum())
    }
}

/// Where something was answered, or which call of our own was answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Endpoint {
    BackchannelAuthentication,
    Token,
    SystemToken,
    Introspect,
    Userinfo,
    Discovery,
    Jwks,
    ScopeGrantGet,
    ScopeGrantAccept,
    ScopeGrantReject,
    ConsentCreate,
    ConsentRead,
    ConsentDelete,
    ConsentGet,
    ConsentAccept,
    ConsentReject,
    UserVerify,
    AuthenticationStart,
    Ping,
    Push,
    Simulator,
    Register,
    ClientConfiguration,
    Other,
}

impl Endpoint {
    const ALL: [Endpoint; 24] = [
        Endpoint::BackchannelAuthentication,
        Endpoint::Token,
        Endpoint::SystemToken,
        Endpoint::Introspect,
        Endpoint::Userinfo,
        Endpoint::Discovery,
        Endpoint::Jwks,
        Endpoint::ScopeGrantGet,
        Endpoint::ScopeGrantAccept,
        Endpoint::ScopeGrantReject,
        Endpoint::ConsentCreate,
        Endpoint::ConsentRead,
        Endpoint::ConsentDelete,
        Endpoint::ConsentGet,
        Endpoint::ConsentAccept,
        Endpoint::ConsentReject,
        Endpoint::UserVerify,
        Endpoint::AuthenticationStart,
        Endpoint::Ping,
        Endpoint::Push,
        Endpoint::Simulator,
        Endpoint::Register,
        Endpoint::ClientConfiguration,
        Endpoint::Other,
    ];

    const fn name(self) -> &'static str {
        match self {
            Endpoint::BackchannelAuthentication => "backchannel_authentication",
            Endpoint::Token => "token",
            Endpoint::SystemToken => "system_token",
            Endpoint::Introspect => "introspect",
            Endpoint::Userinfo => "userinfo",
            Endpoint::Discovery => "discovery",
            Endpoint::Jwks => "jwks",
            Endpoint::ScopeGrantGet => "scope_grant_get",
            Endpoint::ScopeGrantAccept => "scope_grant_accept",
            Endpoint::ScopeGrantReject => "scope_grant_reject",
            Endpoint::ConsentCreate => "consent_create",
            Endpoint::ConsentRead => "consent_read",
            Endpoint::ConsentDelete => "consent_delete",
            Endpoint::ConsentGet => "consent_get",
            Endpoint::ConsentAccept => "consent_accept",
            Endpoint::ConsentReject => "consent_reject",
            Endpoint::UserVerify => "user_verify",
            Endpoint::AuthenticationStart => "authentication_start",
            Endpoint::Ping => "ping",
            Endpoint::Push => "push",
            Endpoint::Simulator => "simulator",
            Endpoint::Register => "register",
            Endpoint::ClientConfiguration => "client_configuration",
            Endpoint::Other => "other",
        }
    }
}

type Outcomes = BTreeMap<Cow<'static, str>, u64>;

/// The counters, one lock for each endpoint, and the optional file.
pub(crate) struct AccessLog {
    counters: [Mutex<Outcomes>; Endpoint::ALL.len()],
    file: Option<Mutex<File>>,
    clock: Clock,
}

impl AccessLog {
    pub(crate) fn new(file: Option<File>, clock: Clock) -> Self {
        Self { counters: Default::default(), file: file.map(Mutex::new), clock }
    }

    /// Counts an answer and, with a file, appends its line before the answer leaves.
    pub(crate) fn count(
        &self,
        endpoint: Endpoint,
        outcome: impl Into<Cow<'static, str>>,
        client_id: Option<&str>,
    ) {
        let outcome = outcome.into();
        if let Some(file) = &self.file {
            let entry = json!({
                "ms": self.clock.unix_millis() as u64,
                "endpoint": endpoint.name(),
                "outcome": outcome,
                "client_id": client_id,
            });
            // A full disk must not stop the answers; the counters still hold.
            let _ = lock(file).write_all(format!("{entry}\n").as_bytes());
        }
        *lock(&self.counters[endpoint as usize]).entry(outcome).or_default() += 1;
    }

    /// A copy of the counters.
    pub(crate) fn counts(&self) -> AccessCounts {
        let mut counts = BTreeMap::new();
        for endpoint in Endpoint::ALL {
            let outcomes = lock(&self.counters[endpoint as usize]);
            if !outcomes.is_empty() {
                let copy = outcomes.iter().map(|(outcome, count)| (outcome.to_string(), *count)).collect();
                counts.insert(endpoint.name().to_owned(), copy);
            }
        }
        AccessCounts(counts)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code that can panic runs under these locks.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
