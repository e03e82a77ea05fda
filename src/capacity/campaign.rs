use super::constant_rate::{CapacityError, ConstantRate};
use crate::analysis::capacity::{End, Judged, Search, Step, Trial, trial_record};
use crate::analysis::{Assumed, Exit, verdict};
use crate::profile::Profile;
use crate::record::{
    CapacityOutcome, CapacityRecord, CapacitySearch, ConformanceRecord, Hysteresis, RunRecord, TrialPart,
    TrialRecord, TrialVerdict,
};

/// Folder of the trials, within that of the search.
const TRIALS: &str = "trials";

/// A search under way: which load comes next, and what has come of those before.
#[derive(Debug)]
pub struct Campaign {
    settings: CapacitySearch,
    load: ConstantRate,
    seed: u64,
    search: Search,
    trials: Vec<TrialRecord>,
    seen: ConformanceRecord,
    /// Why no further trial is made, if something outside the search said so.
    stopped: Option<String>,
}

/// A load that is to be carried out.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its number, from 1.
    pub number: usize,
    /// Its folder within that of the search.
    pub folder: String,
    /// The load.
    pub profile: Profile,
    /// What it is for.
    pub part: TrialPart,
    /// Flows per second.
    pub rate: f64,
    trial: Trial,
}

impl Campaign {
    /// A search of which nothing is known yet.
    ///
    /// # Errors
    /// A profile that sets no thresholds, or whose load depends on the server.
    pub fn new(
        profile: &Profile,
        settings: CapacitySearch,
        assumed: &Assumed,
    ) -> Result<Self, CapacityError> {
        Ok(Campaign {
            load: ConstantRate::of(profile, assumed)?,
            seed: profile.seed,
            search: Search::new(settings.clone()),
            settings,
            trials: Vec::new(),
            seen: ConformanceRecord::default(),
            stopped: None,
        })
    }

    /// The load that comes next; `None` when the search is over. Each has a seed of its own, so that what one has left behind is
    /// not taken for another's.
    pub fn next(&self) -> Option<Planned> {
        let trial = match self.search.next() {
            Step::Try(trial) if self.stopped.is_none() => trial,
            Step::Try(_) | Step::Done(_) => return None,
        };
        let number = self.trials.len() + 1;
        Some(Planned {
            number,
            folder: format!("{TRIALS}/{number:03}"),
            profile: self
                .load
                .at(trial.rate, trial.length_s)
                .with_seed(self.seed.wrapping_add(number as u64)),
            part: trial.part,
            rate: trial.rate,
            trial,
        })
    }

    /// Takes down what came of a load. A broken rule of the standard ends the search.
    pub fn record(&mut self, planned: &Planned, record: &RunRecord) -> TrialRecord {
        let trial = trial_record(record, planned.part, planned.rate, planned.folder.clone());
        let took_s = record.elapsed_s + self.settings.settle_s;
        self.search.record(planned.trial, Judged::from(&trial.verdict), took_s);
        self.trials.push(trial.clone());
        self.see(record.conformance.as_ref());
        if verdict(record).exit == Exit::Violation {
            self.stop("a binding rule of the standard was broken");
        }
        trial
    }

    /// Ends the search before its time; the first reason is kept.
    pub fn stop(&mut self, reason: &str) {
        self.stopped.get_or_insert_with(|| reason.to_owned());
    }

    /// What was seen of the server's conformance in all trials together.
    pub fn conformance(&self) -> &ConformanceRecord {
        &self.seen
    }

    /// What has been found, as it stands.
    pub fn record_so_far(&self) -> CapacityRecord {
        CapacityRecord {
            thresholds: self.load.thresholds(),
            search: self.settings.clone(),
            labels: Default::default(),
            cost_per_hour: None,
            sut: None,
            outcome: self.outcome(),
            hysteresis: self.hysteresis(),
            trials: self.trials.clone(),
        }
    }

