use super::document::Document;
use super::figures::{Column, block, facts, plain, table};
use crate::analysis::{JudgedCheck, SectionSummary, SuiteSummary, suite_summary, unit};
use crate::record::{DeviationState, PollingRecord, SuiteRecord, Verdict};
use crate::report::account;
use crate::report::group::Group;
use crate::report::polling::polling;
use maud::{Markup, html};

/// Checks of one kind that are told in full.
const TOLD_MAX: usize = 200;

/// What the checks came to.
pub(super) fn write(document: &mut Document, suite: &SuiteRecord) {
    let summary = suite_summary(suite);
    matrix(document, suite, &summary);
    for (group, id, title) in [
        (Group::Failed, "failures", "Failures"),
        (Group::Warning, "warnings", "Warnings"),
        (Group::Observation, "observations", "Observations"),
        (Group::Inconclusive, "inconclusive", "Inconclusive"),
        (Group::Broken, "broken", "Broken"),
        (Group::Known, "known", "Known to fail"),
    ] {
        let checks = group.members(&summary.checks);
        if !checks.is_empty() {
            let body = html! {
                @for judged in checks.iter().take(TOLD_MAX) { (told(suite, judged)) }
                @if checks.len() > TOLD_MAX { p.quiet { (checks.len() - TOLD_MAX) " more are in record.json." } }
            };
            document.section(id, title, &format!("{}: {}", checks.len(), group.about()), body);
        }
    }
    policy(document, suite);
    deviations(document, suite);
    not_judged(document, suite, &summary);
}

fn class(group: Group) -> &'static str {
    match group {
        Group::Failed | Group::Broken => "bad",
        Group::Inconclusive | Group::Warning => "careful",
        Group::Passed => "good",
        Group::Observation | Group::Known | Group::NotApplicable => "quiet",
    }
}

fn matrix(document: &mut Document, suite: &SuiteRecord, summary: &SuiteSummary<'_>) {
    let took = account::milliseconds(suite.took_ms);
    let remark = format!(
        "{} selected, {} ran, in {took}, held against {}",
        summary.checks.len(),
        summary.ran(),
        suite.selection.standard
    );
    if summary.checks.is_empty() {
        let none = html! { p.quiet { "No check was selected." } };
        return document.section("checks", "Checks", &remark, none);
    }
    let groups = Group::used(summary);
    let row = |section: &SectionSummary<'_>| {
        vec![
            html! { (plain(section.title)) " " span.quiet { (section.checks.len()) } },
            html! { span.marks { @for judged in &section.checks { (check_mark(judged)) " " } } },
        ]
    };
    let all: Vec<(&str, Markup)> = groups
        .iter()
        .map(|group| (group.about(), html! { b class=(class(*group)) { (group.mark()) } " " (group.members(&summary.checks).len()) }))
        .collect();
    let body = html! {
        (facts(&all))
        (table(&[Column::Text("section"), Column::Text("each check")], summary.sections.iter().map(row)))
    };
    document.section("checks", "Checks", &remark, body);
}

/// One check in the matrix; it leads to its account where there is one.
fn check_mark(judged: &JudgedCheck<'_>) -> Markup {
    let group = Group::of(judged);
    let title = format!("{}: {} ({})", judged.check.id, judged.check.title, judged.check.verdict.in_words());
    let title = plain(&title);
    match group {
        Group::Passed | Group::NotApplicable => {
            html! { b class=(class(group)) title=(title.0) { (group.mark()) } }
        }
        Group::Failed
        | Group::Broken
        | Group::Inconclusive
        | Group::Warning
        | Group::Observation
        | Group::Known => {
            html! { a class=(class(group)) href={ "#" (anchor(judged)) } title=(title.0) { (group.mark()) } }
        }
    }
}

/// `check-ciba-7-3-interval`.
fn anchor(judged: &JudgedCheck<'_>) -> String {
    let id = judged.check.id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    format!("check-{}", id.collect::<String>())
}

fn told(suite: &SuiteRecord, judged: &JudgedCheck<'_>) -> Markup {
    let group = Group::of(judged);
    let check = judged.check;
    let lines = account::lines(suite, judged);
    html! {
        details id=(anchor(judged)) {
            summary {
                b class=(class(group)) { (group.mark()) } " " code { (plain(&check.id)) } " " (plain(&check.title)) " "
                span.quiet { (check.level.name()) }
            }
            @if let Verdict::Broken { reason } = &check.verdict { p { (plain(reason)) } }
            (block(&lines[1..]))
        }
    }
}

