//! Checks by name, and what is said about a wrong one.

use std::time::Duration;

use super::failure::Failure;
use crate::conformance::{Check, every_check};
use crate::profile::document::nearest_few;

/// Most names that are offered for a wrong one.
const OFFERED_MAX: usize = 3;

/// Ids of all checks.
pub fn ids() -> Vec<&'static str> {
    every_check().map(|(_, check)| check.id).collect()
}

/// A pattern that matches nothing: a mistyped one would make a gate that never fails.
pub fn no_such_check(what: &str, pattern: &str) -> Failure {
    Failure::usage(unknown_check(what, pattern))
}

/// The same in words; `what` names where the pattern stands.
pub fn unknown_check(what: &str, pattern: &str) -> String {
    format!(
        "{what} {pattern:?}: no check has such an id, {}",
        offer(pattern, &ids(), "`ciba-bench list checks` names them")
    )
}

/// `did you mean A or B?`, or else where to look.
pub fn offer(word: &str, known: &[&str], otherwise: &str) -> String {
    let near = nearest_few(word, known, OFFERED_MAX);
    if near.is_empty() {
        return format!("and none comes near; {otherwise}");
    }
    let quoted: Vec<String> = near.iter().map(|name| format!("{name:?}")).collect();
    format!("did you mean {}? {otherwise}", quoted.join(" or "))
}

/// The checks that observe a requirement.
pub fn covering(requirement: &str) -> impl Iterator<Item = &'static Check> {
    every_check().map(|(_, check)| check).filter(move |check| check.covers.contains(&requirement))
}

/// An estimate in whole seconds, rounded up.
pub fn seconds(estimate: Duration) -> u64 {
    estimate.as_secs() + u64::from(estimate.subsec_nanos() > 0)
}

/// `1 check`, `2 checks`.
pub fn counted(checks: usize) -> String {
    if checks == 1 { "1 check".to_owned() } else { format!("{checks} checks") }
}
