use super::escape;
use crate::analysis::{JudgedCheck, SuiteSummary, unit};
use crate::record::{DeviationState, POLLING_SECTION, RunRecord, SuiteRecord};
use crate::report::group::Group;
use crate::report::polling::{policy, polling};
use crate::report::validity::validity_remark;

/// Facts about the run, one per row; values are escaped already.
pub(super) fn facts(page: &mut String, facts: &[(&str, String)]) {
    page.push_str("| | |\n|---|---|\n");
    for (name, value) in facts {
        page.push_str(&format!("| {name} | {value} |\n"));
    }
    page.push('\n');
}

/// Checks by section.
pub(super) fn matrix(page: &mut String, summary: &SuiteSummary<'_>) {
    page.push_str("### Checks\n\n");
    if summary.checks.is_empty() {
        page.push_str("No check was selected.\n\n");
        return;
    }
    let groups = Group::used(summary);
    let names: Vec<&str> = groups.iter().map(|group| group.name()).collect();
    page.push_str(&format!("| section | {} |\n|---|{}\n", names.join(" | "), "---:|".repeat(groups.len())));
    let mut row = |title: &str, checks: &[JudgedCheck<'_>]| {
        let counts: Vec<String> = groups
            .iter()
            .map(|group| match group.members(checks).len() {
                0 => String::new(),
                n => n.to_string(),
            })
            .collect();
        page.push_str(&format!("| {title} | {} |\n", counts.join(" | ")));
    };
    for section in &summary.sections {
        row(&escape::text(section.title), &section.checks);
    }
    row("**all**", &summary.checks);
    page.push('\n');
}

/// How the server deals with polls.
pub(super) fn polls(page: &mut String, suite: &SuiteRecord) {
    let (checks, policy) = (polling(suite), policy(suite));
    if checks.is_empty() && policy.is_empty() {
        return;
    }
    page.push_str(&format!("### {}\n\n", escape::text(POLLING_SECTION)));
    for sentence in policy {
        page.push_str(&format!("- {}\n", escape::text(&sentence)));
    }
    for check in checks {
        page.push_str(&format!("- **{}** {}\n", check.group.name(), escape::text(&check.title)));
        if let Some(seen) = &check.seen {
            page.push_str(&format!("  - seen: {}\n", escape::text(seen)));
        }
        for remark in &check.remarks {
            page.push_str(&format!("  - {}\n", escape::text(remark)));
        }
    }
    page.push('\n');
}

/// Failures that the target file announces.
pub(super) fn deviations(page: &mut String, suite: &SuiteRecord) {
    if suite.deviations.is_empty() {
        return;
    }
    page.push_str(
        "### Announced deviations\n\n| check | now | until | owner | reason |\n|---|---|---|---|---|\n",
    );
    for deviation in &suite.deviations {
        let now = match deviation.state {
            DeviationState::Known => "fails, as announced",
            DeviationState::Expired => "❌ the day has passed",
            DeviationState::NoLongerHappens => "❌ no longer happens",
            DeviationState::NotSeen => "not seen in this run",
        };
        page.push_str(&format!(
            "| {} | {now} | {} | {} | {} |\n",
            escape::code(&deviation.check),
            escape::text(&deviation.until),
            escape::text(&deviation.owner),
            escape::text(&deviation.reason)
        ));
    }
    page.push('\n');
}

/// Checks that the budget had no room for.
pub(super) fn left_out(page: &mut String, suite: &SuiteRecord) {
    if suite.left_out.is_empty() {
        return;
    }
    page.push_str("### Left out\n\n");
    for left_out in &suite.left_out {
        page.push_str(&format!("- {}: {}\n", escape::code(&left_out.check), escape::text(&left_out.reason)));
    }
    page.push('\n');
}

/// Rules that flows under load broke.
pub(super) fn rules(page: &mut String, record: &RunRecord) {
    let Some(seen) = record.conformance.as_ref().filter(|seen| !seen.violations.is_empty()) else { return };
    page.push_str(
        "### Rules broken while flows ran\n\n| | level | times | rule | clause |\n|---|---|---:|---|---|\n",
    );
    for violation in &seen.violations {
        page.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            if violation.level.binds() { "❌" } else { "⚠️" },
            violation.level.name(),
            unit::count(violation.count),
            escape::code(&violation.rule.to_string()),
            escape::text(&violation.clause)
        ));
    }
    page.push('\n');
}

/// Thresholds, judged.
pub(super) fn thresholds(page: &mut String, record: &RunRecord) {
    let gates = &record.gates;
    if gates.is_empty() {
        return;
    }
    page.push_str("### Thresholds\n\n");
    if let Some(remark) = record.load.as_ref().and_then(validity_remark) {
        page.push_str(&format!("**{remark}**\n\n"));
    }
    page.push_str("| | threshold | measured | samples | |\n|---|---|---:|---:|---|\n");
    for gate in gates {
        page.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            if gate.met { "✅" } else { "❌" },
            escape::code(&gate.expression),
            escape::text(gate.measured.as_deref().unwrap_or(unit::NONE)),
            unit::count(gate.samples),
            escape::text(gate.reason.as_deref().unwrap_or_default())
        ));
    }
    page.push('\n');
}

/// What to know before believing a figure.
pub(super) fn caveats(page: &mut String, record: &RunRecord) {
    if record.caveats.is_empty() {
        return;
    }
    page.push_str("### Caveats\n\n");
    for caveat in &record.caveats {
        page.push_str(&format!("- {}: {}\n", escape::text(&caveat.message()), escape::text(caveat.remedy())));
    }
}
