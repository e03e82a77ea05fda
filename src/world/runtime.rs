use super::WorldError;
use crate::tls::Acceptor;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime;

/// Connections that may wait to be accepted. More than a burst of new clients brings: what does not fit is sent again a
/// second later, and would be charged to the server.
const BACKLOG: u32 = 4096;
/// How long threads may take to end what they are at when they are stopped at once.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Threads of their own for parties that must not stall whoever sends load.
#[derive(Debug)]
pub struct Runtime {
    // `None` once it was stopped.
    runtime: Option<runtime::Runtime>,
}

/// A bound address, before its party is started.
#[derive(Debug)]
pub struct Listener {
    pub(super) socket: TcpListener,
    /// The address, with the port that the system chose for port 0.
    pub address: SocketAddr,
    pub(super) tls: Option<Acceptor>,
}

impl Listener {
    /// `http://ADDRESS`, or `https://ADDRESS`.
    pub fn base_url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// With TLS, where there is an acceptor.
    #[must_use]
    pub fn with_tls(self, tls: Option<Acceptor>) -> Self {
        Listener { tls, ..self }
    }
}

impl Runtime {
    /// Starts threads, at least one; they are named `name`.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(name: &'static str, threads: usize) -> Result<Self, WorldError> {
        let threads = threads.max(1);
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name(name)
            .enable_all()
            .build()
            .map_err(|source| WorldError::Threads { name, threads, source })?;
        Ok(Runtime { runtime: Some(runtime) })
    }

    /// Binds an address for a party that will run on these threads.
    ///
    /// # Errors
    /// The address is taken, or not this machine's.
    pub fn bind(&self, address: SocketAddr) -> Result<Listener, WorldError> {
        let _context = self.runtime.as_ref().map(runtime::Runtime::enter);
        let bound = || {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            // A port that was just closed can be used again at once.
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            let socket = socket.listen(BACKLOG)?;
            Ok(Listener { address: socket.local_addr()?, socket, tls: None })
        };
        bound().map_err(|source| WorldError::Bind { address, source })
    }

    /// Starts a task on these threads. It is dropped where they were stopped.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            drop(runtime.spawn(task));
        }
    }

    /// Ends everything that runs here, wherever it is: connections are cut, nothing is finished. Returns when it is done.
    pub(super) fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime may not be waited for on a thread that runs tasks itself.
            let stopping = std::thread::spawn(move || runtime.shutdown_timeout(STOP_GRACE));
            // Joining fails only if the thread panicked; the runtime is gone then, too.
            let _ = stopping.join();
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
