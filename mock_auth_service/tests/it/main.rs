//! The service seen from outside: its routers on one side, a scripted server behind its outgoing service on the other.

#![expect(clippy::unwrap_used, reason = "what cannot be unwrapped here is a failed test")]

mod acknowledging;
mod bounds;
mod consents;
mod deciding;
mod device;
mod dialects;
mod expiring;
mod faults;
mod management;
mod repeating;
mod serving;
mod stage;
mod tokens;