    fn outcome(&self) -> CapacityOutcome {
        let unfinished = |reason: &str| {
            let (lower_per_s, upper_per_s) = self.search.bounds();
            CapacityOutcome::Unfinished { lower_per_s, upper_per_s, reason: reason.to_owned() }
        };
        let end = match (&self.stopped, self.search.next()) {
            (Some(reason), _) => return unfinished(reason),
            (None, Step::Done(end)) => end,
            (None, Step::Try(_)) => return unfinished("it is not over"),
        };
        match end {
            End::Bracket { lower, upper, .. } => CapacityOutcome::Found {
                lower_per_s: lower,
                upper_per_s: upper,
                conditional_per_s: self.completed_at(lower),
                first_broken: self.broken_at(upper),
            },
            End::GeneratorBound { at, met } => {
                let reasons = self.trials.iter().rev().filter_map(|trial| match &trial.verdict {
                    TrialVerdict::Invalid { reason } => Some(reason.clone()),
                    TrialVerdict::Met | TrialVerdict::Broken { .. } => None,
                });
                let reason = reasons.into_iter().next().unwrap_or_default();
                CapacityOutcome::GeneratorBound { at_per_s: at, met_per_s: met, reason }
            }
            End::BelowMinimum => {
                CapacityOutcome::BelowMinimum { first_broken: self.broken_at(self.settings.lowest_per_s) }
            }
            End::AboveMaximum => CapacityOutcome::AboveMaximum {
                conditional_per_s: self.completed_at(self.settings.highest_per_s),
            },
            End::Unfinished { lower, upper, reason } => CapacityOutcome::Unfinished {
                lower_per_s: lower,
                upper_per_s: upper,
                reason: reason.to_owned(),
            },
        }
    }

    /// Flows per second that came to their end at this rate: the mean of the longest trials that met the thresholds.
    fn completed_at(&self, rate: f64) -> f64 {
        let met = |trial: &&TrialRecord| {
            trial.rate_per_s == rate
                && trial.verdict == TrialVerdict::Met
                && trial.part != TrialPart::Descending
        };
        let longest = self.trials.iter().filter(met).map(|trial| trial.length_s).fold(0.0, f64::max);
        let of_longest = || self.trials.iter().filter(met).filter(|trial| trial.length_s >= longest * 0.99);
        let count = of_longest().count().max(1);
        of_longest().map(|trial| trial.completed_per_s).sum::<f64>() / count as f64
    }

    /// The threshold that broke most often at this rate; of several the one that broke first.
    fn broken_at(&self, rate: f64) -> String {
        let mut seen: Vec<(&str, usize)> = Vec::new();
        for trial in self.trials.iter().filter(|trial| trial.rate_per_s == rate) {
            if let TrialVerdict::Broken { threshold, .. } = &trial.verdict {
                match seen.iter_mut().find(|(known, _)| known == threshold) {
                    Some((_, times)) => *times += 1,
                    None => seen.push((threshold, 1)),
                }
            }
        }
        // Of equals the last one wins.
        seen.iter()
            .rev()
            .max_by_key(|(_, times)| *times)
            .map_or_else(String::new, |(name, _)| (*name).to_owned())
    }

    fn hysteresis(&self) -> Option<Hysteresis> {
        let Step::Done(End::Bracket { lower, recovery: Some(recovery), .. }) = self.search.next() else {
            return None;
        };
        let after = self.trials.iter().rev().find(|trial| trial.part == TrialPart::Descending)?;
        Some(Hysteresis {
            overload_per_s: recovery.overload,
            lower_per_s: lower,
            after: after.verdict.clone(),
        })
    }

    /// Adds what one trial showed of the server's conformance.
    fn see(&mut self, conformance: Option<&ConformanceRecord>) {
        let Some(seen) = conformance else { return };
        self.seen.flows_observed += seen.flows_observed;
        for violation in &seen.violations {
            match self.seen.violations.iter_mut().find(|known| known.rule == violation.rule) {
                Some(known) => known.count += violation.count,
                None => self.seen.violations.push(violation.clone()),
            }
        }
    }
}
