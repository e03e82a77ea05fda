use super::exchanges::exchange_us;
use super::lateness::wakes_late_p99_us;
use super::signatures::slowest;
use super::{Ceiling, Signer};
use crate::clock::Clock;
use crate::jose::{SigningError, SigningKey};
use crate::target::DiscoveryError;
use crate::transport::TransportSetUpError;
use crate::world::WorldError;

/// Why nothing could be measured: each is this machine's, or this tool's.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// The embedded OP does not start.
    #[error("the embedded OP, against which this machine is measured, does not start")]
    World(#[from] WorldError),
    /// It does not say what it is.
    #[error("the embedded OP, against which this machine is measured, does not answer")]
    Discovery(#[from] DiscoveryError),
    /// The HTTP client.
    #[error(transparent)]
    Transport(#[from] TransportSetUpError),
    /// A thread or its runtime.
    #[error("no thread to measure in can be started")]
    Thread(#[from] std::io::Error),
    /// A thread ended before its time.
    #[error("the thread that measures {0} panicked")]
    Panicked(&'static str),
    /// The embedded OP has answered otherwise than it does.
    #[error("the embedded OP, against which this machine is measured, has answered {0:?}")]
    Answered(String),
    /// A key that cannot sign.
    #[error("a client's key cannot sign")]
    Signing(#[from] SigningError),
}

/// Measures this machine in two to three seconds: `keys` are those with which a run would sign. The machine's sizes are known
/// beforehand. To be called where blocking is allowed.
///
/// # Errors
/// Something cannot be started, or does not work.
pub fn calibrate(keys: &[SigningKey], sizes: Sizes, clock: Clock) -> Result<Ceiling, CalibrationError> {
    let exchange_us = on_a_thread("exchanges", move || exchange_us(clock))?;
    let keys: Vec<SigningKey> = keys.iter().filter(|key| key.algorithm().is_rsa()).cloned().collect();
    let rsa: Option<Signer> = on_a_thread("signatures", move || slowest(&keys))?;
    let wakes_late_p99_us = on_a_thread("timers", move || Ok(wakes_late_p99_us(clock)))?;
    let Sizes { cores, memory_mib, descriptors, ports } = sizes;
    Ok(Ceiling { cores, exchange_us, rsa, wakes_late_p99_us, memory_mib, descriptors, ports })
}

/// What the system tells of the machine without measuring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Cores that this process may use.
    pub cores: usize,
    /// Memory, in MiB; 0 where the system does not tell.
    pub memory_mib: u64,
    /// File descriptors that this process may open.
    pub descriptors: u64,
    /// Local ports for connections from one address to one server.
    pub ports: Option<u64>,
}

/// Measures on a thread of its own, whose processor time is nobody else's.
fn on_a_thread<T: Send + 'static>(
    what: &'static str,
    measure: impl FnOnce() -> Result<T, CalibrationError> + Send + 'static,
) -> Result<T, CalibrationError> {
    let thread = std::thread::Builder::new().name(format!("ciba-{what}")).spawn(measure)?;
    thread.join().map_err(|_| CalibrationError::Panicked(what))?
}
