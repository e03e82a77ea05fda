//! What is tested: its file, the facts that the server publishes, and the clients by which it knows us.
//!
//! Floor 3.

mod client;
mod facts;
pub mod file;

pub use client::{Client, ClientAuthentication};
pub use facts::{DiscoveryError, TargetFacts};
