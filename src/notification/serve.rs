use super::answer::ConnectionReset;
use crate::tls::{Acceptor, PeerCertificate};
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
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
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
///
/// With `tls` it is HTTPS: each connection makes its own handshake beside the others, and its requests carry the client's
/// certificate, where it has one, as the extension [`PeerCertificate`].
pub async fn serve(
    listener: TcpListener,
    tls: Option<Acceptor>,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
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
                    let (tls, router, stopping) = (tls.clone(), router.clone(), stopping.clone());
                    connections.spawn(async move {
                        connect(stream, tls, router, stopping).await;
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

/// One connection, from its handshake to its end.
async fn connect(
    stream: TcpStream,
    tls: Option<Acceptor>,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    // A socket that refuses the option is slower, not wrong.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        let stopped = async move { drop(stopping.wait_for(|stop| *stop).await) };
        if let Some(stream) = drive(stream, None, router, stopped).await {
            let _ = stream.set_zero_linger();
        }
        return;
    };
    // Before the handshake, so that no exchange of the certificate is missed.
    let exchanged = tls.shown().exchanged();
    let accepted = tokio::select! {
        accepted = tls.accept(stream) => accepted,
        _ = stopping.wait_for(|stop| *stop) => return,
    };
    // A client that does not trust the certificate, or speaks no TLS, is told so by the handshake.
    let Ok((stream, peer)) = accepted else { return };
    let stopped = async move {
        tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => {}
            () = exchanged => {}
        }
    };
    if let Some(stream) = drive(stream, peer, router, stopped).await {
        let _ = stream.get_ref().0.set_zero_linger();
    }
}

/// The requests of one connection, until `stopped`, and then the one under way. Gives the stream back if it is to be reset: without lingering, closing the socket sends
/// RST.
async fn drive<S>(
    stream: S,
    peer: Option<PeerCertificate>,
    router: Router,
    stopped: impl Future<Output = ()>,
) -> Option<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request = request.map(Body::new);
        if let Some(peer) = &peer {
            request.extensions_mut().insert(peer.clone());
        }
        let answer = router.clone().oneshot(request);
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
    let (mut told, mut stopped) = (false, pin!(stopped));
    let ended = loop {
        tokio::select! {
            ended = poll_fn(|context| connection.poll_without_shutdown(context)) => break ended,
            () = &mut stopped, if !told => {
                told = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let reset = ended.is_err_and(|error| error.source().is_some_and(|source| source.is::<ConnectionReset>()));
    let mut stream = connection.into_parts().io.into_inner();
    if reset {
        return Some(stream);
    }
    // TLS says that it ends; on a plain socket this is what dropping it does.
    let _ = tokio::time::timeout(SHUTDOWN_GRACE, stream.shutdown()).await;
    None
}
