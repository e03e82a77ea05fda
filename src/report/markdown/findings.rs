use super::escape;
use crate::analysis::{JudgedCheck, SuiteSummary};
use crate::record::{SuiteRecord, Verdict};
use crate::report::account;
use crate::report::group::Group;

/// Checks of one kind that are told in full: step summaries have a limit.
const TOLD_MAX: usize = 50;

/// What failed and what is only told, each behind its title; what came to no verdict, with its cause.
pub(super) fn write(page: &mut String, suite: &SuiteRecord, summary: &SuiteSummary<'_>) {
    for (group, title) in
        [(Group::Failed, "Failures"), (Group::Warning, "Warnings"), (Group::Observation, "Observations")]
    {
        let checks = group.members(&summary.checks);
        if checks.is_empty() {
            continue;
        }
        page.push_str(&format!("### {title} ({})\n\n", checks.len()));
        checks.iter().take(TOLD_MAX).for_each(|judged| details(page, suite, judged));
        let more = checks.len().saturating_sub(TOLD_MAX);
        if more > 0 {
            let ids: Vec<String> =
                checks.iter().skip(TOLD_MAX).map(|judged| escape::code(&judged.check.id)).collect();
            page.push_str(&format!("and {more} more: {}\n\n", ids.join(", ")));
        }
    }
    undecided(page, summary);
}

fn undecided(page: &mut String, summary: &SuiteSummary<'_>) {
    let mut undecided = Group::Inconclusive.members(&summary.checks);
    undecided.extend(Group::Broken.members(&summary.checks));
    if undecided.is_empty() {
        return;
    }
    page.push_str(&format!(
        "### Without a verdict ({})\n\n| check | verdict | cause |\n|---|---|---|\n",
        undecided.len()
    ));
    for judged in &undecided {
        let (id, verdict) = (escape::code(&judged.check.id), judged.check.verdict.name());
        page.push_str(&format!("| {id} | {verdict} | {} |\n", escape::code(&cause(&judged.check.verdict))));
    }
    page.push('\n');
}

fn details(page: &mut String, suite: &SuiteRecord, judged: &JudgedCheck<'_>) {
    let check = judged.check;
    page.push_str(&format!(
        "<details><summary><code>{}</code> {} ({})</summary>\n\n{}\n</details>\n\n",
        escape::html(&check.id),
        escape::html(&check.title),
        check.level.name(),
        escape::block(&account::lines(suite, judged))
    ));
}

fn cause(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Pass => String::new(),
        Verdict::Fail { finding } | Verdict::Inconclusive { finding } => {
            format!("step {}: expected {}, got {}", finding.step + 1, finding.expected, finding.actual)
        }
        Verdict::NotApplicable { reason } | Verdict::Broken { reason } => reason.clone(),
    }
}
