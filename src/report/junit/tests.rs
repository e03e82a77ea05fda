//! Which element each verdict becomes, read from the file as others read it.

use super::FORMAT;
use crate::analysis::{Exit, Standing, suite_summary, verdict};
use crate::record::{Ended, Gate, RunRecord, Verdict, sample};
use crate::report::Style;
use crate::report::group::Group;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};
use std::collections::BTreeMap;

fn xml(record: &RunRecord) -> String {
    String::from_utf8((FORMAT.render)(record, &Style::default()).unwrap()).unwrap()
}

fn parsed(record: &RunRecord) -> Report {
    Report::deserialize_from_str(&xml(record)).unwrap()
}

fn element(case: &TestCase) -> &'static str {
    match &case.status {
        TestCaseStatus::Success { .. } => "success",
        TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. } => "failure",
        TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. } => "error",
        TestCaseStatus::Skipped { .. } => "skipped",
    }
}

fn property<'c>(case: &'c TestCase, name: &str) -> Option<&'c str> {
    case.properties
        .iter()
        .find(|property| property.name.as_str() == name)
        .map(|property| property.value.as_str())
}

/// The text of one case, as it stands in the file.
fn in_text<'t>(text: &'t str, section: &str, name: &str) -> &'t str {
    let suite =
        text.split("<testsuite ").find(|suite| suite.starts_with(&format!("name=\"{section}\""))).unwrap();
    let case = suite.split("<testcase ").find(|case| case.starts_with(&format!("name=\"{name}\""))).unwrap();
    case.split("</testcase>").next().unwrap()
}

#[test]
fn every_verdict_becomes_its_element() {
    let record = sample::conformance();
    let (text, report) = (xml(&record), parsed(&record));
    let suite = record.suite().unwrap();
    for judged in suite_summary(suite).checks {
        let expected = match judged.standing {
            Standing::Passed
            | Standing::Warned
            | Standing::Observed
            | Standing::Known(_)
            | Standing::InBaseline => "success",
            Standing::Held | Standing::Expired(_) | Standing::Regressed => "failure",
            Standing::Undecided | Standing::OwnFault => "error",
            Standing::NotApplicable => "skipped",
        };
        let (section, id) = (&judged.check.section, &judged.check.id);
        let case = report
            .test_suites
            .iter()
            .find(|suite| suite.name.as_str() == section)
            .and_then(|suite| suite.test_cases.iter().find(|case| case.name.as_str() == id))
            .unwrap();
        assert_eq!(element(case), expected, "{id}");
        // The same without the library that wrote it.
        let raw = in_text(&text, section, id);
        for tag in ["failure", "error", "skipped"] {
            assert_eq!(raw.contains(&format!("<{tag}")), tag == expected, "{id}: {raw}");
        }
        assert_eq!(property(case, "severity").unwrap(), judged.severity.to_string());
        let told = case.system_out.is_some();
        match judged.standing {
            Standing::Known(_) => assert!(property(case, "known_deviation").is_some() && told, "{id}"),
            Standing::Expired(_) => assert!(property(case, "known_deviation").is_some(), "{id}"),
            Standing::InBaseline => {
                assert!(property(case, "baseline") == Some("failed there, too") && told, "{id}")
            }
            Standing::Regressed => assert_eq!(property(case, "baseline"), Some("passed there"), "{id}"),
            Standing::Warned | Standing::Observed => assert!(told, "{id}"),
            Standing::NotApplicable => assert!(raw.contains("names no"), "{id}: {raw}"),
            Standing::Passed | Standing::Held | Standing::Undecided | Standing::OwnFault => {}
        }
    }
}

