//! What the record of one load says about its rate.

use super::search::Judged;
use crate::analysis::{StageThroughput, throughput, unit};
use crate::ciba::Outcome;
use crate::profile::{Metric, Mix, Profile};
use crate::record::{
    Answered, Ended, Event, LoadRecord, RunRecord, TrialPart, TrialRecord, TrialVerdict, samples_needed,
};

/// The stage whose figures are a trial's.
pub const TRIAL_STAGE: &str = "trial";

/// Share of the flows asked for that have to be taken up and come to an end, 0 to 1. What a queue that grows keeps back shows here
/// before it shows in a percentile.
const COMPLETED_MIN: f64 = 0.98;
/// Flows that may be missing however few there are: those at both ends of the measured time.
const COMPLETED_SLACK: f64 = 2.0;
/// More flows than the thresholds' percentiles need, since not all of them show every span.
const SAMPLES_MARGIN: f64 = 1.15;

impl From<&TrialVerdict> for Judged {
    fn from(verdict: &TrialVerdict) -> Self {
        match verdict {
            TrialVerdict::Met => Judged::Met,
            TrialVerdict::Broken { .. } => Judged::Broken,
            TrialVerdict::Invalid { .. } => Judged::Invalid,
        }
    }
}

/// Flows without which a threshold of the profile has too few samples for its percentile; 0 where none needs any.
pub fn samples_wanted(profile: &Profile) -> f64 {
    let of = |metric: Metric, quantile: f64| {
        samples_needed(quantile) as f64 * SAMPLES_MARGIN / share_of_flows(metric, profile.mix)
    };
    let needed = profile.thresholds.iter().filter_map(|threshold| {
        threshold.statistic.quantile().map(|quantile| of(threshold.metric, quantile))
    });
    needed.fold(0.0, f64::max)
}

/// Share of the flows that show a span at least once, 0 to 1: those of the modes that have it.
fn share_of_flows(metric: Metric, mix: Mix) -> f64 {
    let [poll, ping, push] = [mix.poll, mix.ping, mix.push].map(f64::from);
    let all = poll + ping + push;
    let having = if metric == Metric::Notify {
        ping + push
    } else if matches!(metric, Metric::Redeem | Metric::Pacing) {
        poll + ping
    } else {
        all
    };
    if having > 0.0 { having / all } else { 1.0 }
}

/// A trial, by the record of its load. `folder` is where that lies within the folder of the search.
pub fn trial_record(record: &RunRecord, part: TrialPart, rate_per_s: f64, folder: String) -> TrialRecord {
    let mut trial = TrialRecord {
        part,
        rate_per_s,
        length_s: 0.0,
        warmup_s: 0.0,
        started_at: record.started_at.clone(),
        elapsed_s: record.elapsed_s,
        verdict: TrialVerdict::Invalid { reason: "no load was measured".to_owned() },
        completed_per_s: 0.0,
        authentication_requests_per_s: 0.0,
        polls_per_s: 0.0,
        pings_per_s: 0.0,
        in_flight_peak: 0,
        cpu_share: 0.0,
        rss_peak_mib: 0,
        folder,
        server_memory: None,
    };
    let Some(load) = &record.load else { return trial };
    trial.server_memory = load.server_memory.clone();
    trial.in_flight_peak = load.generator.in_flight_peak;
    trial.cpu_share = load.generator.cpu_share;
    trial.rss_peak_mib = load.generator.rss_peak_mib;
    let stages = throughput(load).stages;
    let Some(stage) = stages.iter().find(|stage| stage.name == TRIAL_STAGE && stage.length_s > 0.0) else {
        trial.verdict = verdict(record, load, None);
        return trial;
    };
    trial.length_s = stage.length_s;
    trial.warmup_s =
        stages.iter().take_while(|stage| stage.name != TRIAL_STAGE).map(|stage| stage.length_s).sum();
    // Unknown users are answered, too: that is what the server is there for.
    let unknown = load
        .stages
        .iter()
        .find(|stage| stage.name == TRIAL_STAGE)
        .map_or(0, |stage| stage.counts.backchannel_authentication.get(Answered::UnknownUserId));
    let answered = stage.acknowledgements + unknown as f64 / stage.length_s;
    trial.authentication_requests_per_s = answered;
    trial.polls_per_s = stage.polls.all;
    trial.pings_per_s = stage.pings;
    // Answers to flows of the warm-up may fall into the measured time: no more is claimed than was asked for.
    trial.completed_per_s = (answered * ended_well(load)).min(stage.asked);
    trial.verdict = verdict(record, load, Some(Completed { stage, per_s: trial.completed_per_s }));
    trial
}

