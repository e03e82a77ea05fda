//! `doctor` against the embedded OP, sound and with one thing wrong at a time, in virtual time.

mod bounds;
mod consents;
mod mistakes;
pub mod ward;

use ciba_bench::ciba::Named as _;
use ciba_bench::doctor::{Diagnosis, Examination, Finding};

/// What is sound of a target that has no client for push and no consents, and all else.
const ALL_BUT_RARE: usize = Examination::ALL.len() - 3;

/// What was found about something.
pub fn finding_of(diagnosis: &Diagnosis, examination: Examination) -> &Finding {
    diagnosis.findings.iter().find(|finding| finding.examination == examination).unwrap()
}
