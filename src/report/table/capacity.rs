use super::grid::Grid;
use super::page::{Page, Tone};
use crate::analysis::capacity::{outcome_sentence, part_name, remarks, search_sentence, trial_sentence};
use crate::analysis::unit;
use crate::record::{CapacityRecord, TrialVerdict};
use crate::report::printable::shortened;

/// Longest account of a trial that is shown in full.
const ACCOUNT_MAX: usize = 30;

/// What a search for the capacity found, and every trial.
pub(super) fn write(page: &mut Page<'_>, capacity: &CapacityRecord) {
    page.heading("Capacity", "");
    match outcome_sentence(capacity) {
        Ok(found) => page.marked(2, Tone::Good, "✓ ", &found),
        Err(why_not) => page.marked(2, Tone::Careful, "? ", &why_not),
    }
    for remark in remarks(capacity) {
        page.marked(2, Tone::Plain, "- ", &remark);
    }
    let held = capacity.thresholds.iter().map(String::as_str).chain([TrialVerdict::COMPLETED]);
    page.marked(2, Tone::Plain, "thresholds  ", &held.collect::<Vec<_>>().join("; "));
    page.marked(2, Tone::Plain, "searched    ", &search_sentence(capacity));
    let labels: Vec<String> = capacity.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if !labels.is_empty() {
        page.marked(2, Tone::Plain, "labels      ", &labels.join(", "));
    }
    if let Some(cost) = capacity.cost_per_hour {
        page.marked(2, Tone::Plain, "cost        ", &format!("{cost} per hour"));
    }
    if let Some(sut) = &capacity.sut {
        page.marked(2, Tone::Plain, "described   ", &format!("by {}:", sut.command));
        for line in sut.said.lines() {
            page.text(14, line);
        }
    }
    trials(page, capacity);
}

fn trials(page: &mut Page<'_>, capacity: &CapacityRecord) {
    page.heading("Trials", &format!("{}; rates are per second", capacity.trials.len()));
    if capacity.trials.is_empty() {
        page.text(2, "none was carried out");
        return;
    }
    let headings = [
        "\n#",
        "\nfor",
        "flows\nasked",
        "\nlength",
        "com-\npleted",
        "\npolls",
        "\npings",
        "in\nflight",
        "",
        "\ncame to",
    ];
    let mut grid = Grid::new(&headings, &[1, 8, 9]);
    for (at, trial) in capacity.trials.iter().enumerate() {
        let mark = match trial.verdict {
            TrialVerdict::Met => "✓",
            TrialVerdict::Broken { .. } => "✗",
            TrialVerdict::Invalid { .. } => "?",
        };
        grid.row([
            (at + 1).to_string(),
            part_name(trial.part).to_owned(),
            unit::figure(trial.rate_per_s),
            unit::seconds(trial.length_s),
            unit::figure(trial.completed_per_s),
            unit::figure(trial.polls_per_s),
            unit::figure(trial.pings_per_s),
            unit::count(trial.in_flight_peak),
            mark.to_owned(),
            shortened(&trial_sentence(trial), ACCOUNT_MAX),
        ]);
    }
    page.grid(grid);
    page.toned(
        2,
        Tone::Quiet,
        "Completed: flows taken up in the measured time that came to an end of their own, then or later. In flight: at most.",
    );
}