/// Share of the flows that came to an end of their own, 0 to 1; those that were to leave count among them.
fn ended_well(load: &LoadRecord) -> f64 {
    let outcomes = &load.counts.flows.outcomes;
    let ended = outcomes.total();
    let failed: u64 = outcomes.iter().filter(|(outcome, _)| outcome.is_failure()).map(|(_, n)| n).sum();
    let left =
        outcomes.get(Outcome::Abandoned).saturating_sub(load.counts.events.get(Event::BehaviourAbandon));
    unit::ratio(ended.saturating_sub(failed + left), ended).unwrap_or(0.0)
}

/// Flows per second.
struct Completed<'s> {
    stage: &'s StageThroughput,
    per_s: f64,
}

impl Completed<'_> {
    fn is_enough(&self) -> bool {
        let (asked, length_s) = (self.stage.asked, self.stage.length_s);
        self.per_s * length_s + COMPLETED_SLACK >= asked * length_s * COMPLETED_MIN
    }

    fn share(&self) -> String {
        let share = unit::percent(self.per_s / self.stage.asked);
        format!("{share} ({} of {} a second)", unit::figure(self.per_s), unit::figure(self.stage.asked))
    }
}

fn verdict(record: &RunRecord, load: &LoadRecord, completed: Option<Completed<'_>>) -> TrialVerdict {
    if let Some(reason) = not_to_be_believed(record, load) {
        return TrialVerdict::Invalid { reason };
    }
    let broken =
        |threshold: &str, value: String| TrialVerdict::Broken { threshold: threshold.to_owned(), value };
    match &record.ended {
        Ended::TargetLost => {
            return broken(TrialVerdict::COMPLETED, "the target stopped answering".to_owned());
        }
        Ended::Aborted { reason } => return broken("abort_on_fail", reason.clone()),
        Ended::Completed
        | Ended::Interrupted
        | Ended::Refused { .. }
        | Ended::CutOff { .. }
        | Ended::Failed { .. } => {}
    }
    let unmet = || record.gates.iter().filter(|gate| !gate.met);
    if let Some((gate, value)) = unmet().find_map(|gate| Some((gate, gate.measured.clone()?))) {
        return broken(&gate.expression, value);
    }
    match completed {
        Some(completed) if !completed.is_enough() => {
            return broken(TrialVerdict::COMPLETED, completed.share());
        }
        Some(_) => {}
        None => return broken(TrialVerdict::COMPLETED, "the load ended before its measured time".to_owned()),
    }
    match unmet().next() {
        Some(gate) => broken(&gate.expression, gate.reason.clone().unwrap_or_else(|| unit::NONE.to_owned())),
        None => TrialVerdict::Met,
    }
}

