use super::grid::Grid;
use super::page::{Page, Tone};
use super::suite::selection;
use crate::analysis::{Exit, unit, verdict};
use crate::record::{Gate, RunRecord, SuiteRecord, command_line};
use crate::report::printable::shortened;
use crate::report::validity::validity_remark;

/// Longest threshold that is shown in full.
const EXPRESSION_MAX: usize = 44;

/// What was run, the verdict, the gates.
pub(super) fn write(page: &mut Page<'_>, record: &RunRecord) {
    facts(page, record);
    let verdict = verdict(record);
    let tone = match verdict.exit {
        Exit::Done => Tone::Good,
        Exit::Interrupted | Exit::Inconclusive => Tone::Careful,
        Exit::Internal
        | Exit::Usage
        | Exit::Target
        | Exit::Violation
        | Exit::Threshold
        | Exit::Regression => Tone::Bad,
    };
    page.blank();
    let mark = if verdict.exit == Exit::Done { "✓ " } else { "✗ " };
    page.marked(0, tone, mark, &verdict.headline);
    for reason in verdict.reasons.iter().skip(1) {
        page.marked(2, Tone::Plain, "also: ", reason);
    }
    page.toned(2, Tone::Quiet, &format!("exit code {}: {}", verdict.exit.code(), verdict.exit.about()));
    // Checks alone are held against no thresholds, and those of a search are each trial's.
    let of_trials = record.suite().is_some() || record.capacity.is_some();
    if record.load.is_some() || !record.gates.is_empty() || !of_trials {
        gates(page, &record.gates, record.load.as_ref().and_then(validity_remark));
    }
}

fn facts(page: &mut Page<'_>, record: &RunRecord) {
    let suite = record.suite();
    let service = suite.is_some_and(SuiteRecord::judges_auth_service);
    let what = match (suite, &record.load) {
        _ if service => "judge",
        _ if record.capacity.is_some() => "capacity",
        (None, _) => "run",
        (Some(_), None) => "conformance",
        (Some(_), Some(_)) => "gate",
    };
    page.toned(0, Tone::Title, &format!("ciba-bench {what} {}", record.name));
    // Checks draw nothing at random.
    let seed = match record.load.is_some() || record.capacity.is_some() {
        true => format!("seed {}, ", record.seed),
        false => String::new(),
    };
    let at = format!(
        "{}, for {}, {seed}run {}",
        record.started_at,
        unit::seconds(record.elapsed_s),
        record.run_id
    );
    let target = &record.target;
    let kind = if target.reference { ", the OP embedded in this tool" } else { "" };
    let faults = match target.faults.as_slice() {
        [] => String::new(),
        faults => format!(", with faults switched on: {}", faults.join(", ")),
    };
    let modes = match target.delivery_modes.as_slice() {
        _ if service => "an authentication service".to_owned(),
        [] => "no delivery modes named".to_owned(),
        modes => format!("delivery modes {}", modes.join(", ")),
    };
    let machine = &record.environment;
    let generator = format!(
        "ciba-bench {} ({}), {}, {}, {} cores, {} MiB",
        machine.tool_version,
        machine.build,
        machine.system,
        machine.processor,
        machine.cores,
        unit::count(machine.memory_mib)
    );
    for (label, text) in [
        ("started    ", at),
        ("target     ", format!("{}{kind}{faults}; {modes}", target.issuer)),
        ("generator  ", generator),
        ("repeat     ", command_line(&record.command)),
    ] {
        page.marked(2, Tone::Plain, label, &text);
    }
    if let Some(suite) = suite {
        page.marked(2, Tone::Plain, "checks     ", &selection(suite));
    }
}

fn gates(page: &mut Page<'_>, gates: &[Gate], invalid: Option<&str>) {
    let met = gates.iter().filter(|gate| gate.met).count();
    let invalid = invalid.map_or_else(String::new, |remark| format!("; {remark}"));
    page.heading("Gates", &format!("{met} of {} met{invalid}", gates.len()));
    if gates.is_empty() {
        page.text(2, "the profile sets no thresholds");
        return;
    }
    let mut grid = Grid::new(&["", "threshold", "measured", "samples"], &[0, 1]);
    for gate in gates {
        grid.row([
            if gate.met { "✓" } else { "✗" }.to_owned(),
            shortened(&gate.expression, EXPRESSION_MAX),
            gate.measured.clone().unwrap_or_else(|| unit::NONE.to_owned()),
            unit::count(gate.samples),
        ]);
    }
    page.grid(grid);
    for gate in gates {
        if let Some(reason) = &gate.reason {
            page.toned(2, Tone::Careful, &format!("{}: {reason}", gate.expression));
        }
    }
}
