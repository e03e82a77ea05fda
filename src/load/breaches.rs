use super::progress::LastBreach;
use crate::ciba::{Breach, Rule};
use crate::record::{ConformanceRecord, Example, Exchange, Tally, Violation};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Examples that are kept of each broken rule.
const EXAMPLES_MAX: usize = 3;

/// Breaches that are shown while the run goes on: the last ones.
const LAST_MAX: usize = 8;

/// What somebody was told of the breaches so far: for each rule how many, and how many examples.
pub(super) type Told = BTreeMap<Rule, (u64, usize)>;

/// The rules that the server broke during the run: every breach is counted, the first few are kept whole.
#[derive(Default)]
pub struct Breaches {
    broken: Mutex<BTreeMap<Rule, (u64, Vec<Example>)>>,
    last: Mutex<VecDeque<LastBreach>>,
}

impl Breaches {
    /// Notes a breach.
    pub fn note(&self, breach: Breach, flow: u64, at_ms: u64, exchange: Option<&Exchange>) {
        let shown = LastBreach { rule: breach.rule, at_ms, detail: breach.detail.clone() };
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, examples) = broken.entry(breach.rule).or_default();
        *count += 1;
        if examples.len() < EXAMPLES_MAX {
            examples.push(Example { flow, at_ms, detail: breach.detail, exchange: exchange.cloned() });
        }
        drop(broken);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.push_back(shown);
        if last.len() > LAST_MAX {
            last.pop_front();
        }
    }

    /// Breaches of each rule so far, and the last few, the oldest first.
    pub(super) fn so_far(&self) -> (Tally<Rule>, Vec<LastBreach>) {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tally = Tally::default();
        for (rule, (count, _)) in broken.iter() {
            tally.add(*rule, *count);
        }
        drop(broken);
        (tally, self.last.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect())
    }

    /// How often one rule was broken.
    pub fn of(&self, rule: Rule) -> u64 {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).get(&rule).map_or(0, |(count, _)| *count)
    }

    /// The rules that were broken since somebody was told last: how often altogether, with the examples that are new.
    pub(super) fn since(&self, told: &mut Told) -> Vec<Violation> {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Vec::new();
        for (rule, (count, examples)) in broken.iter() {
            let (before, shown) = told.insert(*rule, (*count, examples.len())).unwrap_or_default();
            if before < *count {
                changed.push(violation(*rule, *count, examples.get(shown..).unwrap_or_default()));
            }
        }
        changed
    }

    /// The conformance part of the record.
    pub fn record(&self, flows_observed: u64) -> ConformanceRecord {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        let violations =
            broken.iter().map(|(rule, (count, examples))| violation(*rule, *count, examples)).collect();
        ConformanceRecord { flows_observed, violations, suite: None }
    }
}

fn violation(rule: Rule, count: u64, examples: &[Example]) -> Violation {
    let (clause, level) = rule.source();
    Violation {
        rule,
        clause: rule.citation(),
        sentence: clause.sentence.to_owned(),
        level,
        count,
        examples: examples.to_vec(),
    }
}
