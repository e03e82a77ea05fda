use super::{Exit, JudgedCheck, Severity, Standing, SuiteSummary, suite_summary};
use crate::record::{DeviationState, SuiteRecord};

/// Most names that one reason lists.
const NAMES_MAX: usize = 3;

/// Everything that stands against a run because of its suite.
pub(super) fn suite_findings(suite: &SuiteRecord) -> Vec<(Exit, String)> {
    let summary = suite_summary(suite);
    let mut found = Vec::new();
    let mut add = |exit: Exit, names: Vec<&str>, one: &str, several: &str| match names.len() {
        0 => {}
        1 => found.push((exit, format!("{one}: {}", listed(&names)))),
        n => found.push((exit, format!("{n} {several}: {}", listed(&names)))),
    };
    let standing = |is: fn(Standing<'_>) -> bool| names(&summary, is);
    let held = standing(|standing| standing == Standing::Held);
    add(Exit::Violation, held, "a check fails", "checks fail");
    let announced = |state: DeviationState| {
        suite
            .deviations
            .iter()
            .filter(move |deviation| deviation.state == state)
            .map(|deviation| &*deviation.check)
    };
    add(
        Exit::Violation,
        announced(DeviationState::Expired).collect(),
        "a deviation was announced until a day that has passed",
        "deviations were announced until a day that has passed",
    );
    add(
        Exit::Violation,
        announced(DeviationState::NoLongerHappens).collect(),
        "a deviation is announced that no longer happens; take it out of the target file",
        "deviations are announced that no longer happen; take them out of the target file",
    );
    add(
        Exit::Internal,
        standing(|standing| standing == Standing::OwnFault),
        "a check broke in this tool",
        "checks broke in this tool",
    );
    add(
        Exit::Inconclusive,
        standing(|standing| standing == Standing::Undecided),
        "a check is inconclusive",
        "checks are inconclusive",
    );
    let baseline = suite.baseline.as_ref().map_or("", |baseline| baseline.run_id.as_str());
    add(
        Exit::Regression,
        standing(|standing| standing == Standing::Regressed),
        &format!("a check that passed in the baseline {baseline} is a warning now"),
        &format!("checks that passed in the baseline {baseline} are warnings now"),
    );
    if summary.ran() == 0 {
        found.push((Exit::Inconclusive, nothing_ran(&summary)));
    }
    found
}

/// What a suite against which nothing stands came to.
pub(super) fn suite_passed(suite: &SuiteRecord) -> String {
    let summary = suite_summary(suite);
    let of = |severity: Severity| summary.severities.get(severity);
    let mut parts = vec![format!("{} of {} checks passed", of(Severity::None), summary.checks.len())];
    for (severity, one, several) in [
        (Severity::Warning, "warning", "warnings"),
        (Severity::Observation, "observation", "observations"),
        (Severity::Skipped, "not applicable", "not applicable"),
    ] {
        let n = summary.checks.iter().filter(|judged| judged.severity == severity && !spared(judged)).count();
        match n {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            n => parts.push(format!("{n} {several}")),
        }
    }
    let spared = summary.checks.iter().filter(|judged| spared(judged)).count();
    if spared > 0 {
        parts.push(format!("{spared} known to fail"));
    }
    parts.join(", ")
}

fn spared(judged: &JudgedCheck<'_>) -> bool {
    match judged.standing {
        Standing::Known(_) | Standing::InBaseline => true,
        Standing::Passed
        | Standing::NotApplicable
        | Standing::Held
        | Standing::Expired(_)
        | Standing::Regressed
        | Standing::Warned
        | Standing::Observed
        | Standing::Undecided
        | Standing::OwnFault => false,
    }
}

fn names<'r>(summary: &SuiteSummary<'r>, is: fn(Standing<'_>) -> bool) -> Vec<&'r str> {
    summary
        .checks
        .iter()
        .filter(|judged| is(judged.standing))
        .map(|judged| judged.check.id.as_str())
        .collect()
}

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(NAMES_MAX).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn nothing_ran(summary: &SuiteSummary<'_>) -> String {
    match summary.checks.len() {
        0 => "nothing ran: no check was selected".to_owned(),
        1 => "nothing ran: the check that was selected does not apply to this target".to_owned(),
        n => format!("nothing ran: none of the {n} checks applies to this target"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{RunVerdict, verdict};
    use crate::ciba::Level;
    use crate::record::{
        Baseline, CheckRecord, DeviationRecord, Ended, Finding, Gate, RunRecord, Verdict, sample,
    };

    type Change = fn(&mut SuiteRecord);
    type Spoil = fn(&mut RunRecord);

    fn finding() -> Finding {
        Finding { step: 0, expected: "a".to_owned(), actual: "b".to_owned() }
    }

    /// The first check of the clean suite.
    fn first(suite: &mut SuiteRecord) -> &mut CheckRecord {
        &mut suite.checks[0]
    }

    fn fails(suite: &mut SuiteRecord, level: Level) {
        first(suite).level = level;
        first(suite).verdict = Verdict::Fail { finding: finding() };
    }

    fn announced(suite: &mut SuiteRecord, state: DeviationState) {
        suite.deviations.push(DeviationRecord {
            check: suite.checks[0].id.clone(),
            reason: "ticket".to_owned(),
            owner: "team".to_owned(),
            until: "2027-01-31".to_owned(),
            state,
        });
    }

    fn baseline(suite: &mut SuiteRecord, failed: bool) {
        let first = vec![suite.checks[0].id.clone()];
        let (failed, passed) = if failed { (first, Vec::new()) } else { (Vec::new(), first) };
        suite.baseline = Some(Baseline { run_id: "77f0".to_owned(), failed, passed });
    }

    const MUST: Change = |suite| fails(suite, Level::Must);
    const PLAIN: Change = |suite| fails(suite, Level::Plain);
    const SHOULD: Change = |suite| fails(suite, Level::Should);
    const MAY: Change = |suite| fails(suite, Level::May);
    const STRICTER: Change = |suite| suite.selection.fail_on = Level::Should;
    const INCONCLUSIVE: Change =
        |suite| suite.checks[1].verdict = Verdict::Inconclusive { finding: finding() };
    const BROKEN: Change = |suite| suite.checks[2].verdict = Verdict::Broken { reason: "x".to_owned() };
    const KNOWN: Change = |suite| announced(suite, DeviationState::Known);
    const EXPIRED: Change = |suite| announced(suite, DeviationState::Expired);
    const GONE: Change = |suite| announced(suite, DeviationState::NoLongerHappens);
    const NOT_SEEN: Change = |suite| announced(suite, DeviationState::NotSeen);
    const FAILED_BEFORE: Change = |suite| baseline(suite, true);
    const PASSED_BEFORE: Change = |suite| baseline(suite, false);
    const EMPTY: Change = |suite| suite.checks.clear();
    const NOT_APPLICABLE: Change = |suite| {
        let reason = "no client".to_owned();
        suite.checks.iter_mut().for_each(|check| {
            check.verdict = Verdict::NotApplicable { reason: reason.clone() };
        });
    };

    fn record(changes: &[Change]) -> RunRecord {
        let mut record = sample::conformance_passed();
        changes.iter().for_each(|change| change(suite_of(&mut record)));
        record
    }

    fn suite_of(record: &mut RunRecord) -> &mut SuiteRecord {
        record.conformance.as_mut().unwrap().suite.as_mut().unwrap()
    }

    fn judged(changes: &[Change]) -> RunVerdict {
        verdict(&record(changes))
    }

    #[test]
    fn what_a_suite_comes_to() {
        let table: [(&[Change], Exit, &str); 23] = [
            (&[], Exit::Done, "passed: 4 of 4 checks passed"),
            (&[MUST], Exit::Violation, "violation: a check fails: ciba/4/issuer"),
            (&[PLAIN], Exit::Violation, "a check fails"),
            (&[SHOULD], Exit::Done, "3 of 4 checks passed, 1 warning"),
            (&[SHOULD, STRICTER], Exit::Violation, "a check fails"),
            (&[MAY], Exit::Done, "1 observation"),
            (&[MAY, STRICTER], Exit::Done, "1 observation"),
            (&[INCONCLUSIVE], Exit::Inconclusive, "a check is inconclusive: ciba/7.3/expires-in"),
            (&[BROKEN], Exit::Internal, "a check broke in this tool: ciba/10.1.1/single-use"),
            (&[MUST, KNOWN], Exit::Done, "3 of 4 checks passed, 1 known to fail"),
            (&[SHOULD, STRICTER, KNOWN], Exit::Done, "1 known to fail"),
            (&[MUST, EXPIRED], Exit::Violation, "until a day that has passed: ciba/4/issuer"),
            (&[SHOULD, EXPIRED], Exit::Violation, "until a day that has passed"),
            (&[GONE], Exit::Violation, "no longer happens"),
            (&[NOT_SEEN], Exit::Done, "4 of 4"),
            (&[MUST, NOT_SEEN], Exit::Violation, "a check fails"),
            (&[MUST, FAILED_BEFORE], Exit::Done, "1 known to fail"),
            (&[MUST, PASSED_BEFORE], Exit::Violation, "a check fails"),
            (&[SHOULD, PASSED_BEFORE], Exit::Regression, "passed in the baseline 77f0 is a warning now"),
            (&[SHOULD, FAILED_BEFORE], Exit::Done, "1 warning"),
            (&[MAY, PASSED_BEFORE], Exit::Done, "1 observation"),
            (&[EMPTY], Exit::Inconclusive, "nothing ran: no check was selected"),
            (&[NOT_APPLICABLE], Exit::Inconclusive, "none of the 4 checks applies"),
        ];
        for (changes, exit, part) in table {
            let verdict = judged(changes);
            assert_eq!(verdict.exit, exit, "{part}: {verdict:?}");
            assert!(verdict.headline.contains(part), "{part}: {verdict:?}");
            assert_eq!(verdict.reasons.is_empty(), exit == Exit::Done, "{verdict:?}");
        }
    }

    #[test]
    fn the_first_of_130_4_1_6_5_7_wins_and_every_reason_is_kept() {
        let causes: [(Exit, Spoil); 6] = [
            (Exit::Interrupted, |record| record.ended = Ended::Interrupted),
            (Exit::Violation, |record| {
                suite_of(record).checks[3].verdict = Verdict::Fail { finding: finding() };
            }),
            (Exit::Internal, |record| BROKEN(suite_of(record))),
            (Exit::Inconclusive, |record| INCONCLUSIVE(suite_of(record))),
            (Exit::Threshold, |record| {
                record.gates.push(Gate { met: false, ..sample::met("ack p99 < 1s", "2 s", 400) });
            }),
            (Exit::Regression, |record| {
                SHOULD(suite_of(record));
                PASSED_BEFORE(suite_of(record));
            }),
        ];
        for from in 0..causes.len() {
            let mut record = record(&[]);
            causes[from..].iter().rev().for_each(|(_, change)| change(&mut record));
            let verdict = verdict(&record);
            assert_eq!(verdict.exit, causes[from].0, "{verdict:?}");
            assert_eq!(verdict.reasons.len(), causes.len() - from, "{verdict:?}");
        }
    }

    #[test]
    fn a_run_with_load_needs_flows_and_checks() {
        let mut record = sample::gate();
        record.conformance.as_mut().unwrap().suite = record_suite(&[]);
        record.gates.clear();
        assert_eq!(verdict(&record).exit, Exit::Done);
        assert!(
            verdict(&record).headline.contains("4 of 4 checks passed; 750 flows"),
            "{:?}",
            verdict(&record)
        );
        record.conformance.as_mut().unwrap().suite = record_suite(&[NOT_APPLICABLE]);
        assert_eq!(verdict(&record).exit, Exit::Inconclusive);
        record.conformance.as_mut().unwrap().suite = record_suite(&[]);
        record.load.as_mut().unwrap().counts.clear();
        assert_eq!(verdict(&record).exit, Exit::Inconclusive);
    }

    fn record_suite(changes: &[Change]) -> Option<SuiteRecord> {
        record(changes).conformance.unwrap().suite
    }
}
