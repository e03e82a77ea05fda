//! Conformance: what the standard asks for, sentence by sentence, and the checks that show whether a server does it.
//!
//! [`requirements`] is the table of all normative statements. A [`Check`] is data: the requirements it covers, what it
//! needs, a script of [`Step`]s, and the name of one fault of the embedded OP that must make it fail. [`run`] carries
//! checks out against a [`Surface`], a target with everything that a check may use of it, and writes down what went over
//! the wire. What a verdict weighs, and what a whole run comes to, is for `analysis`.
//!
//! Floor 5. A judge must be able to misbehave, so nothing here uses the well-behaved client (`flow`, `relying_party`,
//! `load`); the checks send their requests themselves.

mod approach;
mod check;
mod checks;
mod claim;
mod claims;
mod consent_step;
mod estimate;
mod need;
mod prober;
mod registered_key;
mod registration;
mod registry;
mod request;
mod requirement;
mod runner;
mod scene;
mod selection;
mod step;
mod stop;
mod stranger;
mod surface;
mod table;
mod users;

pub use approach::{Approach, SurfaceError};
pub use check::{Check, Section, Softer};
pub use claim::{Claim, Judge, Refusal, Unheld};
pub use consent_step::{ConsentName, ConsentStep, ConsentToken};
pub use estimate::Pace;
pub use need::Need;
pub use prober::{PROBE_MAX, asks_for_policy, probe, run_and_probe};
pub use registration::{
    ClientRecipe, Listed, Member, Outstanding, PAIRWISE_CLIENT, PING_CLIENT, POLL_CLIENT, PUSH_CLIENT,
    Registration, RegistrationStep,
};
pub use registry::{SECTIONS, every_check};
pub use request::{
    ASSERTING, By, CERTIFIED, Change, ClaimValue, Manner, OWNER, PING_OWNER, Proof, REGISTERED,
    REGISTERED_SECOND, Request, SECOND, SIGNING, Seal, TokenForm, VALID, VALID_PING, VALID_PUSH, Value,
    WITH_USER_CODE,
};
pub use requirement::{Coverage, Requirement, Standard, Subject};
pub use runner::{CHECK_TIMEOUT, Ran, RunOptions, run};
pub use scene::{
    Acknowledged, ConsentSeen, FlowSeen, GUARD, PING_PATIENCE, PING_SILENCE, PingSeen, Pushed,
    RegisteredSeen, Scene, Seen, Tokens,
};
pub use selection::{Chosen, NoSuchCheck, matches};
pub use step::{Pause, PingAnswer, Procedure, Shown, Step};
pub use stop::Stop;
pub use surface::{Bank, Hints, Notifications, Surface, SurfaceClient, SurfaceClients};
pub use table::{TableError, broken_table, must_be_covered, requirement, requirements};
pub use users::{Lease, Users};
