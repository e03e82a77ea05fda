use super::capacity::outcome_sentence;
use super::suite_verdict::{suite_findings, suite_passed};
use super::{Exit, unit};
use crate::ciba::{Named, Outcome};
use crate::record::{Answered, Counts, Ended, Endpoint, RunRecord};

/// What a run comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunVerdict {
    /// The exit code.
    pub exit: Exit,
    /// One line: the exit in a word, and the weightiest reason.
    pub headline: String,
    /// Everything that stood against the run, the weightiest first; empty when it passed.
    pub reasons: Vec<String>,
}

/// Judges a run by its record alone.
pub fn verdict(record: &RunRecord) -> RunVerdict {
    let found = findings(record);
    let exit = Exit::PRECEDENCE.into_iter().find(|exit| found.iter().any(|(of, _)| of == exit));
    // A run of which nothing but failures came back has met its thresholds, if any, by luck.
    let (exit, found) = match exit {
        Some(exit) => (exit, found),
        None => match nothing_answered(record) {
            Some(reason) => (Exit::Inconclusive, vec![(Exit::Inconclusive, reason)]),
            None => (Exit::Done, found),
        },
    };
    let reasons: Vec<String> = Exit::PRECEDENCE
        .into_iter()
        .flat_map(|exit| found.iter().filter(move |(of, _)| *of == exit))
        .map(|(_, reason)| reason.clone())
        .collect();
    let headline = match reasons.first() {
        Some(reason) => format!("{}: {reason}", exit.word()),
        None => format!("{}: {}", exit.word(), passed(record)),
    };
    RunVerdict { exit, headline, reasons }
}

fn findings(record: &RunRecord) -> Vec<(Exit, String)> {
    let mut found = Vec::new();
    match &record.ended {
        Ended::Completed => {}
        Ended::Interrupted => {
            let reason = format!("stopped after {}", unit::seconds(record.elapsed_s));
            found.push((Exit::Interrupted, reason));
        }
        Ended::TargetLost => {
            found.push((Exit::Threshold, "the target stopped answering for good".to_owned()))
        }
        Ended::Refused { reason } => found.push((Exit::Target, reason.clone())),
        Ended::Aborted { reason } => {
            found.push((Exit::Threshold, format!("the run was ended by its threshold: {reason}")));
        }
        // A broken rule stands; that nothing broke, and every threshold, is said of the time before only.
        Ended::CutOff { reason } => {
            found.push((Exit::Inconclusive, format!("the run was cut off, {reason}")));
        }
        Ended::Failed { reason } => found.push((Exit::Internal, reason.clone())),
    }
    found.extend(record.suite().into_iter().flat_map(suite_findings));
    found.extend(breaches(record).map(|reason| (Exit::Violation, reason)));
    if let Some(load) = &record.load {
        found.extend(own_faults(&load.counts).map(|reason| (Exit::Internal, reason)));
        found.extend(
            load.generator
                .invalid
                .iter()
                .map(|reason| (Exit::Inconclusive, format!("invalid run, {reason}"))),
        );
    }
    let not_found = record.capacity.as_ref().and_then(|capacity| outcome_sentence(capacity).err());
    found.extend(not_found.map(|reason| (Exit::Inconclusive, reason)));
    // A suite alone says for itself whether anything ran.
    if judged_flows(record) == 0 && (record.load.is_some() || record.suite().is_none()) {
        found.push((Exit::Inconclusive, "nothing ran: no flow was started".to_owned()));
    }
    found.extend(unmet(record).map(|reason| (Exit::Threshold, reason)));
    found
}

fn breaches(record: &RunRecord) -> Option<String> {
    let mut binding: Vec<_> = record
        .conformance
        .iter()
        .flat_map(|conformance| &conformance.violations)
        .filter(|violation| violation.level.binds() && violation.count > 0)
        .collect();
    binding.sort_by_key(|violation| std::cmp::Reverse(violation.count));
    let worst = binding.first()?;
    let total = binding.iter().map(|violation| violation.count).sum();
    Some(match binding.len() {
        1 => format!("{} is broken ({}), {} times", worst.rule, worst.clause, unit::count(total)),
        rules => format!(
            "{rules} binding rules are broken, {} times; most often {} ({})",
            unit::count(total),
            worst.rule,
            worst.clause
        ),
    })
}

/// What is this tool's own fault.
fn own_faults(counts: &Counts) -> impl Iterator<Item = String> {
    let flows = &counts.flows;
    let panics = flows.outcomes.get(Outcome::HarnessPanic);
    let open = (!counts.closes()).then(|| {
        format!(
            "the accounting does not close: {} scheduled, {} started, {} dropped, {} ended",
            flows.scheduled,
            flows.started,
            flows.dropped,
            flows.outcomes.total()
        )
    });
    let panicked =
        (panics > 0).then(|| format!("flows lost to a panic in this tool: {}", unit::count(panics)));
    panicked.into_iter().chain(open)
}

