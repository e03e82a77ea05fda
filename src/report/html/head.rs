use super::document::Document;
use super::figures::{Column, facts, mark, plain, table};
use crate::analysis::{Exit, unit, verdict};
use crate::record::{Caveat, Gate, RunRecord, SuiteRecord};
use crate::report::validity::validity_remark;
use maud::{Markup, html};

/// What was run, what it came to, and the thresholds.
pub(super) fn write(document: &mut Document, record: &RunRecord) {
    let verdict = verdict(record);
    let mark = if verdict.exit == Exit::Done { "✓" } else { "✗" };
    let invalid = record.load.as_ref().and_then(validity_remark);
    let target = &record.target;
    let kind = if target.reference { ", the OP embedded in this tool" } else { "" };
    let mut told = vec![
        ("target", html! { (plain(&target.issuer)) (kind) }),
        ("started", html! { (plain(&record.started_at)) ", for " (unit::seconds(record.elapsed_s)) }),
        ("run", plain(&record.run_id)),
    ];
    if !target.faults.is_empty() {
        told.insert(1, ("faults", html! { "switched on: " (plain(&target.faults.join(", "))) }));
    }
    document.head(html! {
        p.what { "ciba-bench " (what(record)) " " b { (plain(&record.name)) } }
        @if invalid.is_some() {
            p.invalid { "✗ INVALID: the generator was at fault. Do not use the figures of this run." }
        }
        h1 { span aria-hidden="true" { (mark) " " } (plain(&verdict.headline)) }
        @if verdict.reasons.len() > 1 {
            ul.also { @for reason in verdict.reasons.iter().skip(1) { li { (plain(reason)) } } }
        }
        p.exit { "exit code " (verdict.exit.code()) ": " (verdict.exit.about()) }
        (facts(&told))
    });
    // Checks alone are held against no thresholds, and those of a search are each trial's.
    let of_trials = record.suite().is_some() || record.capacity.is_some();
    if record.load.is_some() || !record.gates.is_empty() || !of_trials {
        gates(document, &record.gates);
    }
}

/// The command, as far as the record tells it.
fn what(record: &RunRecord) -> &'static str {
    match (record.suite(), &record.load) {
        _ if record.capacity.is_some() => "capacity",
        (Some(suite), _) if SuiteRecord::judges_auth_service(suite) => "judge",
        (None, _) => "run",
        (Some(_), None) => "conformance",
        (Some(_), Some(_)) => "gate",
    }
}

fn gates(document: &mut Document, gates: &[Gate]) {
    if gates.is_empty() {
        let none = html! { p.quiet { "The profile sets no thresholds." } };
        return document.section("thresholds", "Thresholds", "", none);
    }
    let met = gates.iter().filter(|gate| gate.met).count();
    let columns =
        [Column::Text(""), Column::Text("threshold"), Column::Number("measured"), Column::Number("samples")];
    let rows = gates.iter().map(|gate| {
        vec![
            mark(gate.met),
            html! {
                code { (plain(&gate.expression)) }
                @if let Some(reason) = &gate.reason { " " span.quiet { (plain(reason)) } }
            },
            html! { b { (plain(gate.measured.as_deref().unwrap_or(unit::NONE))) } },
            html! { (unit::count(gate.samples)) },
        ]
    });
    let body = table(&columns, rows);
    document.measured("thresholds", "Thresholds", &format!("{met} of {} met", gates.len()), body);
}

/// What to know before believing a figure: a section of its own where there is no generator to stand beside.
pub(super) fn caveats(document: &mut Document, record: &RunRecord) {
    if !record.caveats.is_empty() {
        document.section("caveats", "Caveats", "", caveat_list(&record.caveats));
    }
}

/// Caveats with their remedies; those about too few samples in one line.
pub(super) fn caveat_list(caveats: &[Caveat]) -> Markup {
    let few: Vec<(String, &Caveat)> = caveats
        .iter()
        .filter_map(|caveat| {
            let Caveat::TooFewSamples { span, samples, .. } = caveat else { return None };
            Some((format!("{span} ({})", unit::count(*samples)), caveat))
        })
        .collect();
    let others = caveats.iter().filter(|caveat| !few.iter().any(|(_, other)| other == caveat));
    let spans: Vec<&str> = few.iter().map(|(span, _)| span.as_str()).collect();
    html! {
        ul.caveats {
            @for caveat in others { li { (plain(&caveat.message())) " " span.quiet { "→ " (plain(caveat.remedy())) } } }
            @if let Some((_, first)) = few.first() {
                li { "too few samples for a p99: " (plain(&spans.join(", "))) " " span.quiet { "→ " (plain(first.remedy())) } }
            }
        }
    }
}
