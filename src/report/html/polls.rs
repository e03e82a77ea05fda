use super::document::Document;
use super::figures::{Column, facts, plain, share, table};
use super::plot::{Kind, Look, More, Plot, Series, Unit};
use super::timeline::{POINTS_MAX, Timeline};
use super::waterfall::percent;
use crate::analysis::unit;
use crate::record::{Answered, Counts, Event, LoadRecord, PollingSeen, RunRecord, Sense};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// How a token request was answered, with the number of its colour, in the order in which they are stacked.
const CLASSES: [(&str, u8); 7] = [
    ("pending", 5),
    ("tokens", 3),
    ("slow_down", 6),
    ("denied", 4),
    ("expired", 8),
    ("other error", 7),
    ("no answer", 2),
];

/// Polls that still said pending although the decision had been answered, by how long ago that was.
const STALE: [(&str, Event); 4] = [
    ("0-5 ms", Event::StalePoll5Ms),
    ("5-20 ms", Event::StalePoll20Ms),
    ("20-100 ms", Event::StalePoll100Ms),
    ("over 100 ms", Event::StalePollLater),
];

/// What polling costs, and how the server deals with it.
pub(super) fn write(document: &mut Document, record: &RunRecord, load: &LoadRecord) {
    if load.counts.token.is_empty() {
        return;
    }
    let timeline = Timeline::new(load, POINTS_MAX);
    let drawn = !timeline.points.is_empty();
    let outcomes = drawn.then(|| document.plot(by_outcome(load, &timeline)));
    let per_token = drawn.then(|| document.plot(per_token(load, &timeline)));
    let body = html! {
        @if let Some(plot) = outcomes { (plot) }
        @if let Some(plot) = per_token { (plot) }
        h3 { "Polling policy as seen" }
        (policy(load))
        h3 { "Gaps between polls, and what was answered" }
        (gaps(record, &load.polling))
        h3 { "Pending although the decision had been answered" }
        (stale(&load.counts))
    };
    let remark = format!("{} token requests", unit::count(load.counts.token.total()));
    document.measured("polls", "Polls", &remark, body);
}

fn class(answer: Answered) -> usize {
    if answer == Answered::Tokens {
        return 1;
    }
    match answer.sense() {
        Sense::Refusal if answer == Answered::AuthorizationPending => 0,
        Sense::Refusal if answer == Answered::SlowDown => 2,
        Sense::Refusal if answer == Answered::AccessDenied => 3,
        Sense::Refusal if answer == Answered::ExpiredToken => 4,
        // What succeeds at another endpoint never comes from this one.
        Sense::Refusal | Sense::Success => 5,
        Sense::Failure | Sense::Cancelled => 6,
    }
}

/// Token requests of one class.
fn answered(counts: &Counts, of: usize) -> u64 {
    counts.token.iter().filter(|(answer, _)| class(*answer) == of).map(|(_, n)| n).sum()
}

fn by_outcome(load: &LoadRecord, timeline: &Timeline<'_>) -> Plot {
    let series = CLASSES.iter().enumerate().filter(|(of, _)| answered(&load.counts, *of) > 0);
    let series = series.map(|(of, (name, colour))| Series {
        name,
        unit: Unit::Rate,
        look: Look::Line,
        colour: *colour,
        values: timeline.each(|point| point.rate(answered(&point.counts, of))),
    });
    let (x, from, to) = timeline.times();
    Plot {
        id: "polls".to_owned(),
        title: "Token requests per second by their answer".to_owned(),
        remark: format!("{} requests; {}", unit::count(load.counts.token.total()), timeline.in_words()),
        kind: Kind::Stacked,
        x,
        from,
        to,
        unit: Unit::Rate,
        series: series.collect(),
        more: More::default(),
    }
}

fn per_token(load: &LoadRecord, timeline: &Timeline<'_>) -> Plot {
    let polls = |counts: &Counts| {
        let tokens = counts.token.get(Answered::Tokens);
        (tokens > 0).then(|| counts.token.total() as f64 / tokens as f64)
    };
    let (x, from, to) = timeline.times();
    let tokens = load.counts.token.get(Answered::Tokens);
    let whole = polls(&load.counts).map_or_else(|| unit::NONE.to_owned(), unit::figure);
    Plot {
        id: "polls-per-token".to_owned(),
        title: "Token requests per token issued".to_owned(),
        remark: format!("{whole} over the whole run ({} tokens)", unit::count(tokens)),
        kind: Kind::Time,
        x,
        from,
        to,
        unit: Unit::Ratio,
        series: vec![
            Series {
                name: "requests per token",
                unit: Unit::Ratio,
                look: Look::Line,
                colour: 1,
                values: timeline.each(|point| polls(&point.counts)),
            },
            Series {
                name: "tokens",
                unit: Unit::Count,
                look: Look::Told,
                colour: 3,
                values: timeline.each(|point| Some(point.counts.token.get(Answered::Tokens) as f64)),
            },
        ],
        more: More::default(),
    }
}

