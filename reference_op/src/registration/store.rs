use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::{Map, Value};

use crate::client::Client;
use crate::secret::Secret;

/// Most clients that are registered at once.
const MAX_REGISTERED: usize = 1_000;

/// A client that registered itself.
#[derive(Clone)]
pub(super) struct Registered {
    pub(super) client: Arc<Client>,
    /// What its configuration is read and changed with (RFC 7592, 1.2).
    pub(super) access_token: Secret,
    /// What it registered, as it is told (RFC 7591, 3.2.1).
    pub(super) members: Map<String, Value>,
    /// When it was registered, in seconds since 1970.
    pub(super) issued_at: u64,
}

/// The clients of a workspace that registered themselves, bounded.
pub(crate) struct RegisteredClients {
    /// What a registration has to show; none where anybody may register (RFC 7591, 3).
    pub(super) initial_access_token: Option<Secret>,
    held: RwLock<HashMap<String, Registered>>,
}

impl RegisteredClients {
    /// Nobody yet.
    pub(crate) fn new(initial_access_token: Option<Secret>) -> Self {
        Self { initial_access_token, held: RwLock::default() }
    }

    /// The client with this identifier.
    pub(crate) fn client(&self, id: &str) -> Option<Arc<Client>> {
        self.read().get(id).map(|registered| Arc::clone(&registered.client))
    }

    /// The client that this token is for.
    pub(super) fn owned(&self, id: &str, token: &str) -> Option<Registered> {
        self.read().get(id).filter(|registered| registered.access_token.matches(token)).cloned()
    }

    /// Adds a client, or replaces it; false when there is no room.
    pub(super) fn put(&self, registered: Registered) -> bool {
        let mut held = self.write();
        let id = registered.client.id.clone();
        let has_room = held.len() < MAX_REGISTERED || held.contains_key(&id);
        if has_room {
            held.insert(id, registered);
        }
        has_room
    }

    pub(super) fn remove(&self, id: &str) {
        self.write().remove(id);
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<String, Registered>> {
        // No code that can panic runs under the lock.
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<String, Registered>> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}
