//! The checks of authentication services: what an OP may expect of `/user/verify`, of `/authentication/start` and of the
//! decisions that come back, sentence by sentence, and the checks that show whether a service keeps to it.
//!
//! Floor 6. The embedded OP calls the service, as an OP does: a check sends an authentication request to it, and everything
//! between the two parties passes through the [`Wire`], which writes it down and, where a check says so, changes it: other
//! credentials, other members, an expiry that has passed. As in `conformance`, a check is data, and each one names a
//! fault of the mock authentication service that must make it fail; [`diagonal`] is the proof.
//!
//! The checks run one after the other: whoever decides has one device, and `/user/verify` names no request.

mod check;
mod checks;
mod claim;
mod claims;
mod contract;
mod meddling;
mod proof;
mod proving_ground;
mod registry;
mod runner;
mod scene;
mod seen;
mod system_side;
mod wire;

pub use check::{Check, Section, Step, User};
pub use claim::{Claim, Judge, Unheld};
pub use contract::{SENTENCES, Sentence, sentence};
pub use meddling::{Ask, Body, Credentials, Decisions, Message};
pub use proof::{Proof, diagonal, row};
pub use proving_ground::{ProvingGround, SetUpError, plan_of};
pub use registry::{SECTIONS, every_check};
pub use runner::{Ran, run};
pub use scene::{Bench, IN_TIME, SILENCE, Scene, THINKING};
pub use seen::{ServiceCall, ServiceEndpoint, SystemCall, SystemCallKind};
pub use wire::{ServiceCredentials, Wire};
