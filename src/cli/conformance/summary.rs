//! A suite in a few figures, for `--json`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::RunVerdict;
use crate::ciba::Level;
use crate::record::{Caveat, CheckRecord, DeviationRecord, LeftOut, RunRecord, Verdict};

/// What a pipeline wants to know; the rest is in the record.
#[derive(Debug, Serialize)]
pub struct Summary<'r> {
    run_id: &'r str,
    name: &'r str,
    started_at: &'r str,
    elapsed_s: f64,
    issuer: &'r str,
    verdict: &'static str,
    exit_code: u8,
    reasons: &'r [String],
    folder: &'r str,
    /// Number of checks by verdict; `left_out` did not run.
    checks: BTreeMap<&'static str, usize>,
    /// Every check that did not pass, but for those that do not apply.
    findings: Vec<FindingSummary<'r>>,
    left_out: &'r [LeftOut],
    deviations: &'r [DeviationRecord],
    caveats: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FindingSummary<'r> {
    check: &'r str,
    level: Level,
    covers: &'r [String],
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'r str>,
    actual: &'r str,
}

impl<'r> Summary<'r> {
    /// Sums a record up. `folder` is where its files are.
    pub fn of(record: &'r RunRecord, verdict: &'r RunVerdict, folder: &'r str) -> Self {
        let suite = record.suite();
        let checks = suite.map(|suite| suite.checks.as_slice()).unwrap_or_default();
        let left_out = suite.map(|suite| suite.left_out.as_slice()).unwrap_or_default();
        Summary {
            run_id: &record.run_id,
            name: &record.name,
            started_at: &record.started_at,
            elapsed_s: record.elapsed_s,
            issuer: &record.target.issuer,
            verdict: verdict.exit.word(),
            exit_code: verdict.exit.code(),
            reasons: &verdict.reasons,
            folder,
            checks: counts(checks, left_out.len()),
            findings: checks.iter().filter_map(finding).collect(),
            left_out,
            deviations: suite.map(|suite| suite.deviations.as_slice()).unwrap_or_default(),
            caveats: record.caveats.iter().map(Caveat::message).collect(),
        }
    }
}

fn counts(checks: &[CheckRecord], left_out: usize) -> BTreeMap<&'static str, usize> {
    let all = ["pass", "fail", "not applicable", "inconclusive", "broken"];
    let mut counts: BTreeMap<&str, usize> = all.into_iter().map(|name| (name, 0)).collect();
    for check in checks {
        *counts.entry(check.verdict.name()).or_default() += 1;
    }
    counts.insert("left_out", left_out);
    counts
        .into_iter()
        .map(|(name, count)| (if name == "not applicable" { "not_applicable" } else { name }, count))
        .collect()
}

fn finding(check: &CheckRecord) -> Option<FindingSummary<'_>> {
    let (expected, actual) = match &check.verdict {
        Verdict::Pass | Verdict::NotApplicable { .. } => return None,
        Verdict::Fail { finding } | Verdict::Inconclusive { finding } => {
            (Some(finding.expected.as_str()), finding.actual.as_str())
        }
        Verdict::Broken { reason } => (None, reason.as_str()),
    };
    Some(FindingSummary {
        check: &check.id,
        level: check.level,
        covers: &check.covers,
        verdict: check.verdict.name(),
        expected,
        actual,
    })
}
