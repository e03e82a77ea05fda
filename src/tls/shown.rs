use super::{Identity, IdentityError};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// Which certificate a listener shows: its own, or for a time another one. All clones are one switch.
#[derive(Clone)]
pub struct ShownCertificate {
    foreign: Arc<watch::Sender<Option<TlsAcceptor>>>,
}

/// While this lives, the listener shows another certificate; dropped, it shows its own again.
#[derive(Debug)]
#[must_use]
pub struct ForeignCertificate(ShownCertificate);

impl ShownCertificate {
    /// The listener's own.
    pub fn own() -> Self {
        ShownCertificate { foreign: Arc::new(watch::Sender::new(None)) }
    }

    /// Shows another certificate instead. Connections that have seen the one before are closed once they are idle, so that
    /// whoever calls has to look again.
    ///
    /// # Errors
    /// The key cannot be used.
    pub fn show(&self, identity: &Identity) -> Result<ForeignCertificate, IdentityError> {
        self.foreign.send_replace(Some(super::acceptor::tls_acceptor(identity)?));
        Ok(ForeignCertificate(self.clone()))
    }

    /// Whether it is the listener's own.
    pub fn is_own(&self) -> bool {
        self.foreign.borrow().is_none()
    }

    /// What is shown instead of the listener's own.
    pub(super) fn foreign(&self) -> Option<TlsAcceptor> {
        self.foreign.borrow().clone()
    }

    /// Ready when another one is shown than at the time of the call.
    pub fn exchanged(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut shown = self.foreign.subscribe();
        // Whoever could exchange it may be gone: then it never is.
        async move {
            if shown.changed().await.is_err() {
                std::future::pending().await
            }
        }
    }
}

impl std::fmt::Debug for ShownCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShownCertificate").field("own", &self.is_own()).finish()
    }
}

impl Drop for ForeignCertificate {
    fn drop(&mut self) {
        self.0.foreign.send_replace(None);
    }
}
