//! What the generator's own work costs.

use serde::Serialize;

/// Memory of one flow that is pending, in bytes. From docs/METHODOLOGY.md, "What it costs": each flow beyond the first 1,000,
/// `cargo bench --bench generator -- memory`.
pub const PENDING_FLOW_BYTES: u64 = 1_903;

/// Memory that does not grow with the flows, in bytes: the program itself, histograms, threads, connections, and the identifiers
/// that were given out, from the same measurement.
pub const STANDING_BYTES: u64 = 47 * 1024 * 1024;

/// Processor time of one exchange, in µs. From docs/METHODOLOGY.md, "What it costs": a pending poll,
/// `cargo bench --bench generator -- cpu`.
pub const EXCHANGE_US: f64 = 55.5;

/// Processor time of judging an ID token, in µs: `cargo bench --bench parts`, in the same place.
pub const ID_TOKEN_US: f64 = 67.0;

/// Processor time of an RSA signature of 2,048 bits, in µs: `openssl speed rsa2048`, in the same place.
pub const RSA_SIGNATURE_US: f64 = 833.0;

/// Processor times, in µs of one core.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// Of an exchange.
    pub exchange_us: f64,
    /// Of judging an ID token.
    pub id_token_us: f64,
    /// Of an RSA signature.
    pub rsa_signature_us: f64,
}

impl Default for Costs {
    /// Those of the machine in docs/METHODOLOGY.md.
    fn default() -> Self {
        Costs { exchange_us: EXCHANGE_US, id_token_us: ID_TOKEN_US, rsa_signature_us: RSA_SIGNATURE_US }
    }
}

/// Share of a machine's cores that a plan uses, 0 to 1; above it a run has a caveat.
pub const CORES_USED: f64 = super::caveats::CPU_SHARE_SATURATED;

/// The highest rates of any second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct PeakRates {
    /// Authentication requests.
    pub authentication_requests: f64,
    /// Token requests.
    pub polls: f64,
    /// Notifications that arrive: pings and pushes.
    pub pings: f64,
    /// Answers with tokens.
    pub tokens: f64,
    /// RSA signatures of assertions, authentication requests and hints.
    pub rsa_signatures: f64,
}

impl PeakRates {
    /// Cores that carry these rates, where things cost so much.
    pub fn cores(&self, costs: &Costs) -> f64 {
        let exchanges = (self.authentication_requests + self.polls + self.pings) * costs.exchange_us;
        let signatures = self.rsa_signatures * costs.rsa_signature_us;
        (exchanges + self.tokens * costs.id_token_us + signatures) / 1e6
    }
}
