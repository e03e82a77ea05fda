//! How a server deals with polls: a part of its own in every report, since releases are held up by it.

use super::account;
use super::group::Group;
use crate::analysis::suite_summary;
use crate::record::{POLLING_SECTION, PollingRecord, SuiteRecord};

/// What one check of that section came to.
pub(super) struct Polled {
    pub group: Group,
    pub title: String,
    /// What came instead of what was expected.
    pub seen: Option<String>,
    pub remarks: Vec<String>,
}

/// The checks of that section, in their order; nothing where none was selected.
pub(super) fn polling(suite: &SuiteRecord) -> Vec<Polled> {
    let summary = suite_summary(suite);
    let of_section = summary.checks.iter().filter(|judged| judged.check.section == POLLING_SECTION);
    of_section
        .map(|judged| Polled {
            group: Group::of(judged),
            title: judged.check.title.clone(),
            seen: judged.check.verdict.finding().map(|finding| finding.actual.clone()),
            remarks: account::remarks(judged),
        })
        .collect()
}

/// What was found out about the server's policy, and the policy curve; nothing where it was not tried.
pub(super) fn policy(suite: &SuiteRecord) -> Vec<String> {
    let Some(PollingRecord { curve, sentences, .. }) = &suite.polling else { return Vec::new() };
    let points: Vec<String> =
        curve.iter().map(|point| format!("{} {}", point.fraction, point.answer)).collect();
    let curve = (!points.is_empty()).then(|| {
        format!("Answers at fractions of the interval after an accepted poll: {}.", points.join(", "))
    });
    sentences.iter().cloned().chain(curve).collect()
}