/// How the server deals with polls that come too early: what was found, and the curve.
fn policy(document: &mut Document, suite: &SuiteRecord) {
    let checks = polling(suite);
    let Some(found) = &suite.polling else {
        if !checks.is_empty() {
            let none = html! { p.quiet { "The policy was not tried: there is no curve." } };
            document.section("policy", "Polling policy", "", none);
        }
        return;
    };
    let named = if found.announced { "announced" } else { "not announced, the standard's default" };
    let body = html! {
        ul { @for sentence in &found.sentences { li { (plain(sentence)) } } }
        (curve(found))
        @for contradiction in &found.policy.contradictions { p.quiet { (plain(contradiction)) } }
    };
    let remark =
        format!("interval {} ({named}); {} probes", unit::seconds(found.interval_s), found.probes.len());
    document.section("policy", "Polling policy", &remark, body);
}

/// The answers to polls at fractions of the interval: a position, and a mark whose form tells throttled from accepted.
fn curve(found: &PollingRecord) -> Markup {
    if found.curve.is_empty() {
        return html! { p.quiet { "No curve: no poll was accepted that another could have followed." } };
    }
    let columns = [
        Column::Number("gap / interval"),
        Column::Number("gap"),
        Column::Text("answer"),
        Column::Text("Retry-After"),
        Column::Text("0 to the interval"),
    ];
    let rows = found.curve.iter().map(|point| {
        let throttled = point.answer.throttles();
        let at = super::waterfall::percent(point.fraction * 0.96 + 0.02);
        vec![
            html! { (unit::figure(point.fraction)) },
            html! { (unit::seconds(point.fraction * found.interval_s)) },
            html! { @if throttled { b.careful { (point.answer) } } @else { b.good { (point.answer) } } },
            html! { @if let Some(after) = point.retry_after_s { (after) " s" } },
            html! {
                svg width="100%" height="14" aria-hidden="true" {
                    line x1="0" y1="7" x2="100%" y2="7" {}
                    @if throttled { circle.hollow cx=(at) cy="7" r="5" {} } @else { circle.c3 cx=(at) cy="7" r="6" {} }
                }
            },
        ]
    });
    html! {
        h3 { "Policy curve: a poll that comes some time after an accepted one, one probe per row" }
        (table(&columns, rows))
    }
}

fn deviations(document: &mut Document, suite: &SuiteRecord) {
    if suite.deviations.is_empty() && suite.baseline.is_none() {
        return;
    }
    let columns = [
        Column::Text("check"),
        Column::Text("now"),
        Column::Text("until"),
        Column::Text("owner"),
        Column::Text("reason"),
    ];
    let rows = suite.deviations.iter().map(|deviation| {
        let (class, now) = match deviation.state {
            DeviationState::Known => ("quiet", "fails, as announced"),
            DeviationState::Expired => ("bad", "✗ the day has passed"),
            DeviationState::NoLongerHappens => ("bad", "✗ no longer happens"),
            DeviationState::NotSeen => ("quiet", "not seen in this run"),
        };
        vec![
            html! { code { (plain(&deviation.check)) } },
            html! { b class=(class) { (now) } },
            plain(&deviation.until),
            plain(&deviation.owner),
            plain(&deviation.reason),
        ]
    });
    let body = html! {
        @if !suite.deviations.is_empty() { (table(&columns, rows)) }
        @if let Some(baseline) = &suite.baseline {
            p { "Compared with run " (plain(&baseline.run_id)) ", in which " (baseline.failed.len()) " checks failed." }
        }
    };
    document.section("deviations", "Announced deviations and baseline", "", body);
}

/// What no check came to, by reason.
fn not_judged(document: &mut Document, suite: &SuiteRecord, summary: &SuiteSummary<'_>) {
    let columns = [Column::Text("check"), Column::Text("why")];
    let mut rows = Vec::new();
    for judged in Group::NotApplicable.members(&summary.checks) {
        match &judged.check.verdict {
            Verdict::NotApplicable { reason } => rows.push((&judged.check.id, reason)),
            Verdict::Pass | Verdict::Fail { .. } | Verdict::Inconclusive { .. } | Verdict::Broken { .. } => {}
        }
    }
    rows.extend(suite.left_out.iter().map(|left_out| (&left_out.check, &left_out.reason)));
    if rows.is_empty() {
        return;
    }
    let number = rows.len();
    let rows = rows.into_iter().map(|(id, reason)| vec![html! { code { (plain(id)) } }, plain(reason)]);
    let body = html! { details { summary { (number) " checks" } (table(&columns, rows)) } };
    document.section("not-applicable", "Not applicable or left out", "nothing follows from these", body);
}