fn policy(load: &LoadRecord) -> Markup {
    let seen = &load.polling;
    let gap = match (seen.gap_min_ms, seen.gap_ratio_min) {
        (Some(gap), Some(ratio)) => format!(
            "{}, {} times the interval in force{}",
            unit::time_us(gap * 1e3),
            unit::figure(ratio),
            if ratio < 1.0 { ": this client was at fault" } else { "" }
        ),
        (Some(gap), None) => unit::time_us(gap * 1e3),
        (None, _) => "no flow polled twice".to_owned(),
    };
    let throttled = format!(
        "{} of {} polls that kept to the interval, {} of them the first of their flow",
        unit::count(seen.conformant_polls_throttled),
        unit::count(load.counts.token.total()),
        unit::count(seen.first_polls_throttled)
    );
    let told = [
        ("interval", plain(&named(&seen.intervals))),
        ("life of a request", plain(&named(&seen.lifetimes))),
        ("answered slow_down", plain(&throttled)),
        ("this client's shortest gap", plain(&gap)),
    ];
    facts(&told)
}

/// How many polls came how soon, and the share of them that was throttled: the policy as clients met it.
fn gaps(record: &RunRecord, seen: &PollingSeen) -> Markup {
    let (total, most) = (seen.polls_by_gap.total(), seen.polls_by_gap.iter().map(|(_, n)| n).max());
    let Some(most) = most else {
        return html! { p.quiet { "None: the record has no second poll of a flow." } };
    };
    let columns = [
        Column::Text("gap / interval in force"),
        Column::Number("polls"),
        Column::Number("of these"),
        Column::Text(""),
        Column::Number("slow_down"),
        Column::Number("share"),
        Column::Text(""),
    ];
    let rows = seen.polls_by_gap.iter().map(|(gap, polls)| {
        let throttled = seen.slow_downs_by_gap.get(gap);
        vec![
            html! { (gap) },
            html! { (unit::count(polls)) },
            html! { (share(polls, total)) },
            bar(1, polls as f64 / most as f64),
            html! { (unit::count(throttled)) },
            html! { (share(throttled, polls)) },
            bar(6, throttled as f64 / polls as f64),
        ]
    });
    html! {
        (table(&columns, rows))
        p.quiet {
            "From the previous answer of the flow to the sending of the poll; a client that keeps to the interval has 1 or more, and a \
             share of slow_down there is the server's doing. First polls are not in it. "
            @if record.suite().and_then(|suite| suite.polling.as_ref()).is_some() {
                "The policy curve, polls of all gaps on purpose, is with the checks, below."
            }
        }
    }
}

/// A bar of so much of its cell, 0 to 1.
fn bar(colour: u8, part: f64) -> Markup {
    html! {
        svg width="100%" height="12" aria-hidden="true" {
            rect class={ "c" (colour) } x="0" y="0" width=(percent(part)) height="12" {}
        }
    }
}

/// `5 s (2,100 acknowledgements)`.
fn named(seen: &BTreeMap<String, u64>) -> String {
    let parts: Vec<String> = seen
        .iter()
        .map(|(value, n)| {
            let value = if value == "absent" { "none named".to_owned() } else { format!("{value} s") };
            format!("{value} ({} acknowledgements)", unit::count(*n))
        })
        .collect();
    if parts.is_empty() { "no acknowledgement was read".to_owned() } else { parts.join("; ") }
}

fn stale(counts: &Counts) -> Markup {
    let ages = STALE.map(|(age, event)| (age, counts.events.get(event)));
    let total: u64 = ages.iter().map(|(_, n)| n).sum();
    if total == 0 {
        return html! { p.quiet { "None: no poll said pending after the decision had been answered." } };
    }
    let most = ages.iter().map(|(_, n)| *n).max().unwrap_or(1);
    let columns = [
        Column::Text("decision's age"),
        Column::Number("polls"),
        Column::Number("of stale"),
        Column::Number("of all polls"),
        Column::Text(""),
    ];
    let rows = ages.iter().map(|(age, n)| {
        vec![
            html! { (age) },
            html! { (unit::count(*n)) },
            html! { (share(*n, total)) },
            html! { (share(*n, counts.token.total())) },
            bar(2, *n as f64 / most as f64),
        ]
    });
    table(&columns, rows)
}
