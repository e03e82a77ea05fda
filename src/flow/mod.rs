//! One CIBA flow as seen by its client: a state machine without I/O and without a clock.
//!
//! Floor 1: imports `ciba` only. Time comes in with every event as the time since the run's start; what to do next goes
//! out as a [`FlowAction`]. Nothing here knows HTTP, Goose, histograms or the authentication device.

mod conduct;
mod machine;
mod poll_schedule;

pub use conduct::Conduct;
pub use machine::{Flow, FlowAction, FlowEvent, PushAnswer, TokenAnswer};
pub use poll_schedule::PollSchedule;
