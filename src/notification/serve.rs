use super::answer::ConnectionReset;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// Most connections that are open at once; further ones wait in the listener's backlog.
pub const CONNECTIONS_MAX: usize = 16 * 1024;
/// How long connections may take to finish what they are at when the endpoint is shut down.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);
/// How long accepting pauses when it fails, for want of descriptors as a rule.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Serves HTTP/1.1 until `shutdown` is ready, then lets calls under way finish within [`SHUTDOWN_GRACE`].
///
/// Differs from axum's own server in three ways: a response marked [`ConnectionReset`] resets the connection, the number
/// of connections is bounded, and nothing is logged. Small answers leave at once (`TCP_NODELAY`).
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let (stop, stopping) = watch::channel(false);
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            // The semaphore is never closed, so a permit always comes.
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        tokio::select! {
            () = &mut shutdown => break,
            (permit, accepted) = accepted => match accepted {
                Ok((stream, _)) => {
                    let connection = drive(stream, router.clone(), stopping.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(permit);
                    });
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    stop.send_replace(true);
    let finished = async { while connections.join_next().await.is_some() {} };
    // Whoever is not done by then is cut off when the set is dropped.
    drop(tokio::time::timeout(SHUTDOWN_GRACE, finished).await);
}

/// One connection, to its end.
async fn drive(stream: TcpStream, router: Router, mut stopping: watch::Receiver<bool>) {
    // A socket that refuses the option is slower, not wrong.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let answer = router.clone().oneshot(request.map(Body::new));
        // Boxed, since only a connection that needs no pinning gives its socket back.
        Box::pin(async move {
            let Ok(response) = answer.await;
            match response.extensions().get::<ConnectionReset>() {
                Some(reset) => Err(*reset),
                None => Ok(response),
            }
        })
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut told = false;
    let ended = loop {
        tokio::select! {
            ended = poll_fn(|context| connection.poll_without_shutdown(context)) => break ended,
            _ = stopping.wait_for(|stop| *stop), if !told => {
                told = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    if ended.is_err_and(|error| error.source().is_some_and(|source| source.is::<ConnectionReset>())) {
        // Without lingering, closing the socket sends RST.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}
