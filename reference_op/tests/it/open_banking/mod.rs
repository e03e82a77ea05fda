//! Consents: created by clients, named in authentication requests, decided by the authentication service.

pub mod bank;
mod brasil_consents;
mod decisions;
mod intents;
mod simulated;
mod strange_bodies;
mod uk_consents;
