use super::{Severity, severity};
use crate::ciba::Level;
use crate::record::{Baseline, CheckRecord, DeviationRecord, DeviationState, SuiteRecord, Verdict};

/// What a check's verdict does to the run, once announced deviations and the baseline are taken into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'r> {
    /// The server does what the check claims.
    Passed,
    /// The check says nothing about this target.
    NotApplicable,
    /// Held against the server.
    Held,
    /// Held against the server: it was announced, but the day has passed.
    Expired(&'r DeviationRecord),
    /// A warning that passed in the baseline: worse than it was, if not binding.
    Regressed,
    /// A SHOULD that is not followed; told, and held against nobody.
    Warned,
    /// A MAY that is done in another way; told, and held against nobody.
    Observed,
    /// Announced by the target file, and not held against the server.
    Known(&'r DeviationRecord),
    /// Failed in the baseline, too, and is not held against this run.
    InBaseline,
    /// No verdict.
    Undecided,
    /// This tool's own fault.
    OwnFault,
}

/// A check with what follows from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JudgedCheck<'r> {
    /// The check.
    pub check: &'r CheckRecord,
    /// How much its verdict weighs.
    pub severity: Severity,
    /// What that does to the run.
    pub standing: Standing<'r>,
}

/// Judges one check of a suite.
pub(super) fn judge<'r>(suite: &'r SuiteRecord, check: &'r CheckRecord) -> JudgedCheck<'r> {
    let standing = match &check.verdict {
        Verdict::Pass => Standing::Passed,
        Verdict::Fail { .. } => failed(suite, check),
        Verdict::NotApplicable { .. } => Standing::NotApplicable,
        Verdict::Inconclusive { .. } => Standing::Undecided,
        Verdict::Broken { .. } => Standing::OwnFault,
    };
    JudgedCheck { check, severity: severity(check.level, &check.verdict), standing }
}

fn failed<'r>(suite: &'r SuiteRecord, check: &CheckRecord) -> Standing<'r> {
    for deviation in suite.deviations.iter().filter(|deviation| deviation.check == check.id) {
        match deviation.state {
            DeviationState::Known => return Standing::Known(deviation),
            DeviationState::Expired => return Standing::Expired(deviation),
            DeviationState::NoLongerHappens | DeviationState::NotSeen => {}
        }
    }
    let before = |list: fn(&Baseline) -> &[String]| {
        suite.baseline.as_ref().is_some_and(|baseline| list(baseline).contains(&check.id))
    };
    let held = || if before(|baseline| &baseline.failed) { Standing::InBaseline } else { Standing::Held };
    match (check.level, suite.selection.fail_on) {
        (Level::Must | Level::Plain, _) => held(),
        (Level::Should, Level::Should | Level::May) => held(),
        (Level::Should, Level::Must | Level::Plain) if before(|baseline| &baseline.passed) => {
            Standing::Regressed
        }
        (Level::Should, Level::Must | Level::Plain) => Standing::Warned,
        (Level::May, Level::May) => held(),
        (Level::May, Level::Must | Level::Plain | Level::Should) => Standing::Observed,
    }
}
