use crate::ciba::Secret;
use crate::transport::{Call, Transport};
use bytes::Bytes;
use futures_util::future::join_all;
use http::Method;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use url::Url;

/// Longest wait for the answer to a deletion.
const DELETION_TIMEOUT: Duration = Duration::from_secs(10);

/// A server at which this tool may register clients, and the clients that it has registered there and not deleted yet.
#[derive(Debug, Default)]
pub struct Registration {
    /// What a registration has to show, where not everybody may register (RFC 7591, 3).
    pub initial_access_token: Option<Secret<String>>,
    outstanding: Mutex<Vec<Outstanding>>,
}

/// A client that is registered and has to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outstanding {
    /// Its `client_id`.
    pub client_id: String,
    /// Where it is deleted, and the token for that (RFC 7592, 3): `None` where the server gave none.
    pub configuration: Option<(Url, Secret<String>)>,
}

impl Registration {
    /// With the token that registrations show, if they need one.
    pub fn new(initial_access_token: Option<Secret<String>>) -> Self {
        Registration { initial_access_token, outstanding: Mutex::default() }
    }

    /// Remembers a client, or by what it is deleted from now on.
    pub fn note(&self, client: Outstanding) {
        let mut held = self.held();
        held.retain(|known| known.client_id != client.client_id);
        held.push(client);
    }

    /// Deletes these clients. Says which of them could not be deleted, and why.
    pub async fn delete(&self, transport: &dyn Transport, client_ids: &[String]) -> Vec<String> {
        let due = self.held().extract_if(.., |held| client_ids.contains(&held.client_id)).collect();
        delete_all(transport, due).await
    }

    /// Deletes all that is left, as [`Registration::delete`] does.
    pub async fn delete_rest(&self, transport: &dyn Transport) -> Vec<String> {
        let due = std::mem::take(&mut *self.held());
        delete_all(transport, due).await
    }

    /// How many are not deleted yet.
    pub fn outstanding(&self) -> usize {
        self.held().len()
    }

    fn held(&self) -> MutexGuard<'_, Vec<Outstanding>> {
        self.outstanding.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn delete_all(transport: &dyn Transport, due: Vec<Outstanding>) -> Vec<String> {
    let deletions = due.into_iter().map(|client| async move {
        let problem = delete(transport, client.configuration).await?;
        Some(format!("the client {} stays registered: {problem}", client.client_id))
    });
    join_all(deletions).await.into_iter().flatten().collect()
}

/// Deletes one client (RFC 7592, 2.3); says why it could not be done.
async fn delete(transport: &dyn Transport, configuration: Option<(Url, Secret<String>)>) -> Option<String> {
    let Some((url, token)) = configuration else {
        return Some("the server said neither where nor by what token to delete it".to_owned());
    };
    let mut headers = HeaderMap::new();
    if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", token.expose())) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    let call = Call {
        method: Method::DELETE,
        url: url.into(),
        headers,
        body: Bytes::new(),
        timeout: DELETION_TIMEOUT,
        identity: None,
    };
    match transport.exchange(call).await.result {
        // Whoever is gone already needs no deletion.
        Ok(answer) if matches!(answer.status, 200 | 204 | 404) => None,
        Ok(answer) => Some(format!("its deletion was answered {}", answer.status)),
        Err(failure) => Some(format!("its deletion was not answered: {failure}")),
    }
}
