//! The provider as its clients and its authentication service see it: in process, under paused time.

#![expect(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod capacity;
mod client_authentication;
mod concurrency;
mod configuration;
mod faults;
mod flow;
mod hints;
mod open_banking;
mod polling;
mod pushes;
mod registration;
mod request_errors;
mod scope_grants;
mod server;
mod signing;
mod simulator;
mod tokens;
mod world;
