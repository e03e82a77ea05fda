use crate::analysis::{Exit, JudgedCheck, SectionSummary, Standing, suite_summary, unit, verdict};
use crate::ciba::Named;
use crate::record::{
    DeviationRecord, DeviationState, Gate, RunRecord, SuiteRecord, Verdict, Violation, command_line,
};
use crate::report::printable::printable;
use crate::report::validity::validity_remark;
use crate::report::{Format, RenderError, Style, account};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// The format's row in the list of formats.
pub(in crate::report) const FORMAT: Format = Format {
    name: "junit",
    stem: "junit",
    extension: "xml",
    about: "JUnit XML: checks by section, announced deviations, rules, thresholds, and the verdict",
    render,
};

/// Suites besides those of the conformance suite's sections.
const VERDICT: &str = "verdict";
const DEVIATIONS: &str = "announced deviations";
const RULES: &str = "rules while flows ran";
const THRESHOLDS: &str = "thresholds";

/// The file has a failure or an error exactly when the run's exit code is not 0.
fn render(record: &RunRecord, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut report = Report::new("ciba-bench");
    report.time = duration(record.elapsed_s);
    let mut suites = vec![whole(record)];
    if let Some(suite) = record.suite() {
        suites.extend(suite_summary(suite).sections.iter().map(|section| checks(suite, section)));
        suites.extend(deviations(suite));
    }
    suites.extend(rules(record));
    suites.extend(thresholds(&record.gates, record.load.as_ref().and_then(validity_remark)));
    for mut suite in suites {
        suite.timestamp = record.started_at.parse().ok();
        report.add_test_suite(suite);
    }
    report.timestamp = record.started_at.parse().ok();
    let text = report.to_string().map_err(RenderError::Junit)?;
    Ok(format!("{}\n", text.trim_end()).into_bytes())
}

/// What the run came to, and what stands against it besides checks and thresholds: it was interrupted, nothing ran.
fn whole(record: &RunRecord) -> TestSuite {
    let verdict = verdict(record);
    let kind = match verdict.exit {
        Exit::Done => None,
        Exit::Violation | Exit::Threshold | Exit::Regression => Some(NonSuccessKind::Failure),
        Exit::Internal | Exit::Usage | Exit::Target | Exit::Inconclusive | Exit::Interrupted => {
            Some(NonSuccessKind::Error)
        }
    };
    let status = match kind {
        None => TestCaseStatus::success(),
        Some(kind) => not_passed(kind, verdict.exit.word(), &verdict.headline, &verdict.reasons),
    };
    let mut case = case(VERDICT, "the run as a whole", status);
    case.time = duration(record.elapsed_s);
    property(&mut case, "exit_code", &verdict.exit.code().to_string());
    if verdict.exit == Exit::Done {
        case.set_system_out(printable(&verdict.headline));
    }
    if record.suite().is_none() {
        property(&mut case, "conformance", "this run holds no conformance suite");
    }
    let mut suite = TestSuite::new(VERDICT);
    for (name, value) in [
        ("run_id", record.run_id.as_str()),
        ("target", &record.target.issuer),
        ("command", &command_line(&record.command)),
        ("tool_version", &record.environment.tool_version),
    ] {
        suite.add_property((name, printable(value).as_str()));
    }
    suite.add_test_case(case);
    suite
}

fn checks(suite: &SuiteRecord, section: &SectionSummary<'_>) -> TestSuite {
    let mut cases = TestSuite::new(printable(section.title));
    let took_ms: f64 = section.checks.iter().map(|judged| judged.check.took_ms).sum();
    cases.time = duration(took_ms / 1e3);
    for judged in &section.checks {
        cases.add_test_case(check(suite, judged));
    }
    cases
}

fn check(suite: &SuiteRecord, judged: &JudgedCheck<'_>) -> TestCase {
    let record = judged.check;
    let lines = account::lines(suite, judged);
    let cause = cause(&record.verdict);
    let severity = judged.severity.name();
    let status = match judged.standing {
        Standing::Passed
        | Standing::Warned
        | Standing::Observed
        | Standing::Known(_)
        | Standing::InBaseline => TestCaseStatus::success(),
        Standing::Held => not_passed(NonSuccessKind::Failure, severity, &cause, &lines),
        Standing::Expired(_) => not_passed(NonSuccessKind::Failure, "expired deviation", &cause, &lines),
        Standing::Regressed => not_passed(NonSuccessKind::Failure, "regression", &cause, &lines),
        Standing::Undecided | Standing::OwnFault => {
            not_passed(NonSuccessKind::Error, severity, &cause, &lines)
        }
        Standing::NotApplicable => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(printable(&cause));
            skipped
        }
    };
    let mut case = case(&record.section, &record.id, status);
    case.time = duration(record.took_ms / 1e3);
    property(&mut case, "title", &record.title);
    property(&mut case, "level", record.level.name());
    property(&mut case, "severity", severity);
    property(&mut case, "requirements", &record.covers.join(" "));
    match judged.standing {
        Standing::Known(deviation) | Standing::Expired(deviation) => {
            property(&mut case, "known_deviation", &terms(deviation));
        }
        Standing::InBaseline => property(&mut case, "baseline", "failed there, too"),
        Standing::Regressed => property(&mut case, "baseline", "passed there"),
        Standing::Passed
        | Standing::NotApplicable
        | Standing::Held
        | Standing::Warned
        | Standing::Observed
        | Standing::Undecided
        | Standing::OwnFault => {}
    }
    match judged.standing {
        Standing::Warned | Standing::Observed | Standing::Known(_) | Standing::InBaseline => {
            case.set_system_out(lines.join("\n"));
        }
        Standing::Passed if !record.notes.is_empty() => {
            case.set_system_out(printable_lines(&record.notes));
        }
        // A failure's account is in its own element.
        Standing::Passed
        | Standing::NotApplicable
        | Standing::Held
        | Standing::Expired(_)
        | Standing::Regressed
        | Standing::Undecided
        | Standing::OwnFault => {}
    }
    case
}

