//! What the simulated users decide: a pure function of a seed and a key.
//!
//! There is no generator with a state here: a decision is drawn from SHA-256 of (seed, purpose, key), so that the same
//! seed gives the same decisions in whatever order and with whatever concurrency the requests arrive.

mod decision_plan;
mod delay;
mod draw;
mod validation;

pub use decision_plan::{
    Decision, DecisionPlan, Grant, Planned, Shares, UnknownAnswer, UserOverride, correlation_key,
};
pub use delay::{Delay, MAX_DELAY};
pub use validation::PlanError;
