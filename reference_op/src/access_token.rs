//! Opaque access tokens that are alive.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::workspace::Workspace;

/// What an access token stands for.
pub(crate) struct AccessToken {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) client_id: String,
    /// Absent for a client's own token.
    pub(crate) subject: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) issued_at: Instant,
    pub(crate) expires_at: Instant,
    /// `x5t#S256` of the certificate that it is bound to (RFC 8705, 3.1).
    pub(crate) thumbprint: OnceLock<String>,
}

/// Tokens of one kind, bounded: beyond the capacity the oldest is forgotten.
pub(crate) struct AccessTokens {
    held: Mutex<Held>,
    capacity: usize,
    lifetime: Duration,
}

#[derive(Default)]
struct Held {
    by_text: HashMap<Arc<str>, Arc<AccessToken>>,
    /// In the order of issue, which is the order of expiry, since all live equally long.
    oldest_first: VecDeque<(Instant, Arc<str>)>,
}

impl AccessTokens {
    pub(crate) fn new(capacity: usize, lifetime: Duration) -> Self {
        Self { held: Mutex::default(), capacity, lifetime }
    }

    /// Lifetime of every token.
    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Issues a token with the given text.
    pub(crate) fn issue(
        &self,
        text: String,
        workspace: Arc<Workspace>,
        client_id: String,
        subject: Option<String>,
        scopes: Vec<String>,
        now: Instant,
    ) -> Arc<str> {
        let text: Arc<str> = text.into();
        let expires_at = now + self.lifetime;
        let token = AccessToken {
            workspace,
            client_id,
            subject,
            scopes,
            issued_at: now,
            expires_at,
            thumbprint: OnceLock::new(),
        };
        let mut held = self.held();
        while held
            .oldest_first
            .front()
            .is_some_and(|(at, _)| *at <= now || held.oldest_first.len() >= self.capacity)
        {
            if let Some((_, oldest)) = held.oldest_first.pop_front() {
                held.by_text.remove(&oldest);
            }
        }
        held.oldest_first.push_back((expires_at, Arc::clone(&text)));
        held.by_text.insert(Arc::clone(&text), Arc::new(token));
        text
    }

    /// Binds a token to a certificate, once.
    pub(crate) fn bind(&self, text: &str, thumbprint: String) {
        if let Some(token) = self.held().by_text.get(text) {
            let _ = token.thumbprint.set(thumbprint);
        }
    }

    /// Ends a token before its time.
    pub(crate) fn revoke(&self, text: &str) {
        self.held().by_text.remove(text);
    }

    /// The token, if it is alive.
    pub(crate) fn find(&self, text: &str, now: Instant) -> Option<Arc<AccessToken>> {
        self.held().by_text.get(text).filter(|token| now < token.expires_at).cloned()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // No code that can panic runs under the lock.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
