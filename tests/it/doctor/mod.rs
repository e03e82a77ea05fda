//! `doctor` against the embedded OP, sound and with one thing wrong at a time, in virtual time.

mod bounds;
mod mistakes;
mod ward;

use ciba_bench::doctor::{Diagnosis, Examination, Finding};

/// What was found about something.
fn finding_of(diagnosis: &Diagnosis, examination: Examination) -> &Finding {
    diagnosis.findings.iter().find(|finding| finding.examination == examination).unwrap()
}
