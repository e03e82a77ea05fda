//! The highest rate that meets the thresholds: a search in the manner of MLRsearch (draft-ietf-bmwg-mlrsearch), and what one
//! trial of it says.
//!
//! Pure: [`Search`] says which trial comes next and is told what came of it. Who carries trials out is not its business, and
//! neither is what a threshold is: a trial has met them, has broken one, or was invalid.

mod bounds;
mod course;
mod end;
mod level;
mod search;
mod sentences;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;
mod trial;

pub use course::{Course, TrialMark, course};
pub use end::{End, Recovery};
pub use search::{Judged, Search, Step, Trial};
pub use sentences::{outcome_sentence, part_name, remarks, search_sentence, trial_sentence};
pub use trial::{TRIAL_STAGE, samples_wanted, trial_record};
