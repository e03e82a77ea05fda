//! A router on a listener.

use std::{future::Future, io, time::Duration};

use axum::{Router, serve::ListenerExt as _};
use tokio::{net::TcpListener, sync::oneshot};

/// How long connections may take to finish once `shutdown` has resolved.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// Serves `router` on a listener that is already bound, without Nagle's delay, until `shutdown` resolves; requests under way
/// are then given five seconds.
///
/// # Errors
/// Those of the listener.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let listener = listener.tap_io(|stream| {
        // A connection that is gone already fails here; serving it will notice.
        let _ = stream.set_nodelay(true);
    });
    let (stopping, stopped) = oneshot::channel::<()>();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        drop(stopping);
    });
    let grace = async {
        // Resolves when the other half is dropped, which is what is waited for.
        let _ = stopped.await;
        tokio::time::sleep(SHUTDOWN_GRACE).await;
    };
    tokio::select! {
        result = serving => result,
        () = grace => Ok(()),
    }
}
