use super::document::Document;
use super::figures::{Column, block, plain, share, table};
use crate::analysis::unit;
use crate::ciba::Named;
use crate::record::{
    ConformanceRecord, ConsentsRecord, Counts, Endpoint, Example, LoadRecord, RunRecord, Sense, Tally,
    Violation,
};
use crate::report::account;
use maud::{Markup, html};

/// Examples that are shown of one rule.
const EXAMPLES_MAX: usize = 2;

/// How flows ended, what the endpoints answered, and the rules that flows broke.
pub(super) fn write(document: &mut Document, record: &RunRecord) {
    if let Some(load) = &record.load {
        outcomes(document, load);
    }
    // A suite alone sends no flows that could break rules beside it.
    let observed = record.conformance.as_ref().is_some_and(|seen| seen.flows_observed > 0);
    match &record.conformance {
        Some(seen) if observed => rules(document, seen),
        Some(_) | None if record.suite().is_some() && record.load.is_none() => {}
        Some(_) | None => {
            let none = html! { p.quiet { "Not observed: no flow was held against the standard." } };
            document.section("rules", "Rules of the standard", "", none);
        }
    }
}

fn outcomes(document: &mut Document, load: &LoadRecord) {
    let Counts { flows, .. } = &load.counts;
    let columns = [Column::Text("outcome"), Column::Number("flows"), Column::Number("of started")];
    let rows = flows.outcomes.iter().map(|(outcome, n)| {
        vec![html! { (outcome) }, html! { (unit::count(n)) }, html! { (share(n, flows.started)) }]
    });
    let events = load.counts.events.iter().map(|(event, n)| (event.to_string(), n));
    let service = load.decisions.iter().map(|(name, n)| (name.clone(), *n));
    let body = html! {
        div.columns {
            div { h3 { "How flows ended" } (table(&columns, rows)) }
            div { h3 { "What came back" } (answers(&load.counts)) }
            div { h3 { "Events of flows" } (counters(events)) }
            div { h3 { "The authentication service's own account" } (counters(service)) }
        }
        @if let Some(consents) = &load.created_consents { (consents_line(consents)) }
    };
    let remark = format!(
        "{} scheduled = {} started + {} dropped; warm-up and drain included",
        unit::count(flows.scheduled),
        unit::count(flows.started),
        unit::count(flows.dropped)
    );
    document.measured("outcomes", "Outcomes and errors", &remark, body);
}

/// What each endpoint answered; what is no answer of the protocol is marked.
fn answers(counts: &Counts) -> Markup {
    let columns =
        [Column::Text("endpoint"), Column::Text("answer"), Column::Number("count"), Column::Number("share")];
    let mut rows = Vec::new();
    for endpoint in Endpoint::ALL {
        let answers = counts.answers(*endpoint);
        for (answer, n) in answers.iter() {
            let failed = matches!(answer.sense(), Sense::Failure);
            let name = html! { @if failed { b.bad { (answer) } } @else { (answer) } };
            rows.push(answer_row(endpoint.name(), name, n, answers));
        }
    }
    for (answer, n) in counts.pings.iter() {
        rows.push(answer_row("notification", html! { (answer) }, n, &counts.pings));
    }
    table(&columns, rows)
}

fn answer_row<K: Named>(endpoint: &str, answer: Markup, n: u64, all: &Tally<K>) -> Vec<Markup> {
    vec![html! { (endpoint) }, answer, html! { (unit::count(n)) }, html! { (share(n, all.total())) }]
}

fn counters(counters: impl Iterator<Item = (String, u64)>) -> Markup {
    let rows: Vec<_> =
        counters.map(|(name, n)| vec![html! { (plain(&name)) }, html! { (unit::count(n)) }]).collect();
    if rows.is_empty() {
        return html! { p.quiet { "none" } };
    }
    table(&[Column::Text("what"), Column::Number("count")], rows)
}

fn consents_line(consents: &ConsentsRecord) -> Markup {
    html! {
        p {
            (unit::count(consents.created)) " consents were created (" (plain(&consents.kind)) "), "
            @if consents.deletable {
                (unit::count(consents.deleted)) " deleted at the end, " (unit::count(consents.left)) " left."
            } @else { "which cannot be deleted." }
            @for refusal in &consents.refusals { " The server said: " (plain(refusal)) }
        }
    }
}

fn rules(document: &mut Document, seen: &ConformanceRecord) {
    let flows = unit::count(seen.flows_observed);
    if seen.violations.is_empty() {
        let body = html! {
            p { "No rule of CIBA Core 1.0, OpenID Connect Core 1.0 or RFC 6749 was broken in " (flows) " flows." }
        };
        return document.section(
            "rules",
            "Rules of the standard",
            &format!("none broken in {flows} flows"),
            body,
        );
    }
    let mut broken: Vec<&Violation> = seen.violations.iter().collect();
    broken.sort_by_key(|violation| (!violation.level.binds(), std::cmp::Reverse(violation.count)));
    let binding = broken.iter().filter(|violation| violation.level.binds()).count();
    let remark = format!("{} broken in {flows} flows, {binding} of them binding", broken.len());
    let columns = [
        Column::Text(""),
        Column::Text("level"),
        Column::Number("times"),
        Column::Text("rule"),
        Column::Text("clause"),
    ];
    let rows = broken.iter().map(|violation| {
        vec![
            binds(violation),
            html! { (violation.level.name()) },
            html! { (unit::count(violation.count)) },
            html! { a href={ "#rule-" (violation.rule) } { (violation.rule) } },
            plain(&violation.clause),
        ]
    });
    let body = html! {
        (table(&columns, rows))
        p.quiet { "✗ binds (a MUST, or a plain statement of behaviour): exit code 4. ! is only reported." }
        @for violation in &broken { (examples(violation)) }
    };
    document.section("rules", "Rules of the standard", &remark, body);
}

fn binds(violation: &Violation) -> Markup {
    if violation.level.binds() {
        html! { b.bad { "✗" } }
    } else {
        html! { b.careful { "!" } }
    }
}

fn examples(violation: &Violation) -> Markup {
    html! {
        details id={ "rule-" (violation.rule) } {
            summary {
                (binds(violation)) " " code { (violation.rule) } " " (plain(&violation.sentence)) " "
                span.quiet { (unit::count(violation.count)) " times" }
            }
            @if violation.examples.is_empty() { p.quiet { "No example was kept." } }
            @for example in violation.examples.iter().take(EXAMPLES_MAX) { (one_example(example)) }
        }
    }
}

fn one_example(example: &Example) -> Markup {
    let at = unit::seconds(example.at_ms as f64 / 1e3);
    html! {
        p { "flow " (example.flow) " at " (at) ": " (plain(&example.detail)) }
        @match &example.exchange {
            Some(exchange) => (block(&account::wire(exchange, None).iter().map(wire_line).collect::<Vec<_>>())),
            None => p.quiet { "no single exchange shows it" },
        }
    }
}

fn wire_line(line: &account::WireLine) -> String {
    format!("{}{}", line.mark, line.text)
}
