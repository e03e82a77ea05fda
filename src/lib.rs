//! `ciba-bench`: load tests and judges servers that offer OpenID Connect Client-Initiated Backchannel Authentication.
//!
//! Modules sit on numbered floors (the table in `ARCHITECTURE.md`, held by a test). Data flows one way: what talks to a
//! server produces a [`record::RunRecord`], what writes for people or for CI consumes one, and nothing else is shared.

pub mod analysis;
pub mod auth_service_suite;
pub mod capacity;
pub mod checkpoint;
pub mod ciba;
pub mod cli;
pub mod clock;
pub mod conformance;
pub mod decision_channel;
pub mod doctor;
pub mod flow;
pub mod jose;
pub mod load;
pub mod metrics;
pub mod notification;
pub mod open_banking;
pub mod profile;
pub mod record;
pub mod relying_party;
pub mod report;
pub mod selftest;
pub mod target;
pub mod tls;
pub mod transport;
pub mod world;
