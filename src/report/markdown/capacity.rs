use super::escape;
use crate::analysis::capacity::{outcome_sentence, part_name, remarks, search_sentence, trial_sentence};
use crate::analysis::unit;
use crate::record::{CapacityRecord, TrialVerdict};

/// What a search for the capacity found, and every trial.
pub(super) fn write(page: &mut String, capacity: &CapacityRecord) {
    page.push_str("### Capacity\n\n");
    let outcome = match outcome_sentence(capacity) {
        Ok(text) | Err(text) => text,
    };
    page.push_str(&format!("**{}**\n\n", escape::text(&outcome)));
    let mut bullet = |text: &str| page.push_str(&format!("- {}\n", escape::text(text)));
    remarks(capacity).iter().for_each(|remark| bullet(remark));
    bullet(&format!("thresholds: {}; {}", capacity.thresholds.join("; "), TrialVerdict::COMPLETED));
    bullet(&format!("searched {}", search_sentence(capacity)));
    for (name, value) in &capacity.labels {
        bullet(&format!("{name}: {value}"));
    }
    if let Some(cost) = capacity.cost_per_hour {
        bullet(&format!("cost per hour: {cost}"));
    }
    page.push_str("\n| # | for | flows/s asked | length | completed/s | polls/s | pings/s | | came to |\n");
    page.push_str("|---:|---|---:|---:|---:|---:|---:|---|---|\n");
    for (at, trial) in capacity.trials.iter().enumerate() {
        let mark = match trial.verdict {
            TrialVerdict::Met => "✅",
            TrialVerdict::Broken { .. } => "❌",
            TrialVerdict::Invalid { .. } => "⚠️",
        };
        let figures =
            [trial.completed_per_s, trial.polls_per_s, trial.pings_per_s].map(unit::figure).join(" | ");
        page.push_str(&format!(
            "| {} | {} | {} | {} | {figures} | {mark} | {} |\n",
            at + 1,
            part_name(trial.part),
            unit::figure(trial.rate_per_s),
            unit::seconds(trial.length_s),
            escape::text(&trial_sentence(trial))
        ));
    }
    page.push('\n');
    if let Some(sut) = &capacity.sut {
        page.push_str(&format!("What {} said of the system under test:\n\n", escape::code(&sut.command)));
        page.push_str(&escape::block(&sut.said.lines().map(str::to_owned).collect::<Vec<_>>()));
        page.push('\n');
    }
}
