use crate::analysis::{JudgedCheck, Standing, SuiteSummary};

/// How checks are told apart in the tables of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Failed,
    Broken,
    Inconclusive,
    Warning,
    Observation,
    Known,
    Passed,
    NotApplicable,
}

impl Group {
    pub(super) const ALL: [Group; 8] = [
        Group::Passed,
        Group::Failed,
        Group::Warning,
        Group::Observation,
        Group::Known,
        Group::Inconclusive,
        Group::Broken,
        Group::NotApplicable,
    ];

    pub(super) fn of(judged: &JudgedCheck<'_>) -> Self {
        match judged.standing {
            Standing::Held | Standing::Expired(_) | Standing::Regressed => Group::Failed,
            Standing::OwnFault => Group::Broken,
            Standing::Undecided => Group::Inconclusive,
            Standing::Warned => Group::Warning,
            Standing::Observed => Group::Observation,
            Standing::Known(_) | Standing::InBaseline => Group::Known,
            Standing::Passed => Group::Passed,
            Standing::NotApplicable => Group::NotApplicable,
        }
    }

    /// One character.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Group::Failed => "✗",
            Group::Broken => "#",
            Group::Inconclusive => "?",
            Group::Warning => "!",
            Group::Observation => "i",
            Group::Known => "k",
            Group::Passed => "✓",
            Group::NotApplicable => "-",
        }
    }

    /// Head of its column.
    pub(super) fn name(self) -> &'static str {
        match self {
            Group::Failed => "fail",
            Group::Broken => "broken",
            Group::Inconclusive => "incon.",
            Group::Warning => "warn",
            Group::Observation => "obs.",
            Group::Known => "known",
            Group::Passed => "pass",
            Group::NotApplicable => "n.a.",
        }
    }

    /// What it means, for legends.
    pub(super) fn about(self) -> &'static str {
        match self {
            Group::Failed => "fails, and fails the run",
            Group::Broken => "this tool failed",
            Group::Inconclusive => "inconclusive: the claim was never reached",
            Group::Warning => "a SHOULD that is not followed",
            Group::Observation => "a MAY done in another way",
            Group::Known => "known to fail: announced, or in the baseline",
            Group::Passed => "passes",
            Group::NotApplicable => "not applicable",
        }
    }

    /// Groups that have a check in this suite, in the order of columns.
    pub(super) fn used(summary: &SuiteSummary<'_>) -> Vec<Group> {
        let used = |group: &Group| summary.checks.iter().any(|judged| Group::of(judged) == *group);
        Group::ALL.into_iter().filter(used).collect()
    }

    /// The checks of this group.
    pub(super) fn members<'s, 'r>(self, checks: &'s [JudgedCheck<'r>]) -> Vec<&'s JudgedCheck<'r>> {
        checks.iter().filter(|judged| Group::of(judged) == self).collect()
    }
}
