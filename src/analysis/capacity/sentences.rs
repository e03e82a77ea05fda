//! What a search has found, in words that every report writes alike.

use crate::analysis::{memory_use, unit};
use crate::record::{CapacityOutcome, CapacityRecord, TrialPart, TrialRecord, TrialVerdict};

/// What came of a search, in one sentence: the bracket, or why there is none.
pub fn outcome_sentence(capacity: &CapacityRecord) -> Result<String, String> {
    let holding = |lower: Option<f64>| match lower {
        Some(lower) => format!("the thresholds hold at {}", rate(lower)),
        None => "no rate is known at which the thresholds hold".to_owned(),
    };
    Err(match &capacity.outcome {
        CapacityOutcome::Found { lower_per_s, upper_per_s, first_broken, .. } => {
            return Ok(format!(
                "the capacity lies between {} and {}: the thresholds hold at the lower rate, and {first_broken} breaks first at the \
                 upper one",
                unit::figure(*lower_per_s),
                rate(*upper_per_s)
            ));
        }
        CapacityOutcome::GeneratorBound { at_per_s, met_per_s, reason } => format!(
            "capacity not found: the generator saturates at {} ({reason}); {}",
            rate(*at_per_s),
            holding(*met_per_s)
        ),
        CapacityOutcome::BelowMinimum { first_broken } => format!(
            "capacity not found: it lies below {}, the lowest rate that was allowed, where {first_broken} breaks",
            rate(capacity.search.lowest_per_s)
        ),
        CapacityOutcome::AboveMaximum { .. } => format!(
            "capacity not found: the thresholds hold at {}, the highest rate that was allowed",
            rate(capacity.search.highest_per_s)
        ),
        CapacityOutcome::Unfinished { lower_per_s, upper_per_s, reason } => {
            let breaking =
                upper_per_s.map_or_else(String::new, |upper| format!(" and not at {}", rate(upper)));
            format!("capacity not found: {reason}; so far {}{breaking}", holding(*lower_per_s))
        }
    })
}

/// Whatever else there is to say about a search, a sentence each.
pub fn remarks(capacity: &CapacityRecord) -> Vec<String> {
    let mut remarks = Vec::new();
    if let CapacityOutcome::Found { lower_per_s, upper_per_s, conditional_per_s, .. } = capacity.outcome {
        remarks.push(format!(
            "conditional throughput: of {} asked for, {} came to their end",
            rate(lower_per_s),
            rate(conditional_per_s)
        ));
        let width = upper_per_s / lower_per_s - 1.0;
        // Rates are rounded to four digits.
        if width > capacity.search.width * 1.02 + 0.001 {
            remarks.push(format!(
                "the bracket is {} wide, and {} was asked for: at rates between, trials contradict each other",
                unit::percent(width),
                unit::percent(capacity.search.width)
            ));
        }
        remarks.push(match &capacity.hysteresis {
            None => "what follows an overload was not seen".to_owned(),
            Some(seen) => {
                let after = format!("after an overload of {}", rate(seen.overload_per_s));
                match &seen.after {
                    TrialVerdict::Met => format!(
                        "no hysteresis: {after} the thresholds hold at {} again",
                        rate(seen.lower_per_s)
                    ),
                    TrialVerdict::Broken { threshold, value } => format!(
                        "hysteresis: {after} the thresholds no longer hold at {} ({threshold}: {value})",
                        rate(seen.lower_per_s)
                    ),
                    TrialVerdict::Invalid { reason } => {
                        format!("what follows an overload cannot be told: {reason}")
                    }
                }
            }
        });
    }
    let memory = capacity.trials.iter().filter_map(|trial| trial.server_memory.as_ref());
    remarks.extend(memory_use(memory).map(|memory| memory.sentence()));
    let invalid =
        capacity.trials.iter().filter(|trial| matches!(trial.verdict, TrialVerdict::Invalid { .. })).count();
    if invalid > 0 {
        remarks.push(format!(
            "trials in which the generator was at fault, and which count for nothing: {invalid}"
        ));
    }
    remarks
}

/// How the search went about it, in one sentence.
pub fn search_sentence(capacity: &CapacityRecord) -> String {
    let search = &capacity.search;
    format!(
        "from {} to {}, to {}; trials of {} at first and {} at last, {} of these for each end, of which {} may say otherwise",
        unit::figure(search.lowest_per_s),
        rate(search.highest_per_s),
        unit::percent(search.width),
        unit::seconds(search.first_trial_s),
        unit::seconds(search.last_trial_s),
        unit::seconds(search.duration_sum_s),
        unit::percent(search.exceed_ratio)
    )
}

/// What a trial came to, in words.
pub fn trial_sentence(trial: &TrialRecord) -> String {
    match &trial.verdict {
        TrialVerdict::Met => "met".to_owned(),
        TrialVerdict::Broken { threshold, value } => format!("{threshold}: {value}"),
        TrialVerdict::Invalid { reason } => format!("invalid: {reason}"),
    }
}

/// What a trial was for, in a word.
pub fn part_name(part: TrialPart) -> &'static str {
    match part {
        TrialPart::Rough => "rough",
        TrialPart::Narrowing => "narrowing",
        TrialPart::Deciding => "deciding",
        TrialPart::Overload => "overload",
        TrialPart::Descending => "descending",
    }
}

fn rate(per_s: f64) -> String {
    format!("{} flows/s", unit::figure(per_s))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{RunRecord, capacity_sample};

    fn said(record: &RunRecord) -> Result<String, String> {
        outcome_sentence(record.capacity.as_ref().unwrap())
    }

    #[test]
    fn outcomes_are_told_in_a_sentence() {
        assert_eq!(
            said(&capacity_sample::found()).unwrap(),
            "the capacity lies between 147 and 154 flows/s: the thresholds hold at the lower rate, and notify p99 < 250ms breaks \
             first at the upper one"
        );
        let not_found: Vec<String> =
            capacity_sample::not_found().iter().map(|record| said(record).unwrap_err()).collect();
        for (text, part) in not_found.iter().zip([
            "the generator saturates at 800 flows/s (flows began late: start_lag p99 is 81.0 ms); the thresholds hold at 400 flows/s",
            "it lies below 50.0 flows/s, the lowest rate that was allowed, where ack p99 < 500ms breaks",
            "the thresholds hold at 2,000 flows/s, the highest",
            "no time was left for another trial; so far the thresholds hold at 100 flows/s and not at 200 flows/s",
        ]) {
            assert!(text.starts_with("capacity not found: ") && text.contains(part), "{text}");
        }
    }

    #[test]
    fn hysteresis_and_wide_brackets_are_told() {
        let mut record = capacity_sample::found();
        let capacity = record.capacity.as_mut().unwrap();
        let all = |capacity: &CapacityRecord| remarks(capacity).join("\n");
        assert!(all(capacity).contains("of 147 flows/s asked for, 147 flows/s came"), "{}", all(capacity));
        assert!(
            all(capacity)
                .contains("the thresholds no longer hold at 147 flows/s (notify p99 < 250ms: 318 ms)")
        );
        assert!(all(capacity).contains("count for nothing: 1") && !all(capacity).contains("wide"));
        capacity.hysteresis.as_mut().unwrap().after = TrialVerdict::Met;
        capacity.search.width = 0.02;
        assert!(
            all(capacity).contains("the bracket is 4.76 % wide, and 2.00 % was asked for"),
            "{}",
            all(capacity)
        );
        assert!(
            all(capacity).contains("no hysteresis: after an overload of 193 flows/s"),
            "{}",
            all(capacity)
        );
    }
}
