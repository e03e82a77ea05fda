use serde::Serialize;

/// What a machine can do as a generator. Processor times are of one core.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ceiling {
    /// Cores that this process may use.
    pub cores: usize,
    /// Processor time of one token request with its answer, in µs.
    pub exchange_us: f64,
    /// The slowest key that signs by RSA, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rsa: Option<Signer>,
    /// How late a thread wakes that sleeps until a given time: 99th percentile, in µs.
    pub wakes_late_p99_us: u64,
    /// Memory of the machine, in MiB; 0 where the system does not tell.
    pub memory_mib: u64,
    /// File descriptors that this process may open.
    pub descriptors: u64,
    /// Local ports for connections from one address to one server; `None` where the system does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<u64>,
}

/// A key at work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signer {
    /// Its algorithm, for example `PS256`.
    pub algorithm: String,
    /// Processor time of one signature, in µs.
    pub signature_us: f64,
}

impl Ceiling {
    /// Exchanges that one core carries in a second.
    pub fn exchanges_per_s(&self) -> f64 {
        1e6 / self.exchange_us.max(f64::MIN_POSITIVE)
    }
}
