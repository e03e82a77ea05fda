use super::{Listener, Runtime};
use crate::notification::serve;
use axum::Router;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Longest time that one party may take to close.
pub const CLOSE_GRACE: Duration = Duration::from_secs(5);

/// A router on a listener, until it is closed or dropped.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Server {
    pub(super) fn start(runtime: &Runtime, listener: Listener, router: Router) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (end, ended) = oneshot::channel();
        let Listener { socket, address, tls } = listener;
        runtime.spawn(async move {
            // Dropping the other half stops it just as well.
            let shutdown = async { drop(stopped.await) };
            serve(socket, tls, router, shutdown).await;
            let _ = end.send(());
        });
        Server { address, stop: Mutex::new(Some(stop)), ended: Mutex::new(Some(ended)) }
    }

    /// Takes no more connections, lets requests under way finish within a bound, then cuts them.
    pub(super) async fn close(&self) {
        drop(self.stop.lock().unwrap_or_else(PoisonError::into_inner).take());
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ended) = ended {
            // It has ended, its threads were stopped, or its time is over.
            drop(tokio::time::timeout(CLOSE_GRACE, ended).await);
        }
    }
}