fn unmet(record: &RunRecord) -> Option<String> {
    let unmet: Vec<&str> =
        record.gates.iter().filter(|gate| !gate.met).map(|gate| gate.expression.as_str()).collect();
    (!unmet.is_empty()).then(|| {
        format!("{} of {} thresholds not met: {}", unmet.len(), record.gates.len(), unmet.join("; "))
    })
}

fn judged_flows(record: &RunRecord) -> u64 {
    let observed = record.conformance.as_ref().map(|conformance| conformance.flows_observed);
    match &record.load {
        Some(load) => load.counts.flows.started,
        None => observed.unwrap_or(0),
    }
}

fn nothing_answered(record: &RunRecord) -> Option<String> {
    let counts = &record.load.as_ref()?.counts;
    let answered = Endpoint::ALL
        .iter()
        .flat_map(|endpoint| counts.answers(*endpoint).iter())
        .any(|(answer, _)| !answer.is_failure() && answer != Answered::Cancelled);
    (!answered).then(|| {
        format!(
            "nothing was judged: none of the {} flows had an answer of the protocol",
            unit::count(counts.flows.started)
        )
    })
}

fn passed(record: &RunRecord) -> String {
    if let Some(Ok(found)) = record.capacity.as_ref().map(outcome_sentence) {
        return found;
    }
    let checks = record.suite().map(suite_passed);
    let thresholds = match record.gates.len() {
        0 => "no thresholds were set".to_owned(),
        n => format!("{n} of {n} thresholds met"),
    };
    let flows = match judged_flows(record) {
        0 => None,
        n => Some(format!("{} flows, no binding rule broken, {thresholds}", unit::count(n))),
    };
    [checks, flows].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::{Level, Rule};
    use crate::record::{ConformanceRecord, Violation, capacity_sample, sample};

    type Change = fn(&mut RunRecord);

    fn judged(changes: &[Change]) -> RunVerdict {
        let mut record = sample::passed();
        for change in changes {
            change(&mut record);
        }
        verdict(&record)
    }

    fn breach(record: &mut RunRecord, level: Level) {
        let (clause, _) = Rule::IdTokenSubject.source();
        record.conformance.as_mut().unwrap().violations.push(Violation {
            rule: Rule::IdTokenSubject,
            clause: Rule::IdTokenSubject.citation(),
            sentence: clause.sentence.to_owned(),
            level,
            count: 12,
            examples: Vec::new(),
        });
    }

    const INTERRUPTED: Change = |record| record.ended = Ended::Interrupted;
    const LOST: Change = |record| record.ended = Ended::TargetLost;
    const REFUSED: Change = |record| record.ended = Ended::Refused { reason: "no consent".to_owned() };
    const CUT_OFF: Change = |record| record.ended = Ended::CutOff { reason: "killed".to_owned() };
    const ABORTED: Change =
        |record| record.ended = Ended::Aborted { reason: "ack p99 < 1s does not hold".to_owned() };
    const FAILED: Change = |record| record.ended = Ended::Failed { reason: "disk full".to_owned() };
    const MUST: Change = |record| breach(record, Level::Must);
    const PLAIN: Change = |record| breach(record, Level::Plain);
    const SHOULD: Change = |record| breach(record, Level::Should);
    const MAY: Change = |record| breach(record, Level::May);
    const PANIC: Change = |record| {
        let flows = &mut record.load.as_mut().unwrap().counts.flows;
        flows.scheduled += 1;
        flows.started += 1;
        flows.outcomes.count(Outcome::HarnessPanic);
    };
    const OPEN: Change = |record| record.load.as_mut().unwrap().counts.flows.dropped += 1;
    const INVALID: Change =
        |record| record.load.as_mut().unwrap().generator.invalid.push("flows began late".to_owned());
    const NO_FLOW: Change = |record| record.load.as_mut().unwrap().counts = Counts::default();
    const NO_LOAD: Change = |record| record.load = None;
    const NOTHING: Change = |record| (record.load, record.conformance) = (None, None);
    const NO_ANSWER: Change = |record| {
        let counts = &mut record.load.as_mut().unwrap().counts;
        counts.token.clear();
        counts.backchannel_authentication.clear();
        counts.backchannel_authentication.add(Answered::ConnectFailed, 749);
        counts.backchannel_authentication.add(Answered::Cancelled, 1);
    };
    const FOUND: Change = |record| {
        record.capacity = capacity_sample::found().capacity;
        (record.load, record.gates) = (None, Vec::new());
    };
    const NOT_FOUND: Change = |record| {
        record.capacity = capacity_sample::not_found().remove(0).capacity;
        (record.load, record.gates) = (None, Vec::new());
    };
    const UNMET: Change = |record| record.gates[0].met = false;
    const NO_GATES: Change = |record| record.gates.clear();

    #[test]
    fn every_cause_has_its_code_and_its_word() {
        let table: [(&[Change], Exit, &str); 29] = [
            (&[], Exit::Done, "passed: 750 flows, no binding rule broken, 3 of 3 thresholds met"),
            (&[NO_GATES], Exit::Done, "no thresholds were set"),
            (&[FOUND], Exit::Done, "passed: the capacity lies between 147 and 154 flows/s"),
            (&[FOUND, MUST], Exit::Violation, "id-token-subject is broken"),
            (&[NOT_FOUND], Exit::Inconclusive, "capacity not found: the generator saturates at 800 flows/s"),
            (&[NOT_FOUND, INTERRUPTED], Exit::Interrupted, "stopped after"),
            (&[SHOULD], Exit::Done, "no binding rule broken"),
            (&[MAY], Exit::Done, "no binding rule broken"),
            (&[NO_LOAD], Exit::Done, "750 flows"),
            (&[INTERRUPTED], Exit::Interrupted, "interrupted: stopped after 20.1 s"),
            (&[MUST], Exit::Violation, "id-token-subject is broken (OpenID Connect Core 1.0, 2), 12 times"),
            (&[PLAIN], Exit::Violation, "id-token-subject"),
            (&[REFUSED], Exit::Target, "target not usable: no consent"),
            (&[CUT_OFF], Exit::Inconclusive, "inconclusive: the run was cut off, killed"),
            (&[CUT_OFF, UNMET], Exit::Inconclusive, "inconclusive: the run was cut off, killed"),
            (&[CUT_OFF, MUST], Exit::Violation, "id-token-subject is broken"),
            (&[ABORTED], Exit::Threshold, "ended by its threshold: ack p99 < 1s does not hold"),
            (&[ABORTED, INVALID], Exit::Inconclusive, "invalid run, flows began late"),
            (&[FAILED], Exit::Internal, "internal error: disk full"),
            (&[PANIC], Exit::Internal, "flows lost to a panic in this tool: 1"),
            (&[OPEN], Exit::Internal, "does not close: 750 scheduled, 750 started, 1 dropped, 750 ended"),
            (&[INVALID], Exit::Inconclusive, "inconclusive: invalid run, flows began late"),
            (&[NO_FLOW], Exit::Inconclusive, "nothing ran"),
            (&[NOTHING], Exit::Inconclusive, "nothing ran"),
            (&[NO_ANSWER], Exit::Inconclusive, "none of the 750 flows had an answer"),
            (&[UNMET], Exit::Threshold, "1 of 3 thresholds not met: notify p99 < 250ms"),
            (&[LOST], Exit::Threshold, "stopped answering for good"),
            (&[NO_ANSWER, LOST], Exit::Threshold, "stopped answering for good"),
            (&[MUST, PLAIN], Exit::Violation, "2 binding rules are broken, 24 times"),
        ];
        for (changes, exit, part) in table {
            let verdict = judged(changes);
            assert_eq!(verdict.exit, exit, "{part}: {verdict:?}");
            assert!(verdict.headline.contains(part), "{part}: {verdict:?}");
            assert!(verdict.headline.starts_with(exit.word()), "{verdict:?}");
            assert_eq!(verdict.reasons.is_empty(), exit == Exit::Done, "{verdict:?}");
        }
    }

    #[test]
    fn the_first_of_130_4_1_6_5_wins_and_every_reason_is_kept() {
        let causes: [(Exit, Change); 5] = [
            (Exit::Interrupted, INTERRUPTED),
            (Exit::Violation, MUST),
            (Exit::Internal, PANIC),
            (Exit::Inconclusive, INVALID),
            (Exit::Threshold, UNMET),
        ];
        for first in 0..causes.len() {
            let changes: Vec<Change> = causes[first..].iter().map(|(_, change)| *change).rev().collect();
            let verdict = judged(&changes);
            assert_eq!(verdict.exit, causes[first].0, "{verdict:?}");
            assert_eq!(verdict.reasons.len(), causes.len() - first, "{verdict:?}");
        }
    }

    #[test]
    fn a_record_of_checks_alone_needs_flows_too() {
        let verdict = judged(&[NO_LOAD, |record| record.conformance = Some(ConformanceRecord::default())]);
        assert_eq!(verdict.exit, Exit::Inconclusive);
    }
}
