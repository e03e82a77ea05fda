use crate::ciba::{Level, named};
use crate::record::Verdict;

named! {
    /// How much a check's verdict weighs. It follows from the level and the verdict, and from nothing else.
    pub enum Severity {
        /// Nothing was found.
        None => "none",
        /// A binding sentence (MUST, or a plain statement) is broken.
        Violation => "violation",
        /// A SHOULD is not followed.
        Warning => "warning",
        /// A MAY is done in another way.
        Observation => "observation",
        /// The check came to no verdict.
        Inconclusive => "inconclusive",
        /// This tool failed.
        Broken => "broken",
        /// The check says nothing about this target.
        Skipped => "skipped",
    }
}

/// The severity of a verdict on a sentence of that level.
pub fn severity(level: Level, verdict: &Verdict) -> Severity {
    match verdict {
        Verdict::Pass => Severity::None,
        Verdict::Fail { .. } => match level {
            Level::Must | Level::Plain => Severity::Violation,
            Level::Should => Severity::Warning,
            Level::May => Severity::Observation,
        },
        Verdict::NotApplicable { .. } => Severity::Skipped,
        Verdict::Inconclusive { .. } => Severity::Inconclusive,
        Verdict::Broken { .. } => Severity::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::Named;
    use crate::record::Finding;

    #[test]
    fn every_level_and_verdict_has_its_severity() {
        let finding = Finding { step: 0, expected: "a".to_owned(), actual: "b".to_owned() };
        let verdicts = [
            Verdict::Pass,
            Verdict::Fail { finding: finding.clone() },
            Verdict::NotApplicable { reason: "c".to_owned() },
            Verdict::Inconclusive { finding },
            Verdict::Broken { reason: "d".to_owned() },
        ];
        let rest =
            |failed| [Severity::None, failed, Severity::Skipped, Severity::Inconclusive, Severity::Broken];
        let mut seen = Vec::new();
        for (level, failed) in [
            (Level::Must, Severity::Violation),
            (Level::Plain, Severity::Violation),
            (Level::Should, Severity::Warning),
            (Level::May, Severity::Observation),
        ] {
            let of_level: Vec<Severity> = verdicts.iter().map(|verdict| severity(level, verdict)).collect();
            assert_eq!(of_level, rest(failed), "{level:?}");
            seen.extend(of_level);
        }
        assert!(Severity::ALL.iter().all(|severity| seen.contains(severity)));
    }
}
