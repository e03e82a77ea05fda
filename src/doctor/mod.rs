//! Finds out whether a target can be used with its target file, before any load or check is run.
//!
//! Floor 6. An [`Examination`] looks at one thing, and its [`Finding`] says what was seen and, where that is not well, what
//! to change and where. Each stands on others: what lacks its ground is not examined, so that one mistake is one failure.
//! `judgement` turns what was observed into findings and does no I/O; [`examine`] carries the examinations out. At most two
//! flows of one user are run, by `relying_party`, and their decisions are made by hand. Consents are created without a flow.

mod chart;
mod consents;
mod examination;
mod examine;
mod finding;
mod flow_run;
mod flow_seen;
mod flows;
mod judgement;
pub mod machine;
mod practice;
mod published;
mod said;
mod watch;

pub use examination::Examination;
pub use examine::{TOTAL_WITHIN, examine};
pub use finding::{Diagnosis, Finding, State};
pub use flows::PERSON_WITHIN;
pub use practice::{Listening, OwnEndpoint, OwnService, Practice, Teller, Waiting};
