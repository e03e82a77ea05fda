//! The earlier run with which failures are compared.

use std::path::Path;

use crate::cli::failure::Failure;
use crate::cli::report::read_run;
use crate::record::{Baseline, Verdict};

/// What passed and what failed in the run of that folder or record.
pub fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let (record, _) = read_run(path)?;
    let suite = record.suite().ok_or_else(|| {
        Failure::usage(format!(
            "baseline {}: the record holds no conformance suite, expected one of `ciba-bench conformance` or `gate`",
            path.display()
        ))
    })?;
    let mut baseline = Baseline { run_id: record.run_id.clone(), failed: Vec::new(), passed: Vec::new() };
    for check in &suite.checks {
        match check.verdict {
            Verdict::Pass => baseline.passed.push(check.id.clone()),
            Verdict::Fail { .. } => baseline.failed.push(check.id.clone()),
            Verdict::NotApplicable { .. } | Verdict::Inconclusive { .. } | Verdict::Broken { .. } => {}
        }
    }
    Ok(baseline)
}