/// Why a trial says nothing about the target.
fn not_to_be_believed(record: &RunRecord, load: &LoadRecord) -> Option<String> {
    let own = || {
        let flows = &load.counts.flows;
        if let Ended::Failed { reason } = &record.ended {
            Some(reason.clone())
        } else if flows.outcomes.get(Outcome::HarnessPanic) > 0 {
            Some("flows were lost to a panic in this tool".to_owned())
        } else if flows.started == 0 {
            Some("no flow was started".to_owned())
        } else {
            None
        }
    };
    load.generator.invalid.first().cloned().or_else(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{StageRecord, sample};

    /// A trial at 50 flows per second, in which everything went well.
    fn trial() -> RunRecord {
        let mut record = sample::passed();
        let load = record.load.as_mut().unwrap();
        load.stages[1].name = TRIAL_STAGE.to_owned();
        record
    }

    fn judged(change: impl FnOnce(&mut RunRecord)) -> TrialRecord {
        let mut record = trial();
        change(&mut record);
        trial_record(&record, TrialPart::Deciding, 50.0, "trials/001".to_owned())
    }

    #[test]
    fn figures_are_those_of_the_measured_time() {
        let trial = judged(|_| ());
        assert_eq!(trial.verdict, TrialVerdict::Met);
        assert_eq!((trial.length_s, trial.warmup_s, trial.elapsed_s), (12.0, 3.0, 20.1));
        assert_eq!((trial.authentication_requests_per_s, trial.completed_per_s), (50.0, 50.0));
        assert_eq!((trial.polls_per_s, trial.pings_per_s), (47.5, 23.75));
        assert_eq!((trial.in_flight_peak, trial.rss_peak_mib), (264, 61));
    }

    #[test]
    fn what_broke_first_is_named_with_its_value() {
        let broken = |threshold: &str, value: &str| TrialVerdict::Broken {
            threshold: threshold.to_owned(),
            value: value.to_owned(),
        };
        let unmet = |record: &mut RunRecord, at: usize| record.gates[at].met = false;
        assert_eq!(judged(|record| unmet(record, 0)).verdict, broken("notify p99 < 250ms", "9.12 ms"));
        // A threshold without samples comes after everything that was measured.
        let lacking = |record: &mut RunRecord| {
            unmet(record, 0);
            record.gates[0].measured = None;
            record.gates[0].reason = Some("notify has no samples".to_owned());
        };
        assert_eq!(judged(lacking).verdict, broken("notify p99 < 250ms", "notify has no samples"));
        let both = judged(|record| {
            lacking(record);
            unmet(record, 2);
        });
        assert_eq!(both.verdict, broken("rate >= 95% of asked", "100 %"));
        assert_eq!(
            judged(|record| record.ended = Ended::TargetLost).verdict,
            broken(TrialVerdict::COMPLETED, "the target stopped answering")
        );
        let aborted = |record: &mut RunRecord| record.ended = Ended::Aborted { reason: "x".to_owned() };
        assert_eq!(judged(aborted).verdict, broken("abort_on_fail", "x"));
    }

    #[test]
    fn flows_have_to_be_taken_up_and_to_end() {
        let slow = judged(|record| {
            let counts = &mut record.load.as_mut().unwrap().stages[1].counts;
            counts.backchannel_authentication.clear();
            counts.backchannel_authentication.add(Answered::Acknowledged, 585);
        });
        assert!(
            matches!(&slow.verdict, TrialVerdict::Broken { threshold, .. } if threshold == TrialVerdict::COMPLETED)
        );
        // What is refused because nobody knows the user was answered all the same.
        let unknown = judged(|record| {
            let counts = &mut record.load.as_mut().unwrap().stages[1].counts;
            counts.backchannel_authentication.clear();
            counts.backchannel_authentication.add(Answered::Acknowledged, 500);
            counts.backchannel_authentication.add(Answered::UnknownUserId, 100);
        });
        assert_eq!(unknown.verdict, TrialVerdict::Met);
        let abandoned = |on_purpose: u64| {
            judged(move |record| {
                let counts = &mut record.load.as_mut().unwrap().counts;
                counts.flows.outcomes.add(Outcome::Abandoned, 100);
                counts.events.add(Event::BehaviourAbandon, on_purpose);
            })
        };
        assert_eq!(abandoned(100).verdict, TrialVerdict::Met);
        assert!(matches!(abandoned(0).verdict, TrialVerdict::Broken { .. }));
    }

    #[test]
    fn the_generators_fault_is_charged_to_nobody() {
        for change in [
            (|record| record.load.as_mut().unwrap().generator.invalid.push("late".to_owned()))
                as fn(&mut RunRecord),
            |record| record.load.as_mut().unwrap().counts.flows.outcomes.count(Outcome::HarnessPanic),
            |record| record.load.as_mut().unwrap().counts.flows.started = 0,
            |record| record.ended = Ended::Failed { reason: "disk full".to_owned() },
            |record| record.load = None,
        ] {
            let mut record = trial();
            record.gates[0].met = false;
            change(&mut record);
            let trial = trial_record(&record, TrialPart::Rough, 50.0, String::new());
            assert!(matches!(trial.verdict, TrialVerdict::Invalid { .. }), "{:?}", trial.verdict);
        }
        let ended_early =
            judged(|record| record.load.as_mut().unwrap().stages[1].name = StageRecord::DRAIN.to_owned());
        assert!(matches!(ended_early.verdict, TrialVerdict::Broken { .. }));
    }

    #[test]
    fn trials_are_long_enough_for_the_percentiles() {
        let profile = |thresholds: &str, mix: &str| {
            let text = format!(
                "thresholds = [{thresholds}]\n[[workload.stages]]\nduration = \"1s\"\nrate = 1\n[mix]\n{mix}"
            );
            Profile::parse("t", "t.toml", &text).unwrap()
        };
        for (thresholds, mix, expected) in [
            ("\"violations == 0\"", "poll = 1", 0.0),
            ("\"ack p99 < 1s\"", "poll = 1", 345.0),
            ("\"ack p99 < 1s\", \"notify p99 < 1s\"", "poll = 3\nping = 1", 1_380.0),
            ("\"redeem p50 < 1s\"", "push = 1\nping = 1", 13.8),
            ("\"ack max < 1s\"", "poll = 1", 0.0),
        ] {
            let wanted = samples_wanted(&profile(thresholds, mix));
            assert!((wanted - expected).abs() < 0.01, "{thresholds} {mix}: {wanted}");
        }
    }
}
