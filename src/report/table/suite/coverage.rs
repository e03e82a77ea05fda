use crate::analysis::SuiteSummary;
use crate::record::{RequirementRecord, SuiteRecord, Verdict};
use crate::report::group::Group;
use crate::report::table::page::{Page, Tone};
use std::collections::BTreeMap;

/// Most sentences that are named as not reached: a run of a few checks reaches few.
const NOT_REACHED_SHOWN: usize = 16;

/// Which sentences of the standard were observed, and what was not looked at.
pub(super) fn write(page: &mut Page<'_>, suite: &SuiteRecord, summary: &SuiteSummary<'_>) {
    let coverage = &summary.coverage;
    let (observed, total) = (coverage.observed.len(), coverage.total());
    page.heading(
        "Requirements",
        &format!("{observed} of {total} observed: a check of theirs passed or failed"),
    );
    listed(page, "not observable from outside", &ids(&coverage.unobservable));
    let not_reached = ids(&coverage.not_reached);
    match not_reached.get(..NOT_REACHED_SHOWN) {
        Some(shown) if not_reached.len() > NOT_REACHED_SHOWN => {
            let more = format!("{} not reached in this run: {}", not_reached.len(), shown.join(", "));
            page.marked(2, Tone::Plain, "- ", &format!("{more} and others"));
        }
        Some(_) | None => listed(page, "not reached in this run", &not_reached),
    }
    page.toned(
        2,
        Tone::Quiet,
        "The format traceability has every sentence with its checks, or the reason why there is none.",
    );
    not_applicable(page, summary);
    if !suite.left_out.is_empty() {
        page.heading("Left out", &format!("{} selected and not run", suite.left_out.len()));
    }
    for left_out in &suite.left_out {
        page.marked(2, Tone::Careful, "- ", &format!("{}: {}", left_out.check, left_out.reason));
    }
}

fn ids<'r>(list: &[&'r RequirementRecord]) -> Vec<&'r str> {
    list.iter().map(|requirement| requirement.id.as_str()).collect()
}

/// `- 2 not reached in this run: CORE-7.3-04, CORE-11-05`.
fn listed(page: &mut Page<'_>, label: &str, ids: &[&str]) {
    if !ids.is_empty() {
        page.marked(2, Tone::Plain, "- ", &format!("{} {label}: {}", ids.len(), ids.join(", ")));
    }
}

fn not_applicable(page: &mut Page<'_>, summary: &SuiteSummary<'_>) {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for judged in Group::NotApplicable.members(&summary.checks) {
        match &judged.check.verdict {
            Verdict::NotApplicable { reason } => by_reason.entry(reason).or_default().push(&judged.check.id),
            Verdict::Pass | Verdict::Fail { .. } | Verdict::Inconclusive { .. } | Verdict::Broken { .. } => {}
        }
    }
    if by_reason.is_empty() {
        return;
    }
    let checks: usize = by_reason.values().map(Vec::len).sum();
    page.heading("Not applicable", &format!("{checks}, by reason"));
    for (reason, ids) in by_reason {
        page.marked(2, Tone::Plain, "- ", &format!("{reason}: {}", ids.join(", ")));
    }
}
