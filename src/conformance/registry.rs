use super::{Check, Section, checks};

/// Every check, by section. A new file of checks is one row here.
pub const SECTIONS: &[Section] = &[];

/// Every check with its section, in the order of the registry.
pub fn every_check() -> impl Iterator<Item = (&'static Section, &'static Check)> {
    SECTIONS.iter().flat_map(|section| section.checks.iter().map(move |check| (section, check)))
}
