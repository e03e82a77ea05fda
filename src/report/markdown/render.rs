use super::{capacity, escape, findings, tables};
use crate::analysis::{Exit, suite_summary, unit, verdict};
use crate::record::{RunRecord, command_line};
use crate::report::account::coverage_line;
use crate::report::{Format, RenderError, Style};

/// The format's row in the list of formats.
pub(in crate::report) const FORMAT: Format = Format {
    name: "markdown",
    stem: "report",
    extension: "md",
    about: "Markdown for a step summary or release notes: verdict, checks, failures, thresholds",
    render,
};

fn render(record: &RunRecord, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut page = String::new();
    head(&mut page, record);
    if let Some(found) = &record.capacity {
        capacity::write(&mut page, found);
    }
    match record.suite() {
        Some(suite) => {
            let summary = suite_summary(suite);
            tables::matrix(&mut page, &summary);
            line(&mut page, &format!("Requirements: {}.", escape::text(&coverage_line(&summary.coverage))));
            tables::polls(&mut page, suite);
            findings::write(&mut page, suite, &summary);
            tables::deviations(&mut page, suite);
            tables::left_out(&mut page, suite);
        }
        None if record.capacity.is_some() => {}
        None => line(&mut page, "This run holds no conformance suite."),
    }
    tables::rules(&mut page, record);
    tables::thresholds(&mut page, record);
    tables::caveats(&mut page, record);
    Ok(format!("{}\n", page.trim_end()).into_bytes())
}

fn head(page: &mut String, record: &RunRecord) {
    let verdict = verdict(record);
    let mark = match verdict.exit {
        Exit::Done => "✅",
        Exit::Interrupted | Exit::Inconclusive => "⚠️",
        Exit::Internal
        | Exit::Usage
        | Exit::Target
        | Exit::Violation
        | Exit::Threshold
        | Exit::Regression => "❌",
    };
    line(page, &format!("## {mark} ciba-bench: {}", verdict.exit.word()));
    line(page, &format!("**{}**", escape::text(&verdict.headline)));
    for reason in verdict.reasons.iter().skip(1) {
        page.push_str(&format!("- also: {}\n", escape::text(reason)));
    }
    line(page, &format!("- exit code {}: {}", verdict.exit.code(), escape::text(verdict.exit.about())));
    let target = &record.target;
    let kind = if target.reference { ", the OP embedded in this tool" } else { "" };
    tables::facts(
        page,
        &[
            ("target", format!("{}{kind}", escape::code(&target.issuer))),
            ("run", format!("{}, {}", escape::code(&record.name), escape::code(&record.run_id))),
            (
                "started",
                format!("{}, for {}", escape::text(&record.started_at), unit::seconds(record.elapsed_s)),
            ),
            ("repeat", escape::code(&command_line(&record.command))),
        ],
    );
}

/// A paragraph.
fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push_str("\n\n");
}
