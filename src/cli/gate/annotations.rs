//! What a pipeline shows beside the change: one annotation for each thing that stands against the run, and for each warning.

use super::workflow_command::annotation;
use crate::analysis::{Exit, JudgedCheck, RunVerdict, Standing, suite_summary};
use crate::ciba::Named as _;
use crate::record::{DeviationState, RunRecord, Verdict};

/// Annotations of one level that GitHub shows for a step; it drops the rest without a word.
const SHOWN_MAX: usize = 10;

/// Title and message.
type Note = (String, String);

/// The annotations of a run as workflow commands; empty where there is nothing to tell.
pub fn annotations(record: &RunRecord, verdict: &RunVerdict) -> String {
    let mut errors = Vec::new();
    if verdict.exit != Exit::Done {
        errors.push((format!("gate {}", record.name), verdict.headline.clone()));
    }
    let mut warnings = Vec::new();
    checks(record, &mut errors, &mut warnings);
    rules(record, &mut errors, &mut warnings);
    thresholds(record, &mut errors);
    written("error", &errors) + &written("warning", &warnings)
}

fn checks(record: &RunRecord, errors: &mut Vec<Note>, warnings: &mut Vec<Note>) {
    let Some(suite) = record.suite() else { return };
    for judged in suite_summary(suite).checks {
        match judged.standing {
            Standing::Held
            | Standing::Expired(_)
            | Standing::Regressed
            | Standing::Undecided
            | Standing::OwnFault => errors.push(note(&judged)),
            Standing::Warned => warnings.push(note(&judged)),
            Standing::Passed
            | Standing::NotApplicable
            | Standing::Observed
            | Standing::Known(_)
            | Standing::InBaseline => {}
        }
    }
    let gone = suite.deviations.iter().filter(|known| known.state == DeviationState::NoLongerHappens);
    errors.extend(gone.map(|known| {
        let message = "is announced as a deviation and no longer happens; take it out of the target file";
        (known.check.clone(), message.to_owned())
    }));
}

fn note(judged: &JudgedCheck<'_>) -> Note {
    let check = judged.check;
    let cause = match &check.verdict {
        Verdict::Fail { finding } | Verdict::Inconclusive { finding } => {
            format!("expected {}, got {}", finding.expected, finding.actual)
        }
        Verdict::NotApplicable { reason } | Verdict::Broken { reason } => reason.clone(),
        Verdict::Pass => String::new(),
    };
    let standing = match judged.standing {
        Standing::Expired(deviation) => format!("; it was announced until {}", deviation.until),
        Standing::Regressed => "; it passed in the baseline".to_owned(),
        Standing::Passed
        | Standing::NotApplicable
        | Standing::Held
        | Standing::Warned
        | Standing::Observed
        | Standing::Known(_)
        | Standing::InBaseline
        | Standing::Undecided
        | Standing::OwnFault => String::new(),
    };
    let message = format!("{}: {cause} ({}){standing}", check.title, check.covers.join(", "));
    (format!("{} {}", check.id, check.verdict.name()), message)
}

fn rules(record: &RunRecord, errors: &mut Vec<Note>, warnings: &mut Vec<Note>) {
    let violations = record.conformance.iter().flat_map(|seen| &seen.violations);
    for violation in violations.filter(|violation| violation.count > 0) {
        let message = format!("{}: {}; {} times", violation.clause, violation.sentence, violation.count);
        let note = (format!("{} under load", violation.rule.name()), message);
        if violation.level.binds() { errors.push(note) } else { warnings.push(note) }
    }
}

fn thresholds(record: &RunRecord, errors: &mut Vec<Note>) {
    errors.extend(record.gates.iter().filter(|gate| !gate.met).map(|gate| {
        let message = match (&gate.measured, &gate.reason) {
            (Some(measured), _) => format!("measured {measured}, {} samples", gate.samples),
            (None, Some(reason)) => format!("not judged: {reason}"),
            (None, None) => "not judged".to_owned(),
        };
        (format!("threshold {}", gate.expression), message)
    }));
}

/// Those that are shown; the last one says how many there are beside them.
fn written(level: &str, notes: &[Note]) -> String {
    let shown = if notes.len() > SHOWN_MAX { SHOWN_MAX - 1 } else { notes.len() };
    let mut text: String =
        notes.iter().take(shown).map(|(title, message)| annotation(level, title, message)).collect();
    if notes.len() > shown {
        let title = format!("and {} more", notes.len() - shown);
        text.push_str(&annotation(level, &title, "the report of the run lists all of them"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::verdict;
    use crate::record::sample;

    fn lines(record: &RunRecord) -> Vec<String> {
        annotations(record, &verdict(record)).lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_clean_run_says_nothing() {
        for record in [sample::passed(), sample::conformance_passed()] {
            assert_eq!(lines(&record), [""; 0]);
        }
    }

    #[test]
    fn each_thing_that_stands_against_a_run_is_told_once() {
        let mut record = sample::gate();
        let checks = record.conformance.as_mut().unwrap().suite.as_mut().unwrap();
        checks.checks.truncate(6);
        checks.deviations.clear();
        let lines = lines(&record);
        assert!(lines[0].starts_with("::error title=gate release::violation: "), "{lines:#?}");
        let failed = record.suite().unwrap().checks.iter().filter(|check| check.verdict.name() == "fail");
        for check in failed.filter(|check| check.level.binds()) {
            let found =
                lines.iter().filter(|line| line.starts_with(&format!("::error title={} fail::", check.id)));
            assert_eq!(found.count(), 1, "{}: {lines:#?}", check.id);
        }
        let unmet = record.gates.iter().filter(|gate| !gate.met).count();
        assert!(unmet > 0);
        assert_eq!(
            lines.iter().filter(|line| line.contains("title=threshold ")).count(),
            unmet,
            "{lines:#?}"
        );
    }

    #[test]
    fn no_more_are_written_than_are_shown() {
        let mut record = sample::gate();
        let unmet = record.gates.iter().find(|gate| !gate.met).unwrap().clone();
        record.gates.extend(std::iter::repeat_n(unmet, 30));
        let lines = lines(&record);
        for level in ["error", "warning"] {
            let of = lines.iter().filter(|line| line.starts_with(&format!("::{level} "))).count();
            assert!((1..=SHOWN_MAX).contains(&of), "{of} of {level}");
        }
        let errors: Vec<&String> = lines.iter().filter(|line| line.starts_with("::error ")).collect();
        assert_eq!(errors.len(), SHOWN_MAX);
        assert!(errors[9].starts_with("::error title=and ") && errors[9].contains(" more::"), "{errors:#?}");
        let ten: Vec<Note> = (0..10).map(|n| (n.to_string(), String::new())).collect();
        assert!(!written("error", &ten).contains("more"));
        let eleven = [ten, vec![(String::new(), String::new())]].concat();
        assert!(written("error", &eleven).contains("title=and 2 more::"));
    }
}
