use super::{Need, Step};
use crate::ciba::Level;

/// One check: a claim about the server, and the script that shows whether it holds. Plain data, so that it can be
/// printed, listed and counted without being run.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Stable name: specification, section, slug. Never an ordinal, so that a new check renames none.
    pub id: &'static str,
    /// The claim, as a sentence.
    pub title: &'static str,
    /// Why it matters: what a server that breaks it does to its clients or users.
    pub why: &'static str,
    /// Ids of the requirements that it observes. The first one grades it.
    pub covers: &'static [&'static str],
    /// A softer grade than the requirement's own level, with its reason.
    pub softer: Option<Softer>,
    /// What the target must offer; what is missing makes the check not applicable.
    pub needs: &'static [Need],
    /// The steps.
    pub script: &'static [Step],
    /// The fault of the embedded OP that must make this check fail: the proof that it can.
    pub fault: &'static str,
}

/// Why a check is graded softer than its requirement reads.
#[derive(Debug, Clone, Copy)]
pub struct Softer {
    /// The level that counts.
    pub level: Level,
    /// Why.
    pub reason: &'static str,
}

/// The checks of one section of a specification.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Its place and name in reports, `10.2 Ping`.
    pub name: &'static str,
    /// Its checks, in the order of the specification.
    pub checks: &'static [Check],
}
