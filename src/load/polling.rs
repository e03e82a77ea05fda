use crate::ciba::Named;
use crate::record::{PollGap, PollingSeen, Tally};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Different values that are told apart; a server that names more is shown as `other`.
const VALUES_MAX: usize = 32;

/// What acknowledgements say about polling, and this client's own pacing.
#[derive(Default)]
pub(super) struct Polling {
    intervals: Mutex<BTreeMap<String, u64>>,
    lifetimes: Mutex<BTreeMap<String, u64>>,
    /// Shortest gap between two polls of a flow and smallest share of the interval, plus one so that zero means none.
    gap_min_us: AtomicU64,
    gap_ratio_min_ppm: AtomicU64,
    polls_by_gap: Gaps,
    slow_downs_by_gap: Gaps,
}

/// A counter for each class of gap.
type Gaps = [AtomicU64; PollGap::ALL.len()];

impl Polling {
    pub fn acknowledged(&self, interval: Option<u64>, expires_in: u64) {
        count(&self.intervals, interval.map_or("absent".to_owned(), |seconds| seconds.to_string()));
        count(&self.lifetimes, expires_in.to_string());
    }

    /// A poll that was sent this long after the previous answer, while this interval was in force, was answered.
    pub fn answered(&self, gap: Duration, interval: Duration, is_slow_down: bool) {
        let class = PollGap::of(gap, interval).index();
        self.polls_by_gap[class].fetch_add(1, Ordering::Relaxed);
        if is_slow_down {
            self.slow_downs_by_gap[class].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A client that keeps to the interval sent a poll this long after the previous answer, while this interval was in force.
    pub fn gap(&self, gap: Duration, interval: Duration) {
        lower(&self.gap_min_us, u64::try_from(gap.as_micros()).unwrap_or(u64::MAX - 1));
        lower(&self.gap_ratio_min_ppm, (gap.as_secs_f64() / interval.as_secs_f64().max(1e-9) * 1e6) as u64);
    }

    pub fn record(&self, conformant_polls_throttled: u64, first_polls_throttled: u64) -> PollingSeen {
        let seen = |least: &AtomicU64| least.load(Ordering::Relaxed).checked_sub(1).map(|value| value as f64);
        PollingSeen {
            intervals: lock(&self.intervals),
            lifetimes: lock(&self.lifetimes),
            conformant_polls_throttled,
            first_polls_throttled,
            gap_min_ms: seen(&self.gap_min_us).map(|us| us / 1e3),
            gap_ratio_min: seen(&self.gap_ratio_min_ppm).map(|ppm| ppm / 1e6),
            polls_by_gap: tally(&self.polls_by_gap),
            slow_downs_by_gap: tally(&self.slow_downs_by_gap),
        }
    }
}

fn count(values: &Mutex<BTreeMap<String, u64>>, value: String) {
    let mut values = values.lock().unwrap_or_else(PoisonError::into_inner);
    let key =
        if values.len() < VALUES_MAX || values.contains_key(&value) { value } else { "other".to_owned() };
    *values.entry(key).or_default() += 1;
}

fn lock(values: &Mutex<BTreeMap<String, u64>>) -> BTreeMap<String, u64> {
    values.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn tally(gaps: &Gaps) -> Tally<PollGap> {
    let mut tally = Tally::default();
    for (class, n) in PollGap::ALL.iter().zip(gaps) {
        tally.add(*class, n.load(Ordering::Relaxed));
    }
    tally
}

fn lower(least: &AtomicU64, value: u64) {
    let candidate = value.saturating_add(1);
    let _ = least.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |known| {
        (known == 0 || candidate < known).then_some(candidate)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_gap_is_kept_and_none_is_none() {
        let polling = Polling::default();
        assert_eq!(polling.record(0, 0).gap_min_ms, None);
        for ms in [5050, 5049, 7000] {
            polling.gap(Duration::from_millis(ms), Duration::from_secs(5));
        }
        let seen = polling.record(1, 2);
        assert_eq!((seen.gap_min_ms, seen.gap_ratio_min), (Some(5049.0), Some(1.0098)));
    }

    #[test]
    fn answers_are_counted_by_the_gap_before_them() {
        let polling = Polling::default();
        let interval = Duration::from_secs(5);
        for (ms, is_slow_down) in [(5_050, false), (5_060, true), (2_600, true)] {
            polling.answered(Duration::from_millis(ms), interval, is_slow_down);
        }
        let seen = polling.record(0, 0);
        let counted = |tally: &Tally<PollGap>| tally.iter().collect::<Vec<_>>();
        assert_eq!(counted(&seen.polls_by_gap), [(PollGap::ThreeQuarters, 1), (PollGap::OnTime, 2)]);
        assert_eq!(counted(&seen.slow_downs_by_gap), [(PollGap::ThreeQuarters, 1), (PollGap::OnTime, 1)]);
    }

    #[test]
    fn a_server_that_names_ever_new_values_cannot_fill_the_memory() {
        let polling = Polling::default();
        for seconds in 0..1000 {
            polling.acknowledged(Some(seconds), 120);
        }
        polling.acknowledged(None, 120);
        let seen = polling.record(0, 0);
        assert_eq!((seen.intervals.len(), seen.intervals.values().sum::<u64>()), (VALUES_MAX + 1, 1001));
        assert_eq!(seen.lifetimes["120"], 1001);
    }
}