#[test]
fn the_counts_of_the_file_are_those_of_the_record() {
    let record = sample::gate();
    let suite = record.suite().unwrap();
    let summary = suite_summary(suite);
    let report = parsed(&record);
    let of_sections = || {
        report
            .test_suites
            .iter()
            .filter(|cases| summary.sections.iter().any(|one| one.title == cases.name.as_str()))
    };
    let mut by_element: BTreeMap<&str, usize> = BTreeMap::new();
    for case in of_sections().flat_map(|cases| &cases.test_cases) {
        *by_element.entry(element(case)).or_default() += 1;
    }
    let verdicts = |is: fn(&Verdict) -> bool| suite.checks.iter().filter(|check| is(&check.verdict)).count();
    let failing = summary.checks.iter().filter(|judged| Group::of(judged) == Group::Failed).count();
    let failed = verdicts(|verdict| matches!(verdict, Verdict::Fail { .. }));
    let expected = [
        (
            "error",
            verdicts(|verdict| matches!(verdict, Verdict::Inconclusive { .. } | Verdict::Broken { .. })),
        ),
        ("failure", failing),
        ("skipped", verdicts(|verdict| matches!(verdict, Verdict::NotApplicable { .. }))),
        ("success", verdicts(|verdict| *verdict == Verdict::Pass) + failed - failing),
    ];
    assert_eq!(by_element.into_iter().collect::<Vec<_>>(), expected);
    // What the file says about itself, suite by suite and as a whole.
    for cases in &report.test_suites {
        let count = |name: &str| cases.test_cases.iter().filter(|case| element(case) == name).count();
        let said = (cases.tests, cases.failures, cases.errors, cases.skipped);
        assert_eq!(said, (cases.test_cases.len(), count("failure"), count("error"), count("skipped")));
    }
    let sum = |of: fn(&quick_junit::TestSuite) -> usize| report.test_suites.iter().map(of).sum::<usize>();
    assert_eq!(report.tests, sum(|cases| cases.tests));
    assert_eq!((report.failures, report.errors), (sum(|cases| cases.failures), sum(|cases| cases.errors)));
}

#[test]
fn thresholds_and_deviations_have_their_elements() {
    let record = sample::gate();
    let report = parsed(&record);
    let elements = |name: &str| -> Vec<&str> {
        let cases = report.test_suites.iter().find(|cases| cases.name.as_str() == name).unwrap();
        cases.test_cases.iter().map(element).collect()
    };
    assert_eq!(elements("thresholds"), ["success", "failure", "failure", "error"]);
    assert_eq!(elements("announced deviations"), ["success", "failure", "failure", "skipped"]);
    assert_eq!(elements("rules while flows ran"), ["success"]);
    assert_eq!(elements("verdict"), ["failure"]);
}

#[test]
fn the_file_is_red_exactly_when_the_exit_code_is_not_0() {
    let mut records = vec![
        sample::passed(),
        sample::complete(),
        sample::conformance(),
        sample::conformance_passed(),
        sample::gate(),
    ];
    let changes: [fn(&mut RunRecord); 5] = [
        |record| record.ended = Ended::Interrupted,
        |record| record.ended = Ended::Failed { reason: "disk full".to_owned() },
        |record| record.gates.push(Gate { met: false, ..sample::met("ack p99 < 1s", "2 s", 400) }),
        |record| record.conformance.as_mut().unwrap().suite.as_mut().unwrap().checks.clear(),
        |record| record.conformance = None,
    ];
    for change in changes {
        let mut record = sample::conformance_passed();
        change(&mut record);
        records.push(record);
    }
    let mut codes = Vec::new();
    for record in &records {
        let report = parsed(record);
        let exit = verdict(record).exit;
        assert_eq!(report.failures + report.errors > 0, exit != Exit::Done, "{exit:?}");
        codes.push(exit.code());
    }
    assert!([0, 1, 4, 5, 6, 130].iter().all(|code| codes.contains(code)), "{codes:?}");
}

#[test]
fn what_a_server_sends_is_text_and_the_file_is_the_same_each_time() {
    let record = sample::conformance();
    let text = xml(&record);
    assert_eq!(text, xml(&record));
    let report = parsed(&record);
    let case = report
        .test_suites
        .iter()
        .flat_map(|cases| &cases.test_cases)
        .find(|case| case.name.as_str() == "ciba/10.1.1/single-use")
        .unwrap();
    let TestCaseStatus::NonSuccess { message, description, .. } = &case.status else { panic!("{case:?}") };
    let shown = "<script>alert('x')</script> |a|b| `code` ``` ]]> &amp; ![i](//h) @all =1+1 \\u{1b}[2J\\r\\n\\u{0}\\u{85}\\u{202e}\\u{ffff}\u{fffd}é";
    assert!(message.as_ref().unwrap().contains(shown), "{message:?}");
    let description = description.as_ref().unwrap();
    assert!(description.lines().count() > 10, "{description:?}");
    assert!(description.contains(&format!("< x-nasty: {shown}")), "{description:?}");
    assert!(text.contains("timestamp=\"2026-03-14T09:26:53.000+00:00\""), "{text}");
}
