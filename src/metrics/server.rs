use super::exposition::{CONTENT_TYPE, Exposition, Shown};
use crate::load::Progress;
use crate::notification::serve;
use axum::Router;
use axum::response::IntoResponse as _;
use axum::routing::get;
use http::{StatusCode, header};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{oneshot, watch};

/// Where metrics are served.
const PATH: &str = "/metrics";

/// Why metrics cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The address is in use, or not this machine's.
    #[error("cannot serve metrics at {address}: {source}; choose another address, or port 0 for a free one")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no thread.
    #[error("cannot start the thread that serves metrics")]
    Thread(#[source] io::Error),
}

/// A bound address, before anything is served.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

impl Bound {
    /// Binds an address.
    ///
    /// # Errors
    /// [`MetricsError::Bind`].
    pub fn bind(address: SocketAddr) -> Result<Self, MetricsError> {
        let bound = || {
            let listener = TcpListener::bind(address)?;
            listener.set_nonblocking(true)?;
            Ok(Bound { address: listener.local_addr()?, listener })
        };
        bound().map_err(|source| MetricsError::Bind { address, source })
    }

    /// What is asked for there.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Serves the progress of a run until the server is dropped.
    ///
    /// # Errors
    /// [`MetricsError::Thread`].
    pub fn serve(
        self,
        progress: watch::Receiver<Progress>,
        shown: Shown,
    ) -> Result<MetricsServer, MetricsError> {
        let router = router(Exposition::new(progress, shown));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(MetricsError::Thread)?;
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(self.listener).map_err(MetricsError::Thread)?
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = move || {
            // Dropping the other half stops it just as well.
            let shutdown = async { drop(stopped.await) };
            runtime.block_on(serve(listener, None, router, shutdown));
        };
        let thread = std::thread::Builder::new()
            .name("ciba-metrics".to_owned())
            .spawn(serving)
            .map_err(MetricsError::Thread)?;
        Ok(MetricsServer { stop: Some(stop), thread: Some(thread) })
    }
}

/// Serves metrics until it is dropped; whoever is being answered then is, within a bound.
#[derive(Debug)]
pub struct MetricsServer {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has told its story by its hook.
            let _ = thread.join();
        }
    }
}

/// Only `GET /metrics` is answered with more than a status; what a request carries is never read.
fn router(exposition: Exposition) -> Router {
    let exposition = Arc::new(exposition);
    let answer = move || {
        let text = exposition.text();
        async move {
            match text {
                Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
    };
    Router::new().route(PATH, get(answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http::Request;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn only_get_metrics_is_served() {
        let (_publish, progress) = watch::channel(Progress::default());
        let router = router(Exposition::new(progress, Shown::default()));
        for (method, path, status) in [
            ("GET", "/metrics", 200),
            ("POST", "/metrics", 405),
            ("GET", "/", 404),
            ("GET", "/metrics/", 404),
        ] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status, "{method} {path}");
            if status == 200 {
                assert_eq!(response.headers()[header::CONTENT_TYPE], CONTENT_TYPE);
            }
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(body.ends_with(b"# EOF\n"), status == 200, "{method} {path}");
        }
    }

    #[test]
    fn an_address_in_use_is_said_before_anything_is_served() {
        let taken = Bound::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let error = Bound::bind(taken.address).unwrap_err().to_string();
        assert!(error.contains(&taken.address.to_string()) && error.contains("port 0"), "{error}");
        let address = taken.address;
        let (_publish, progress) = watch::channel(Progress::default());
        drop(taken.serve(progress, Shown::default()).unwrap());
        // It has ended with its last owner.
        assert!(std::net::TcpStream::connect(address).is_err());
    }
}
