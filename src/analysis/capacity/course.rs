//! How a search came to its answer: its trials told once more, one after the other.

use super::level::levels;
use super::search::{Judged, Search, Trial};
use crate::record::{CapacityRecord, TrialPart, TrialVerdict};

/// What a trial is shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialMark {
    /// All thresholds held.
    Met,
    /// One did not.
    Broken,
    /// The generator was at fault.
    Invalid,
    /// It was valid, and in the end the trials at its rate contradict each other.
    Undecided,
}

/// A trial, and where the search stood after it. Rates are flows per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Course {
    /// What the trial came to.
    pub mark: TrialMark,
    /// The thresholds hold up to here, as far as was known.
    pub lower: Option<f64>,
    /// They do not from here on.
    pub upper: Option<f64>,
}

/// One for each trial of a search, in their order.
pub fn course(capacity: &CapacityRecord) -> Vec<Course> {
    let mut search = Search::new(capacity.search.clone());
    let levels = levels(&capacity.search);
    // A trial may have ended early, or have been longer for the sake of a percentile: what counts is what it was for.
    let length_of = |part: TrialPart| {
        let of_level = levels.iter().find(|level| level.part == part).map(|level| level.length_s);
        of_level.unwrap_or(capacity.search.last_trial_s)
    };
    let bounds: Vec<_> = capacity
        .trials
        .iter()
        .map(|trial| {
            let told = Trial { part: trial.part, rate: trial.rate_per_s, length_s: length_of(trial.part) };
            search.record(told, Judged::from(&trial.verdict), trial.elapsed_s + capacity.search.settle_s);
            search.bounds()
        })
        .collect();
    let of_trials = capacity.trials.iter().zip(bounds);
    of_trials
        .map(|(trial, (lower, upper))| {
            let is_undecided = search.is_undecided(trial.rate_per_s);
            let mark = match &trial.verdict {
                TrialVerdict::Invalid { .. } => TrialMark::Invalid,
                TrialVerdict::Met | TrialVerdict::Broken { .. } if is_undecided => TrialMark::Undecided,
                TrialVerdict::Met => TrialMark::Met,
                TrialVerdict::Broken { .. } => TrialMark::Broken,
            };
            Course { mark, lower, upper }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::capacity_sample;

    fn capacity() -> CapacityRecord {
        capacity_sample::found().capacity.unwrap()
    }

    #[test]
    fn bounds_close_in_and_what_contradicts_itself_is_undecided() {
        let mut capacity = capacity();
        // One deciding trial is enough.
        capacity.search.duration_sum_s = capacity.search.last_trial_s;
        let bounds = |capacity: &CapacityRecord| -> Vec<_> {
            course(capacity).iter().map(|seen| (seen.lower, seen.upper)).collect()
        };
        assert_eq!(
            bounds(&capacity),
            [
                (Some(50.0), None),
                (Some(100.0), None),
                (Some(100.0), Some(200.0)),
                (Some(100.0), Some(200.0)),
                (Some(141.4), Some(200.0)),
                (Some(147.0), Some(200.0)),
                (Some(147.0), Some(154.0)),
                (Some(147.0), Some(154.0)),
                (Some(147.0), Some(154.0)),
            ]
        );
        let marks =
            |capacity: &CapacityRecord| -> Vec<_> { course(capacity).iter().map(|seen| seen.mark).collect() };
        let (met, broken) = (TrialMark::Met, TrialMark::Broken);
        let expected = [met, met, broken, TrialMark::Invalid, met, met, broken, broken, broken];
        assert_eq!(marks(&capacity), expected);
        // Two deciding trials at one rate say different things.
        capacity.search.duration_sum_s = 2.0 * capacity.search.last_trial_s;
        let mut other = capacity.trials[6].clone();
        other.verdict = TrialVerdict::Met;
        capacity.trials.insert(7, other);
        let marks = marks(&capacity);
        assert_eq!((marks[6], marks[7]), (TrialMark::Undecided, TrialMark::Undecided));
    }

    #[test]
    fn a_search_without_trials_has_no_course() {
        assert_eq!(course(&CapacityRecord { trials: Vec::new(), ..capacity() }), []);
    }
}
