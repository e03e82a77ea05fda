//! Serving a router on a listener that is bound already.

use std::future::Future;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long open connections may finish their answers after the shutdown signal.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// Serves until `shutdown` is ready, then lets open exchanges finish within a bound.
///
/// # Errors
/// What accepting connections reports.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Small answers must not wait for the peer's delayed acknowledgements. A socket that refuses still serves.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let (began, begins) = oneshot::channel();
    let signal = async move {
        shutdown.await;
        let _ = began.send(());
    };
    let grace = async move {
        match begins.await {
            Ok(()) => tokio::time::sleep(SHUTDOWN_GRACE).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        result = axum::serve(listener, router).with_graceful_shutdown(signal) => result,
        () = grace => Ok(()),
    }
}
