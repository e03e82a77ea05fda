use super::document::Document;
use super::figures::{Column, plain, table};
use crate::analysis::suite_summary;
use crate::record::{RequirementState, SuiteRecord};
use crate::report::account::coverage_line;
use maud::{Markup, html};

/// Every sentence of the standard, with the checks that observe it and what they came to.
pub(super) fn write(document: &mut Document, suite: &SuiteRecord) {
    let summary = suite_summary(suite);
    let columns = [
        Column::Text("requirement"),
        Column::Text("level"),
        Column::Text("sentence"),
        Column::Text("checks"),
    ];
    let verdict = |id: &str| -> Markup {
        let judged = summary.checks.iter().find(|judged| judged.check.id == id);
        let verdict = judged.map_or("not run", |judged| judged.check.verdict.name());
        let class = match verdict {
            "pass" => "good",
            "fail" | "broken" => "bad",
            "inconclusive" => "careful",
            _ => "quiet",
        };
        html! { div { code { (plain(id)) } " " b class=(class) { (verdict) } } }
    };
    let rows = suite.requirements.iter().map(|requirement| {
        let state = match &requirement.state {
            RequirementState::ByChecks { checks } => html! { @for id in checks { (verdict(id)) } },
            RequirementState::Unobservable { reason } => {
                html! { span.quiet { "not observable: " (plain(reason)) } }
            }
        };
        vec![
            html! { code { (plain(&requirement.id)) } " " span.quiet { (plain(&requirement.citation)) } },
            html! { (requirement.level.name()) },
            plain(&requirement.text),
            state,
        ]
    });
    let body = html! {
        details { summary { (suite.requirements.len()) " requirements with their checks" } (table(&columns, rows)) }
    };
    document.section("traceability", "Traceability", &coverage_line(&summary.coverage), body);
}
