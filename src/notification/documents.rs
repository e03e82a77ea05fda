use super::receiver::Receiver;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use rustc_hash::FxHashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most documents that are published at once.
pub const DOCUMENTS_MAX: usize = 1_000;

/// No further document can be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the notification endpoint already publishes {DOCUMENTS_MAX} documents, its bound")]
pub struct DocumentsFull;

/// What the endpoint's origin publishes beside the endpoint, by path.
#[derive(Debug, Default)]
pub(super) struct Documents(Mutex<FxHashMap<String, Bytes>>);

impl Documents {
    pub(super) fn publish(&self, path: String, document: Bytes) -> Result<(), DocumentsFull> {
        let mut held = self.held();
        if held.len() >= DOCUMENTS_MAX && !held.contains_key(&path) {
            return Err(DocumentsFull);
        }
        held.insert(path, document);
        Ok(())
    }

    pub(super) fn withdraw(&self, path: &str) {
        self.held().remove(path);
    }

    /// The answer to a call for one of them.
    pub(super) fn answer<B, A: From<Bytes>>(&self, request: &Request<B>) -> Option<Response<A>> {
        if request.method() != Method::GET {
            return None;
        }
        let document = self.held().get(request.uri().path()).cloned()?;
        let mut response = Response::new(document.into());
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        Some(response)
    }

    fn held(&self) -> MutexGuard<'_, FxHashMap<String, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Receiver {
    /// What comes behind the endpoint's own path in the address of a document; a number that no other flow has makes it one
    /// of its own.
    pub fn document_suffix(number: u64, name: &str) -> String {
        format!("/documents/{number}/{name}")
    }

    /// Publishes a JSON document at the endpoint's path and this suffix, for a server to fetch: a key set, or a sector
    /// identifier document (CIBA Core 1.0, 4). One that was published there before is replaced.
    ///
    /// # Errors
    ///
    /// When [`DOCUMENTS_MAX`] are published.
    pub fn publish(&self, suffix: &str, document: impl Into<Bytes>) -> Result<(), DocumentsFull> {
        self.documents().publish(self.document_path(suffix), document.into())
    }

    /// Publishes the document no longer.
    pub fn withdraw(&self, suffix: &str) {
        self.documents().withdraw(&self.document_path(suffix));
    }

    fn document_path(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.path().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::super::calls::{Endpoint, bare};
    use super::*;
    use axum::body::Body;
    use http::StatusCode;

    async fn get(endpoint: &Endpoint, path: &str) -> (StatusCode, Bytes) {
        let answer = endpoint.call(bare("GET", path, &[]).body(Body::empty()).unwrap()).await;
        let (head, body) = answer.into_parts();
        (head.status, axum::body::to_bytes(body, 1_000).await.unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_document_is_there_until_it_is_withdrawn() {
        let endpoint = Endpoint::new();
        let suffix = Receiver::document_suffix(7, "keys");
        let path = "/notify/documents/7/keys";
        assert_eq!(get(&endpoint, path).await.0, StatusCode::NOT_FOUND);
        for document in ["[1]", "[2]"] {
            endpoint.receiver.publish(&suffix, document).unwrap();
            assert_eq!(get(&endpoint, path).await, (StatusCode::OK, Bytes::from(document)));
        }
        assert_eq!(get(&endpoint, "/notify/documents/8/keys").await.0, StatusCode::NOT_FOUND);
        endpoint.receiver.withdraw(&suffix);
        assert_eq!(get(&endpoint, path).await.0, StatusCode::NOT_FOUND);
        for number in 0..DOCUMENTS_MAX as u64 {
            endpoint.receiver.publish(&Receiver::document_suffix(number, "a"), "[]").unwrap();
        }
        assert_eq!(endpoint.receiver.publish(&suffix, "[]"), Err(DocumentsFull));
        assert_eq!(endpoint.receiver.publish(&Receiver::document_suffix(1, "a"), "[3]"), Ok(()));
    }
}
