//! Failures that the target file announces.

use jiff::civil::Date;

use crate::cli::check_names::{ids, unknown_check};
use crate::cli::failure::Failure;
use crate::cli::input::ChosenTarget;
use crate::conformance::matches;
use crate::record::{CheckRecord, DeviationRecord, DeviationState, Verdict};
use crate::target::file::KnownDeviation;

/// Whether every entry of the target file is about a check that exists: one that is about none would excuse nothing, and
/// nobody would notice.
pub fn check_deviations(target: &ChosenTarget) -> Result<(), Failure> {
    let path = target.path.display();
    let unknown: Vec<String> = target
        .file
        .known_deviations
        .iter()
        .enumerate()
        .filter(|(_, deviation)| !ids().iter().any(|id| matches(&deviation.check, id)))
        .map(|(at, deviation)| {
            let what = format!("{path}: known_deviation[{at}].check");
            unknown_check(&what, &deviation.check)
        })
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(Failure::usage(unknown.join("\n"))) }
}

/// What became of the announced failures. A pattern stands for the checks that fail; where none does, it stands for itself.
pub fn deviation_records(
    known: &[KnownDeviation],
    checks: &[CheckRecord],
    today: Date,
) -> Vec<DeviationRecord> {
    known.iter().flat_map(|deviation| records_of(deviation, checks, today)).collect()
}

fn records_of(known: &KnownDeviation, checks: &[CheckRecord], today: Date) -> Vec<DeviationRecord> {
    let record = |check: &str, state| DeviationRecord {
        check: check.to_owned(),
        reason: known.reason.clone(),
        owner: known.owner.clone(),
        until: known.until.to_string(),
        state,
    };
    let announced: Vec<&CheckRecord> =
        checks.iter().filter(|check| matches(&known.check, &check.id)).collect();
    let state = if today > known.until { DeviationState::Expired } else { DeviationState::Known };
    let failed: Vec<DeviationRecord> = announced
        .iter()
        .filter(|check| matches!(check.verdict, Verdict::Fail { .. }))
        .map(|check| record(&check.id, state))
        .collect();
    if !failed.is_empty() {
        return failed;
    }
    let passed = announced.iter().any(|check| check.verdict == Verdict::Pass);
    // As long as one of them came to no verdict, the failure may still be there.
    let decided = announced.iter().all(|check| match check.verdict {
        Verdict::Pass | Verdict::NotApplicable { .. } | Verdict::Fail { .. } => true,
        Verdict::Inconclusive { .. } | Verdict::Broken { .. } => false,
    });
    let complete = ids().iter().filter(|id| matches(&known.check, id)).count() == announced.len();
    let state =
        if passed && decided && complete { DeviationState::NoLongerHappens } else { DeviationState::NotSeen };
    vec![record(&known.check, state)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::Level;
    use crate::record::Finding;

    const ONE: &str = "ciba/10.1.1/single-use";
    const OTHER: &str = "ciba/10.1.1/redemption-race";

    fn check(id: &str, verdict: Verdict) -> CheckRecord {
        CheckRecord {
            id: id.to_owned(),
            section: String::new(),
            title: String::new(),
            level: Level::Must,
            softer: None,
            covers: Vec::new(),
            verdict,
            started_ms: 0.0,
            took_ms: 0.0,
            slot: 0,
            script: Vec::new(),
            exchanges: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn states(pattern: &str, checks: &[CheckRecord], today: &str) -> Vec<(String, DeviationState)> {
        let known = KnownDeviation {
            check: pattern.to_owned(),
            reason: "ticket".to_owned(),
            owner: "team".to_owned(),
            until: "2027-01-31".parse().unwrap(),
        };
        deviation_records(&[known], checks, today.parse().unwrap())
            .into_iter()
            .map(|record| (record.check, record.state))
            .collect()
    }

    #[test]
    fn an_announced_failure_is_known_until_its_last_day_and_goes_when_it_no_longer_happens() {
        use DeviationState::{Expired, Known, NoLongerHappens, NotSeen};
        let finding = || Finding { step: 0, expected: "a".to_owned(), actual: "b".to_owned() };
        let fails = || Verdict::Fail { finding: finding() };
        let unclear = || Verdict::Inconclusive { finding: finding() };
        let both = "ciba/10.1.1/*e*"; // both of them, and no-tokens-after-denial
        let third = || check("ciba/10.1.1/no-tokens-after-denial", Verdict::Pass);
        for (pattern, checks, today, expected) in [
            (ONE, vec![check(ONE, fails())], "2027-01-31", vec![(ONE, Known)]),
            (ONE, vec![check(ONE, fails())], "2027-02-01", vec![(ONE, Expired)]),
            (ONE, vec![check(ONE, Verdict::Pass)], "2027-01-01", vec![(ONE, NoLongerHappens)]),
            (ONE, vec![check(ONE, Verdict::Pass)], "2028-01-01", vec![(ONE, NoLongerHappens)]),
            (ONE, vec![check(ONE, unclear())], "2027-01-01", vec![(ONE, NotSeen)]),
            (ONE, vec![check(OTHER, fails())], "2028-01-01", vec![(ONE, NotSeen)]),
            (
                both,
                vec![check(ONE, fails()), check(OTHER, Verdict::Pass), third()],
                "2027-01-01",
                vec![(ONE, Known)],
            ),
            (
                both,
                vec![check(ONE, unclear()), check(OTHER, Verdict::Pass), third()],
                "2027-01-01",
                vec![(both, NotSeen)],
            ),
            // Not all of the checks ran, so nobody knows.
            (both, vec![check(ONE, Verdict::Pass)], "2027-01-01", vec![(both, NotSeen)]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(id, state)| (id.to_owned(), state)).collect();
            assert_eq!(states(pattern, &checks, today), expected, "{pattern} {today}");
        }
    }
}
