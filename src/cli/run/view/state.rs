use super::history::History;
use crate::analysis::{
    CPU_SHARE_SATURATED, POLL_LATENESS_MAX_US, STALLED_MAX_MS, STALLED_SHARE_MAX, START_LAG_LATE_US,
    START_LAG_MAX_US,
};
use crate::load::Progress;
use crate::metrics::Shown;
use crate::record::Span;

/// Everything that the view shows.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// What is run.
    pub shown: Shown,
    /// As of the last interval.
    pub now: Progress,
    /// Since the begin.
    pub history: History,
    /// The last line that somebody has written on standard error meanwhile.
    pub note: Option<String>,
}

/// Whether the generator keeps up. The run's own judgement comes at its end, of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Sound,
    /// It does, but is near to where it would not.
    Strained,
    /// It does not: were the run over now, it would be invalid.
    AtFault,
}

impl State {
    /// Before the first interval.
    pub fn new(shown: Shown) -> Self {
        State { shown, ..State::default() }
    }

    /// Takes in an interval.
    pub fn update(&mut self, progress: Progress) {
        // What is there before the first interval is none.
        if !progress.interval.is_zero() {
            self.history.add(&progress);
        }
        self.now = progress;
    }

    /// Whether the generator keeps up, by the bounds that make a run invalid or bring a caveat.
    pub fn health(&self) -> Health {
        let Progress { generator, elapsed, cpu_share, .. } = &self.now;
        let p99 = |span: Span| self.now.span(span).p99_us.unwrap_or(0);
        let stalls = [generator.stalls, generator.engine_stalls, generator.instrument_stalls];
        let stalled_ms = stalls.iter().map(|stalls| stalls.stalled_ms).max().unwrap_or(0);
        let stalled_max_ms = (elapsed.as_secs_f64() * 1e3 * STALLED_SHARE_MAX).max(STALLED_MAX_MS as f64);
        let (start_lag, poll_lateness) = (p99(Span::StartLag), p99(Span::PollLateness));
        if start_lag > START_LAG_MAX_US
            || poll_lateness > POLL_LATENESS_MAX_US
            || stalled_ms as f64 > stalled_max_ms
        {
            Health::AtFault
        } else if start_lag > START_LAG_LATE_US || *cpu_share > CPU_SHARE_SATURATED || stalled_ms > 0 {
            Health::Strained
        } else {
            Health::Sound
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::Named as _;
    use crate::load::SpanProgress;
    use std::time::Duration;

    #[test]
    fn the_generator_s_health_follows_the_bounds_of_a_valid_run() {
        type Change = fn(&mut Progress);
        let cases: [(Health, Change); 8] = [
            (Health::Sound, |_| {}),
            (Health::Sound, |now| now.spans[Span::Ack.index()].p99_us = Some(u64::MAX)),
            (Health::Strained, |now| now.cpu_share = 0.8),
            (Health::Strained, |now| now.spans[Span::StartLag.index()].p99_us = Some(20_000)),
            (Health::Strained, |now| now.generator.engine_stalls.stalled_ms = 200),
            (Health::AtFault, |now| now.generator.stalls.stalled_ms = 300),
            (Health::AtFault, |now| now.spans[Span::StartLag.index()].p99_us = Some(60_000)),
            (Health::AtFault, |now| now.spans[Span::PollLateness.index()].p99_us = Some(120_000)),
        ];
        for (expected, change) in cases {
            let mut state = State::default();
            state.now.spans = vec![SpanProgress::default(); Span::ALL.len()];
            change(&mut state.now);
            assert_eq!(state.health(), expected, "{:?}", state.now);
        }
        // A longer run may have stood still for longer.
        let mut long = State::default();
        long.now.generator.stalls.stalled_ms = 300;
        long.now.elapsed = Duration::from_secs(3_600);
        assert_eq!(long.health(), Health::Strained);
    }

    #[test]
    fn what_is_there_before_the_first_interval_is_no_point() {
        let mut state = State::new(Shown::default());
        state.update(Progress::default());
        assert_eq!(state.history.highest(super::super::history::Course::Begun), None);
        state.update(Progress { interval: Duration::from_secs(1), ..Progress::default() });
        assert_eq!(state.history.highest(super::super::history::Course::Begun), Some(0.0));
    }
}
