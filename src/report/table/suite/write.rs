use super::{coverage, deviations, findings, matrix, polling, timing};
use crate::analysis::suite_summary;
use crate::record::SuiteRecord;
use crate::report::table::page::Page;

/// Everything about a suite.
pub(in crate::report::table) fn write(page: &mut Page<'_>, suite: &SuiteRecord) {
    let summary = suite_summary(suite);
    matrix::write(page, suite, &summary);
    polling::write(page, suite);
    findings::write(page, suite, &summary);
    deviations::write(page, suite, &summary);
    coverage::write(page, suite, &summary);
    timing::write(page, suite, &summary);
}
