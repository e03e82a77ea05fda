//! How a server treats polls that come too early: which experiments show it, and what they showed.
//!
//! A [`Policy`] is a tuple of traits: where the throttle's window begins, what moves it, whether it grows, who shares it and
//! whether it is looked at before the user's decision. [`POLICIES`] are the well-known points of that space; real servers
//! are often in between. [`probe_plan`] says what to try against a server, and [`infer`] which policies agree with all that
//! was seen. Pure: nothing here sends a poll or reads a time.

mod curve;
mod infer;
mod measured;
mod plan;
mod policy;
mod replay;
mod sentences;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;
mod window;

pub use curve::{CURVE_FRACTIONS, curve};
pub use infer::infer;
pub use measured::measured;
pub use plan::{Action, GUARD, LastPoll, Offset, ProbePlan, probe_plan};
pub use policy::{Begins, Growth, Policy, Precedence, Scope, Window};
pub use policy::{POLICIES, policies};
pub use replay::UNCERTAINTY;
pub use sentences::sentences;
