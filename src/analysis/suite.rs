use super::critical_path::critical_path;
use super::standing::judge;
use super::{JudgedCheck, Severity};
use crate::record::{CheckRecord, RequirementRecord, RequirementState, SuiteRecord, Tally, Verdict};

/// What a suite comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct SuiteSummary<'r> {
    /// Every check that was selected, judged, in the order of the registry.
    pub checks: Vec<JudgedCheck<'r>>,
    /// The same, by section, in the order in which sections first appear.
    pub sections: Vec<SectionSummary<'r>>,
    /// Checks by severity.
    pub severities: Tally<Severity>,
    /// Which sentences of the standard were observed.
    pub coverage: Coverage<'r>,
    /// The checks that made the suite as long as it was, in the order in which they ran.
    pub critical_path: Vec<&'r CheckRecord>,
}

/// The checks of one section.
#[derive(Debug, Clone, PartialEq)]
pub struct SectionSummary<'r> {
    /// Its title.
    pub title: &'r str,
    /// Its checks.
    pub checks: Vec<JudgedCheck<'r>>,
    /// Its checks by severity.
    pub severities: Tally<Severity>,
}

/// Every sentence of the standard, by who observed it. No sentence is in two of the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage<'r> {
    /// At least one of its checks passed or failed.
    pub observed: Vec<&'r RequirementRecord>,
    /// It has checks, but none of them came to pass or fail in this run.
    pub not_reached: Vec<&'r RequirementRecord>,
    /// Nobody can observe it from outside.
    pub unobservable: Vec<&'r RequirementRecord>,
}

/// Sums up a suite.
pub fn suite_summary(suite: &SuiteRecord) -> SuiteSummary<'_> {
    let checks: Vec<JudgedCheck<'_>> = suite.checks.iter().map(|check| judge(suite, check)).collect();
    let mut sections: Vec<SectionSummary<'_>> = Vec::new();
    for judged in &checks {
        let title = judged.check.section.as_str();
        match sections.iter_mut().find(|section| section.title == title) {
            Some(section) => section.checks.push(*judged),
            None => {
                let severities = Tally::default();
                sections.push(SectionSummary { title, checks: vec![*judged], severities });
            }
        }
    }
    for section in &mut sections {
        section.severities = severities(&section.checks);
    }
    SuiteSummary {
        severities: severities(&checks),
        checks,
        sections,
        coverage: coverage(suite),
        critical_path: critical_path(&suite.checks),
    }
}

impl Coverage<'_> {
    /// Sentences of the standard.
    pub fn total(&self) -> usize {
        self.observed.len() + self.not_reached.len() + self.unobservable.len()
    }
}

impl SuiteSummary<'_> {
    /// Checks that came to a verdict about the server or should have: all but those that do not apply.
    pub fn ran(&self) -> usize {
        self.checks.iter().filter(|judged| judged.severity != Severity::Skipped).count()
    }
}

fn severities(checks: &[JudgedCheck<'_>]) -> Tally<Severity> {
    let mut tally = Tally::default();
    checks.iter().for_each(|judged| tally.count(judged.severity));
    tally
}

fn coverage(suite: &SuiteRecord) -> Coverage<'_> {
    let decided =
        |id: &String| suite.checks.iter().any(|check| check.id == *id && came_to_a_verdict(&check.verdict));
    let mut coverage = Coverage::default();
    for requirement in &suite.requirements {
        let list = match &requirement.state {
            RequirementState::ByChecks { checks } if checks.iter().any(decided) => &mut coverage.observed,
            RequirementState::ByChecks { .. } => &mut coverage.not_reached,
            RequirementState::Unobservable { .. } => &mut coverage.unobservable,
        };
        list.push(requirement);
    }
    coverage
}

fn came_to_a_verdict(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Fail { .. } => true,
        Verdict::NotApplicable { .. } | Verdict::Inconclusive { .. } | Verdict::Broken { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Standing;
    use crate::ciba::Named;
    use crate::record::sample;

    fn suite() -> SuiteRecord {
        sample::conformance().conformance.unwrap().suite.unwrap()
    }

    #[test]
    fn the_sample_holds_every_severity_and_every_standing() {
        let suite = suite();
        let summary = suite_summary(&suite);
        let missing: Vec<_> = Severity::ALL.iter().filter(|one| summary.severities.get(**one) == 0).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let number = |standing: Standing<'_>| match standing {
            Standing::Passed => 0,
            Standing::NotApplicable => 1,
            Standing::Held => 2,
            Standing::Expired(_) => 3,
            Standing::Regressed => 4,
            Standing::Warned => 5,
            Standing::Observed => 6,
            Standing::Known(_) => 7,
            Standing::InBaseline => 8,
            Standing::Undecided => 9,
            Standing::OwnFault => 10,
        };
        let mut seen: Vec<i32> = summary.checks.iter().map(|judged| number(judged.standing)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }

    #[test]
    fn sections_hold_every_check_once() {
        let suite = suite();
        let summary = suite_summary(&suite);
        let in_sections: usize = summary.sections.iter().map(|section| section.checks.len()).sum();
        assert_eq!((in_sections, summary.checks.len()), (18, 18));
        assert_eq!(summary.ran(), 15);
        let mut total = Tally::default();
        for section in &summary.sections {
            assert_eq!(section.severities.total(), section.checks.len() as u64);
            assert!(section.checks.iter().all(|judged| judged.check.section == section.title));
            total.merge(&section.severities);
        }
        assert_eq!(total, summary.severities);
    }

    #[test]
    fn a_sentence_is_observed_when_one_of_its_checks_passed_or_failed() {
        let suite = suite();
        let coverage = suite_summary(&suite).coverage;
        let ids = |list: &[&RequirementRecord]| list.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
        assert_eq!((coverage.total(), coverage.observed.len()), (21, 13));
        assert_eq!(
            ids(&coverage.not_reached),
            [
                "CORE-10.2-ping-on-approval",
                "CORE-10.2-redirect-308",
                "CORE-10.2-bearer",
                "CORE-10.1-foreign-client",
                "CORE-11-denied-is-stable",
                "CORE-7.3-04"
            ]
        );
        assert_eq!(ids(&coverage.unobservable), ["CORE-15-01", "CORE-15-02"]);
    }
}
