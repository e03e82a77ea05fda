use super::document::Document;
use super::figures::{Column, block, facts, plain, table};
use super::trial_plot::trial_plot;
use crate::analysis::capacity::{outcome_sentence, part_name, remarks, search_sentence, trial_sentence};
use crate::analysis::unit;
use crate::record::{CapacityRecord, TrialVerdict};
use maud::{Markup, html};

/// What a search for the capacity found, and every trial.
pub(super) fn write(document: &mut Document, capacity: &CapacityRecord) {
    let outcome = match outcome_sentence(capacity) {
        Ok(text) | Err(text) => text,
    };
    let held = capacity.thresholds.iter().map(String::as_str).chain([TrialVerdict::COMPLETED]);
    let mut told = vec![
        ("thresholds", plain(&held.collect::<Vec<_>>().join("; "))),
        ("searched", plain(&search_sentence(capacity))),
    ];
    told.extend(capacity.labels.iter().map(|(name, value)| (name.as_str(), plain(value))));
    if let Some(cost) = capacity.cost_per_hour {
        told.push(("cost", html! { (cost) " per hour" }));
    }
    let body = html! {
        p { strong { (plain(&outcome)) } }
        ul { @for remark in remarks(capacity) { li { (plain(&remark)) } } }
        (facts(&told))
        @if let Some(sut) = &capacity.sut {
            h3 { "The system under test, as " (plain(&sut.command)) " says" }
            (block(&sut.said.lines().map(str::to_owned).collect::<Vec<_>>()))
        }
    };
    document.section("capacity", "Capacity", "", body);
    let plot = trial_plot(capacity).map(|plot| document.plot(plot));
    let body = html! { @if let Some(plot) = plot { (plot) } (trials(capacity)) };
    let remark = format!("{}; rates are per second", capacity.trials.len());
    document.section("trials", "Trials", &remark, body);
}

fn trials(capacity: &CapacityRecord) -> Markup {
    let columns = [
        Column::Number("#"),
        Column::Text("for"),
        Column::Number("flows asked"),
        Column::Number("length"),
        Column::Number("completed"),
        Column::Number("polls"),
        Column::Number("pings"),
        Column::Number("in flight at most"),
        Column::Text("came to"),
    ];
    let rows = capacity.trials.iter().enumerate().map(|(at, trial)| {
        let (tone, mark) = match trial.verdict {
            TrialVerdict::Met => ("good", "✓"),
            TrialVerdict::Broken { .. } => ("bad", "✗"),
            TrialVerdict::Invalid { .. } => ("careful", "?"),
        };
        vec![
            html! { (at + 1) },
            html! { (part_name(trial.part)) },
            html! { (unit::figure(trial.rate_per_s)) },
            html! { (unit::seconds(trial.length_s)) },
            html! { (unit::figure(trial.completed_per_s)) },
            html! { (unit::figure(trial.polls_per_s)) },
            html! { (unit::figure(trial.pings_per_s)) },
            html! { (unit::count(trial.in_flight_peak)) },
            html! { b class=(tone) { (mark) } " " (plain(&trial_sentence(trial))) },
        ]
    });
    html! {
        (table(&columns, rows))
        p.quiet { "Completed: flows taken up in the measured time that came to an end of their own, then or later." }
    }
}
