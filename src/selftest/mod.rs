//! The proof that every check can fail: the suite against the embedded OP, in one thread under paused time, without
//! faults and with each of them.
//!
//! Floor 6. What is proven here is the judge, not a server: no fault, and every check that applies passes; the fault that a
//! check names, and that check fails.

mod embedded_clients;
mod matrix;
mod proving_ground;

pub use embedded_clients::{EMBEDDED_BANK, EMBEDDED_SCOPE, SIGNING_BANK, embedded_client, embedded_clients};
pub use matrix::{Proof, Row, diagonal, matrix, virtual_time};
pub use proving_ground::ProvingGround;