fn cause(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Pass => String::new(),
        Verdict::Fail { finding } | Verdict::Inconclusive { finding } => {
            format!("expected {}, got {}", finding.expected, finding.actual)
        }
        Verdict::NotApplicable { reason } | Verdict::Broken { reason } => reason.clone(),
    }
}

fn deviations(suite: &SuiteRecord) -> Option<TestSuite> {
    let mut cases = TestSuite::new(DEVIATIONS);
    for deviation in &suite.deviations {
        let text = terms(deviation);
        let failed = |about: &str| not_passed(NonSuccessKind::Failure, "deviation", about, &[]);
        let status = match deviation.state {
            DeviationState::Known => TestCaseStatus::success(),
            DeviationState::Expired => {
                failed("the day has passed: repair the server, or agree on another day")
            }
            DeviationState::NoLongerHappens => {
                failed("no longer happens: take the entry out of the target file")
            }
            DeviationState::NotSeen => {
                let mut skipped = TestCaseStatus::skipped();
                skipped.set_message("the check came to no verdict in this run");
                skipped
            }
        };
        let mut case = case(DEVIATIONS, &deviation.check, status);
        property(&mut case, "known_deviation", &text);
        cases.add_test_case(case);
    }
    (cases.tests > 0).then_some(cases)
}

fn terms(deviation: &DeviationRecord) -> String {
    format!("until {}, {}: {}", deviation.until, deviation.owner, deviation.reason)
}

/// What the flows of the load showed; nothing where no flow was held against the standard.
fn rules(record: &RunRecord) -> Option<TestSuite> {
    let seen = record.conformance.as_ref().filter(|seen| seen.flows_observed > 0)?;
    let mut cases = TestSuite::new(RULES);
    let flows = format!("{} flows were observed", unit::count(seen.flows_observed));
    let mut all = case(RULES, "every flow was held against the standard", TestCaseStatus::success());
    all.set_system_out(flows);
    cases.add_test_case(all);
    cases.add_test_cases(seen.violations.iter().filter(|violation| violation.count > 0).map(rule));
    Some(cases)
}

fn rule(violation: &Violation) -> TestCase {
    let about = format!("{}, {}: {}", violation.level.name(), violation.clause, violation.sentence);
    let mut lines = vec![about.clone(), format!("{} times", unit::count(violation.count))];
    for example in &violation.examples {
        lines.push(printable(&format!("flow {} at {} ms: {}", example.flow, example.at_ms, example.detail)));
        let wire = example.exchange.iter().flat_map(|exchange| account::wire(exchange, None));
        lines.extend(wire.map(|line| format!("  {}{}", line.mark, line.text)));
    }
    let binds = violation.level.binds();
    let status = if binds {
        not_passed(NonSuccessKind::Failure, "violation", &about, &lines)
    } else {
        TestCaseStatus::success()
    };
    let mut case = case(RULES, violation.rule.name(), status);
    property(&mut case, "level", violation.level.name());
    property(&mut case, "times", &violation.count.to_string());
    if !binds {
        case.set_system_out(printable_lines(&lines));
    }
    case
}

fn thresholds(gates: &[Gate], invalid: Option<&str>) -> Option<TestSuite> {
    let mut cases = TestSuite::new(THRESHOLDS);
    for gate in gates {
        let reason = gate.reason.as_deref().unwrap_or("no reason is given");
        let status = match (gate.met, &gate.measured) {
            (true, _) => TestCaseStatus::success(),
            (false, Some(measured)) => {
                not_passed(NonSuccessKind::Failure, "threshold", &format!("measured {measured}"), &[])
            }
            (false, None) => not_passed(NonSuccessKind::Error, "not judged", reason, &[]),
        };
        let mut case = case(THRESHOLDS, &gate.expression, status);
        property(&mut case, "measured", gate.measured.as_deref().unwrap_or(unit::NONE));
        property(&mut case, "samples", &gate.samples.to_string());
        if let Some(remark) = invalid {
            property(&mut case, "figures", remark);
        }
        cases.add_test_case(case);
    }
    (cases.tests > 0).then_some(cases)
}

fn case(suite: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(printable(name), status);
    case.set_classname(printable(suite));
    case
}

fn property(case: &mut TestCase, name: &str, value: &str) {
    case.add_property((name, printable(value).as_str()));
}

fn not_passed(kind: NonSuccessKind, of: &str, message: &str, lines: &[String]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(of).set_message(printable(message));
    if !lines.is_empty() {
        status.set_description(printable_lines(lines));
    }
    status
}

fn printable_lines(lines: &[String]) -> String {
    lines.iter().map(|line| printable(line)).collect::<Vec<_>>().join("\n")
}

/// Nothing where the record holds no length.
fn duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}
