use super::grid::Grid;
use super::page::{Page, Tone};
use crate::analysis::unit;
use crate::record::{
    ConformanceRecord, Counts, Event, Example, Exchange, LoadRecord, PollingSeen, RunRecord, Violation,
};
use crate::report::account;
use std::collections::BTreeMap;

/// Rules whose examples are printed; the record holds them all.
const RULES_WITH_EXAMPLES_MAX: usize = 5;

/// Examples that are printed for one rule.
const EXAMPLES_MAX: usize = 2;

/// Broken rules with examples, and the polling policy as it was seen.
pub(super) fn write(page: &mut Page<'_>, record: &RunRecord) {
    match &record.conformance {
        Some(seen) if seen.flows_observed > 0 => rules(page, seen),
        Some(_) | None => {
            page.heading("Conformance", "");
            page.text(2, "not observed: no flow was held against the standard");
        }
    }
    if let Some(load) = &record.load {
        polling(page, load);
    }
}

fn rules(page: &mut Page<'_>, seen: &ConformanceRecord) {
    let flows = unit::count(seen.flows_observed);
    if seen.violations.is_empty() {
        page.heading("Conformance", &format!("no rule broken in {flows} flows"));
        page.text(
            2,
            "every flow was held against CIBA Core 1.0, OpenID Connect Core 1.0 and RFC 6749 while it ran",
        );
        return;
    }
    let mut broken: Vec<&Violation> = seen.violations.iter().collect();
    broken.sort_by_key(|violation| (!violation.level.binds(), std::cmp::Reverse(violation.count)));
    let binding = broken.iter().filter(|violation| violation.level.binds()).count();
    page.heading(
        "Conformance",
        &format!("{} rules broken in {flows} flows, {binding} of them binding", broken.len()),
    );
    let mut grid = Grid::new(&["", "level", "times", "rule", "clause"], &[0, 1, 3, 4]);
    for violation in &broken {
        grid.row([
            if violation.level.binds() { "✗" } else { "!" }.to_owned(),
            violation.level.name().to_owned(),
            unit::count(violation.count),
            violation.rule.to_string(),
            violation.clause.clone(),
        ]);
    }
    page.grid(grid);
    page.toned(
        2,
        Tone::Quiet,
        "✗ binds (a MUST, or a plain statement of behaviour): exit code 4. ! is only reported.",
    );
    for violation in broken.iter().take(RULES_WITH_EXAMPLES_MAX) {
        examples(page, violation);
    }
    if broken.len() > RULES_WITH_EXAMPLES_MAX {
        page.blank();
        let more = broken.len() - RULES_WITH_EXAMPLES_MAX;
        page.text(
            2,
            &format!("examples of the other {more} rules are in record.json, under conformance.violations"),
        );
    }
}

fn examples(page: &mut Page<'_>, violation: &Violation) {
    page.blank();
    let tone = if violation.level.binds() { Tone::Bad } else { Tone::Careful };
    page.toned(2, tone, &format!("{}: {}", violation.rule, violation.sentence));
    if violation.examples.is_empty() {
        page.text(4, "no example was kept");
    }
    for example in violation.examples.iter().take(EXAMPLES_MAX) {
        one_example(page, example);
    }
}

fn one_example(page: &mut Page<'_>, example: &Example) {
    let at = unit::seconds(example.at_ms as f64 / 1e3);
    page.text(4, &format!("flow {} at {at}: {}", example.flow, example.detail));
    match &example.exchange {
        Some(exchange) => wire(page, exchange),
        None => page.toned(6, Tone::Quiet, "no single exchange shows it"),
    }
}

fn wire(page: &mut Page<'_>, exchange: &Exchange) {
    for line in account::wire(exchange, None) {
        let tone = if line.mark.is_empty() { Tone::Quiet } else { Tone::Plain };
        page.marked(6, tone, line.mark, &line.text);
    }
}

fn polling(page: &mut Page<'_>, load: &LoadRecord) {
    let seen = &load.polling;
    page.heading("Polling policy as seen", "");
    if seen.intervals.is_empty() {
        page.text(2, "not seen: no acknowledgement was read");
        return;
    }
    page.marked(
        2,
        Tone::Plain,
        "- ",
        &format!("interval between polls: {}", named(&seen.intervals, "absent, so 5 s hold")),
    );
    page.marked(2, Tone::Plain, "- ", &format!("life of a request: {}", named(&seen.lifetimes, "absent")));
    page.marked(2, Tone::Plain, "- ", &throttled(seen));
    page.marked(2, Tone::Plain, "- ", &stale(&load.counts));
    page.marked(2, Tone::Plain, "- ", &pacing(seen));
}

fn throttled(seen: &PollingSeen) -> String {
    match (seen.conformant_polls_throttled, seen.first_polls_throttled) {
        (0, 0) => "no poll that kept to the interval was answered slow_down".to_owned(),
        (polls, first) => format!(
            "{} polls that kept to the interval were answered slow_down, {} of them the first of their flow",
            unit::count(polls),
            unit::count(first)
        ),
    }
}

/// How soon a decision becomes visible to polls.
fn stale(counts: &Counts) -> String {
    let ages = [
        ("0-5 ms", Event::StalePoll5Ms),
        ("5-20 ms", Event::StalePoll20Ms),
        ("20-100 ms", Event::StalePoll100Ms),
        ("over 100 ms", Event::StalePollLater),
    ]
    .map(|(age, event)| (age, counts.events.get(event)));
    let total: u64 = ages.iter().map(|(_, n)| n).sum();
    if total == 0 {
        return "no poll said pending after the decision had been answered".to_owned();
    }
    let ages = ages.map(|(age, n)| format!("{age} {}", unit::count(n))).join(", ");
    format!(
        "{} polls said pending although the decision had been answered, by its age: {ages}",
        unit::count(total)
    )
}

fn pacing(seen: &PollingSeen) -> String {
    match (seen.gap_min_ms, seen.gap_ratio_min) {
        (Some(gap), Some(ratio)) => format!(
            "this client's shortest gap between two polls of a flow: {}, {} times the interval in force{}",
            unit::time_us(gap * 1e3),
            unit::figure(ratio),
            if ratio < 1.0 { ": this client was at fault" } else { "" }
        ),
        (Some(gap), None) => {
            format!("this client's shortest gap between two polls of a flow: {}", unit::time_us(gap * 1e3))
        }
        (None, _) => "no flow polled twice, so there is no gap between polls to show".to_owned(),
    }
}

/// `5 s (2,100 acknowledgements), absent (60)`.
fn named(seen: &BTreeMap<String, u64>, absent: &str) -> String {
    if seen.is_empty() {
        return "not named".to_owned();
    }
    let parts: Vec<String> = seen
        .iter()
        .map(|(value, n)| {
            let value = if value == "absent" { absent.to_owned() } else { format!("{value} s") };
            format!("{value} ({} acknowledgements)", unit::count(*n))
        })
        .collect();
    parts.join("; ")
}
