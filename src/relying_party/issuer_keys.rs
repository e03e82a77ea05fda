use crate::clock::Clock;
use crate::jose::{KeySet, KeySetError};
use crate::target::{DiscoveryError, TargetFacts};
use crate::transport::Transport;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::time::Instant;

/// Keys are fetched again at most this often, however many ID tokens name an unknown one.
const REFETCH_PAUSE: Duration = Duration::from_secs(10);

/// The keys by which the issuer's ID tokens are verified. Fetched once, and again when a token names a key that is not
/// among them, since issuers rotate keys.
pub struct IssuerKeys {
    keys: RwLock<Arc<KeySet>>,
    fetched: Mutex<Instant>,
    clock: Clock,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum IssuerKeysError {
    /// They could not be fetched.
    #[error(transparent)]
    Fetch(#[from] DiscoveryError),
    /// What came is no key set.
    #[error("{url}: {source}; ID tokens cannot be verified without the issuer's keys")]
    Form {
        /// `jwks_uri`.
        url: url::Url,
        /// What is wrong.
        source: KeySetError,
    },
}

impl IssuerKeys {
    /// Fetches the keys of a target.
    pub async fn fetch(
        facts: &TargetFacts,
        transport: &dyn Transport,
        clock: Clock,
    ) -> Result<Self, IssuerKeysError> {
        let body = facts.fetch_keys(transport).await?;
        let keys = KeySet::parse(&body)
            .map_err(|source| IssuerKeysError::Form { url: facts.jwks_uri.clone(), source })?;
        Ok(Self::of(keys, clock))
    }

    /// Keys that were fetched just now.
    pub fn of(keys: KeySet, clock: Clock) -> Self {
        IssuerKeys { keys: RwLock::new(Arc::new(keys)), fetched: Mutex::new(clock.now()), clock }
    }

    /// The keys as they are known now.
    pub fn known(&self) -> Arc<KeySet> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fetches the keys again, unless that was done a moment ago. True when there are new ones to try.
    pub async fn refetch(&self, facts: &TargetFacts, transport: &dyn Transport) -> bool {
        {
            let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.clock.now();
            if now.saturating_duration_since(*fetched) < REFETCH_PAUSE {
                return false;
            }
            *fetched = now;
        }
        let Ok(body) = facts.fetch_keys(transport).await else { return false };
        let Ok(keys) = KeySet::parse(&body) else { return false };
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        true
    }
}
