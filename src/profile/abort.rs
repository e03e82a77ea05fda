//! Conditions that end a run before its time.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::document::{Reader, Section};
use super::{Threshold, Workload};

const DELAYS: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(86_400);
const DEFAULT_DELAY: Duration = Duration::from_secs(10);

/// Thresholds that are judged while the run goes on: the first one that does not hold ends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Abort {
    /// The thresholds. They are among the profile's, too, so that they are judged at the end as well.
    pub on_fail: Vec<Threshold>,
    /// None is judged before this much time has passed: of the run, or of the one stage that a threshold is about.
    pub after: Duration,
}

impl Abort {
    /// Reads `abort_on_fail` and `abort_after`.
    pub(super) fn read(root: &Section<'_>, workload: Option<&Workload>) -> Self {
        let on_fail = Threshold::read_list(root, "abort_on_fail", workload);
        let after = root.or("abort_after", &Reader::duration(DELAYS), DEFAULT_DELAY);
        if on_fail.is_empty() && root.has("abort_after") {
            root.problem(
                "abort_after",
                "nothing ends the run, expected abort_on_fail beside it; add it or strike this out",
            );
        }
        Self { on_fail, after }
    }

    /// The profile's thresholds, with those of this that are not among them.
    pub(super) fn beside(&self, mut thresholds: Vec<Threshold>) -> Vec<Threshold> {
        for own in &self.on_fail {
            if !thresholds.iter().any(|known| known.expression == own.expression) {
                thresholds.push(own.clone());
            }
        }
        thresholds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    const STAGE: &str = "[[workload.stages]]\nname = \"peak\"\nduration = \"10s\"\nrate = 20\n";

    fn parse(head: &str) -> Result<Profile, String> {
        Profile::parse("mine", "mine.toml", &format!("{head}\n{STAGE}"))
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn what_ends_a_run_is_a_threshold_of_it() {
        let profile = parse(
            "thresholds = [\"ack p99 < 1s\", \"violations == 0\"]\nabort_after = \"3s\"\n\
             abort_on_fail = [\"violations == 0\", \"error_rate < 50% for stage peak\"]",
        )
        .unwrap();
        let names = |thresholds: &[Threshold]| -> Vec<String> {
            thresholds.iter().map(|threshold| threshold.expression.clone()).collect()
        };
        assert_eq!(names(&profile.abort.on_fail), ["violations == 0", "error_rate < 50% for stage peak"]);
        assert_eq!(profile.abort.after, Duration::from_secs(3));
        assert_eq!(
            names(&profile.thresholds),
            ["ack p99 < 1s", "violations == 0", "error_rate < 50% for stage peak"]
        );
        let none = parse("").unwrap();
        assert_eq!((none.abort.on_fail.len(), none.abort.after), (0, DEFAULT_DELAY));
    }

    #[test]
    fn what_cannot_end_a_run_is_told() {
        for (head, part) in [
            (
                "abort_on_fail = [\"eror_rate < 5%\"]",
                "mine.toml:1: abort_on_fail[0]: value \"eror_rate < 5%\"",
            ),
            ("abort_on_fail = [\"eror_rate < 5%\"]", "did you mean \"error_rate\""),
            ("abort_on_fail = [\"ack p99 < 1s for stage peek\"]", "did you mean \"peak\""),
            ("abort_on_fail = true", "a list in brackets"),
            ("abort_after = \"3s\"", "nothing ends the run, expected abort_on_fail"),
            ("abort_after = \"2d\"\nabort_on_fail = [\"violations == 0\"]", "abort_after: value \"2d\""),
        ] {
            let report = parse(head).unwrap_err();
            assert!(report.contains(part), "{report}");
        }
    }
}
