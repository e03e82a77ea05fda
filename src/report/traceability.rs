use super::printable::printable;
use super::{Format, RenderError, Style, account};
use crate::analysis::{JudgedCheck, suite_summary};
use crate::record::{CheckRecord, RequirementRecord, RequirementState, RunRecord, SuiteRecord, Verdict};

pub(super) const FORMAT: Format = Format {
    name: "traceability",
    stem: "traceability",
    extension: "csv",
    about: "every requirement with its checks, their verdicts and exchanges, for compliance files",
    render,
};

const COLUMNS: [&str; 9] = [
    "requirement",
    "citation",
    "level",
    "text",
    "check",
    "verdict",
    "exchange",
    "official modules",
    "remark",
];

/// One row per requirement and check, and one for each requirement that no check observes.
fn render(record: &RunRecord, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut text = row(COLUMNS.map(str::to_owned));
    match record.suite() {
        Some(suite) => {
            let summary = suite_summary(suite);
            for requirement in &suite.requirements {
                rows(&mut text, suite, &summary.checks, requirement);
            }
        }
        None => {
            let remark = "this run holds no conformance suite: nothing can be traced";
            let mut cells: [String; COLUMNS.len()] = Default::default();
            remark.clone_into(&mut cells[COLUMNS.len() - 1]);
            text.push_str(&row(cells));
        }
    }
    Ok(text.into_bytes())
}

fn rows(text: &mut String, suite: &SuiteRecord, judged: &[JudgedCheck<'_>], requirement: &RequirementRecord) {
    let mut add = |check: &str, verdict: &str, exchange: String, remark: String| {
        text.push_str(&row([
            requirement.id.clone(),
            requirement.citation.clone(),
            requirement.level.name().to_owned(),
            requirement.text.clone(),
            check.to_owned(),
            verdict.to_owned(),
            exchange,
            requirement.official.join(" "),
            remark,
        ]));
    };
    match &requirement.state {
        RequirementState::ByChecks { checks } => {
            for id in checks {
                match judged.iter().find(|judged| judged.check.id == *id) {
                    Some(judged) => {
                        add(id, judged.check.verdict.name(), exchange(judged.check), remark(judged));
                    }
                    None => add(id, "not run", String::new(), not_run(suite, id)),
                }
            }
        }
        RequirementState::Unobservable { reason } => add("", "not observable", String::new(), reason.clone()),
    }
}

/// Where in the record the exchange is that shows the verdict: the check and its step, `ciba/7.3/interval step 1`.
fn exchange(check: &CheckRecord) -> String {
    let until = check.verdict.finding().map_or(usize::MAX, |finding| finding.step);
    let step = check.exchanges.iter().map(|sent| sent.step).filter(|step| *step <= until).max();
    step.map_or_else(String::new, |step| format!("{} step {}", check.id, step.saturating_add(1)))
}

fn remark(judged: &JudgedCheck<'_>) -> String {
    let cause = match &judged.check.verdict {
        Verdict::Pass => None,
        Verdict::Fail { finding } | Verdict::Inconclusive { finding } => {
            Some(format!("expected {}, got {}", finding.expected, finding.actual))
        }
        Verdict::NotApplicable { reason } | Verdict::Broken { reason } => Some(reason.clone()),
    };
    cause.into_iter().chain(account::remarks(judged)).collect::<Vec<_>>().join("; ")
}

fn not_run(suite: &SuiteRecord, id: &str) -> String {
    let left_out = suite.left_out.iter().find(|left_out| left_out.check == id);
    left_out.map_or_else(|| "not selected".to_owned(), |left_out| left_out.reason.clone())
}

/// One line of RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe.
fn row(cells: [String; COLUMNS.len()]) -> String {
    let cells = cells.map(|cell| {
        let cell = printable(&cell);
        let guard = if cell.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
        let cell = format!("{guard}{cell}");
        if cell.contains(['"', ',', ';']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    });
    format!("{}\n", cells.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;

    fn csv(record: &RunRecord) -> String {
        String::from_utf8(render(record, &Style::default()).unwrap()).unwrap()
    }

    /// Cells of one line.
    fn cells(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                c => cells.last_mut().unwrap().push(c),
            }
        }
        assert!(!quoted, "{line}");
        cells
    }

    #[test]
    fn every_requirement_has_its_rows_and_every_row_its_cells() {
        let record = sample::conformance();
        let suite = record.suite().unwrap();
        let text = csv(&record);
        let rows: Vec<Vec<String>> = text.lines().map(cells).collect();
        assert!(rows.iter().all(|row| row.len() == COLUMNS.len()), "{text}");
        assert_eq!(rows.len(), 1 + suite.requirements.len());
        for verdict in
            ["pass", "fail", "not applicable", "inconclusive", "broken", "not run", "not observable"]
        {
            assert!(rows.iter().any(|row| row[5] == verdict), "{verdict}: {text}");
        }
        let row = rows.iter().find(|row| row[4] == "ciba/10.1.1/single-use").unwrap();
        assert_eq!((row[5].as_str(), row[6].as_str()), ("fail", "ciba/10.1.1/single-use step 6"));
    }

    #[test]
    fn no_cell_is_a_formula_and_no_line_is_broken() {
        let mut record = sample::conformance();
        let suite = record.conformance.as_mut().unwrap().suite.as_mut().unwrap();
        suite.requirements.truncate(1);
        suite.requirements[0].text = "=HYPERLINK(\"http://x\")\r\n,y".to_owned();
        let text = csv(&record);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains(r#","'=HYPERLINK(""http://x"")\r\n,y","#), "{text}");
    }

    #[test]
    fn a_run_without_a_suite_says_so() {
        assert_eq!(
            csv(&sample::passed()).lines().nth(1).unwrap(),
            ",,,,,,,,this run holds no conformance suite: nothing can be traced"
        );
    }
}
