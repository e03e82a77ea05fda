use super::{Check, Section, checks};

/// All checks, by operation, in the order of a flow.
pub const SECTIONS: &[Section] = &[checks::VERIFY, checks::START, checks::DECISION, checks::TOKEN];

/// Every check with its section.
pub fn every_check() -> impl Iterator<Item = (&'static Section, &'static Check)> {
    SECTIONS.iter().flat_map(|section| section.checks.iter().map(move |check| (section, check)))
}
