use super::measurement::Measurement;
use super::progress::Progress;
use super::sampler::Shard;
use super::schedule::Schedule;
use crate::ciba::Named;
use crate::profile::{Profile, Stage, Workload};
use crate::record::{
    Answered, Arrivals, Counts, IntervalRecord, Span, StageRecord, Summary, encode, new_histogram,
    samples_needed,
};
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tokio::time::Instant;

/// Shortest interval of the log.
const INTERVAL_MIN: Duration = Duration::from_secs(1);

/// Intervals that a run is divided into at most, so that a day's log stays small.
const INTERVALS_MAX: u32 = 3600;

/// A server that has answered nothing for so long, while exchanges failed, is lost: the run ends.
const LOST_AFTER: Duration = Duration::from_secs(60);

/// At the end of a run, so long a silence means that the server was lost.
const LOST_AT_END: Duration = Duration::from_secs(3);

/// Failed exchanges without which silence says nothing.
const LOST_FAILURES: u64 = 10;

/// One stretch of the run with figures of its own.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    name: String,
    measured: bool,
    start: Duration,
    end: Duration,
    asked_from: f64,
    asked_to: f64,
}

/// Divides a run into the warm-up, the stages and the drain, which has no end of its own.
fn parts(profile: &Profile) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut start = Duration::ZERO;
    for Stage { name, duration, from, to } in profile.workload.stages() {
        let end = start + *duration;
        let load_at = |at: Duration| from + (to - from) * (at - start).as_secs_f64() / duration.as_secs_f64();
        let cut = profile.warmup.clamp(start, end);
        for (name, measured, start, end) in
            [(StageRecord::WARM_UP, false, start, cut), (name.as_str(), true, cut, end)]
        {
            if start < end {
                let (asked_from, asked_to) = (load_at(start), load_at(end));
                parts.push(Part { name: name.to_owned(), measured, start, end, asked_from, asked_to });
            }
        }
        start = end;
    }
    let drain = Part {
        name: StageRecord::DRAIN.to_owned(),
        measured: false,
        start,
        end: Duration::MAX,
        asked_from: 0.0,
        asked_to: 0.0,
    };
    parts.push(drain);
    parts
}

/// What the collector has gathered when the run is over.
pub(super) struct Collected {
    pub counts: Counts,
    pub spans: BTreeMap<Span, Summary>,
    pub stages: Vec<StageRecord>,
    pub intervals: Vec<IntervalRecord>,
    pub in_flight_peak: u64,
    pub target_lost: bool,
}

/// Empties the sampler once per interval, writes the interval log, and adds up the parts of the run. Runs on an OS thread
/// of its own.
pub(super) struct Collector {
    measurement: Arc<Measurement>,
    schedule: Schedule,
    arrivals: Arrivals,
    interval: Duration,
    parts: Vec<Part>,
    begun: Instant,
    /// Index of the present part, and what was recorded in it.
    part: usize,
    in_part: Shard,
    total: Counts,
    /// Without the warm-up.
    measured: Vec<Histogram<u32>>,
    current: Shard,
    spare: Box<Shard>,
    stages: Vec<StageRecord>,
    intervals: Vec<IntervalRecord>,
    last_rotation: Duration,
    last_answer: Duration,
    /// Exchanges that failed since, and those among them that found no server at all.
    failures_since: u64,
    broken_since: u64,
    in_flight_peak: u64,
    progress: Progress,
}

impl Collector {
    pub fn new(measurement: Arc<Measurement>, profile: &Profile, begun: Instant) -> Self {
        let length = profile.workload.length();
        let arrivals = match profile.workload {
            Workload::Open { .. } => Arrivals::Open,
            Workload::Closed { .. } => Arrivals::Closed,
        };
        Collector {
            measurement,
            schedule: Schedule::new(profile.workload.stages()),
            arrivals,
            interval: (length / INTERVALS_MAX).max(INTERVAL_MIN),
            parts: parts(profile),
            begun,
            part: 0,
            in_part: Shard::default(),
            total: Counts::default(),
            measured: Span::ALL.iter().map(|_| new_histogram()).collect(),
            current: Shard::default(),
            spare: Box::default(),
            stages: Vec::new(),
            intervals: Vec::new(),
            last_rotation: Duration::ZERO,
            last_answer: Duration::ZERO,
            failures_since: 0,
            broken_since: 0,
            in_flight_peak: 0,
            progress: Progress { length, ..Progress::default() },
        }
    }

    /// The load model of the run.
    pub fn arrivals(&self) -> Arrivals {
        self.arrivals
    }

    /// Collects until `over` is told, or its sender is gone.
    pub fn run(mut self, over: &Receiver<()>) -> Collected {
        loop {
            let wait = self.next().saturating_duration_since(self.measurement.clock.now());
            match over.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) => self.rotate(),
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return self.finish(),
            }
        }
    }

    /// As [`Collector::run`], by the runtime's timers: for runs in virtual time.
    pub async fn run_virtually(mut self, over: tokio::sync::oneshot::Receiver<()>) -> Collected {
        let mut over = std::pin::pin!(over);
        loop {
            tokio::select! {
                biased;
                _ = &mut over => return self.finish(),
                () = tokio::time::sleep_until(self.next()) => self.rotate(),
            }
        }
    }

    /// When the present interval ends.
    fn next(&self) -> Instant {
        let next = (self.last_rotation + self.interval).min(self.parts[self.part].end);
        self.begun + next
    }

    fn finish(mut self) -> Collected {
        self.rotate();
        // Requests that time out at the end may be the last of a server that is there and slow.
        let target_lost = self.silence() >= LOST_AT_END && self.broken_since >= LOST_FAILURES;
        // A run that ends with its last stage has had no drain.
        if self.elapsed() > self.parts[self.part].start || self.stages.is_empty() {
            self.close_part(self.elapsed());
        }
        Collected {
            counts: self.total,
            spans: summaries(&self.measured),
            stages: self.stages,
            intervals: self.intervals,
            in_flight_peak: self.in_flight_peak,
            target_lost,
        }
    }

    fn elapsed(&self) -> Duration {
        self.measurement.clock.now().saturating_duration_since(self.begun)
    }

    fn silence(&self) -> Duration {
        self.last_rotation.saturating_sub(self.last_answer)
    }

    fn rotate(&mut self) {
        let now = self.elapsed();
        self.measurement.sampler.collect(&mut self.current, &mut self.spare);
        let in_flight = self.measurement.in_flight.load(Ordering::Acquire);
        self.in_flight_peak = self.in_flight_peak.max(in_flight);
        self.watch_target(now);
        let length = now.saturating_sub(self.last_rotation);
        self.intervals.push(IntervalRecord {
            start_ms: ms(self.last_rotation),
            length_ms: ms(length),
            stage: self.stages.len(),
            in_flight,
            counts: self.current.counts.clone(),
            spans: Span::ALL
                .iter()
                .map(|span| (*span, self.current.histogram(*span)))
                .filter(|(_, histogram)| !histogram.is_empty())
                .map(|(span, histogram)| (span, encode(histogram)))
                .collect(),
        });
        self.in_part.merge(&self.current);
        self.show(now, length, in_flight);
        self.current.clear();
        self.last_rotation = now;
        if now >= self.parts[self.part].end {
            self.close_part(now);
            self.part += 1;
        }
        if self.silence() >= LOST_AFTER && self.failures_since >= LOST_FAILURES {
            self.measurement.stop.leave();
        }
    }

    /// Sums up the present part.
    fn close_part(&mut self, now: Duration) {
        let part = &self.parts[self.part];
        let until = now.min(part.end);
        self.total.merge(&self.in_part.counts);
        // The drain belongs to the figures: leaving it out would leave out the slowest flows.
        if part.name != StageRecord::WARM_UP {
            for (sum, part) in self.measured.iter_mut().zip(self.in_part.histograms()) {
                // Both have the one shape of this tool, so nothing can be out of range.
                let _ = sum.add(part);
            }
        }
        self.stages.push(StageRecord {
            name: part.name.clone(),
            measured: part.measured,
            start_s: part.start.as_secs_f64(),
            length_s: until.saturating_sub(part.start).as_secs_f64(),
            asked_from: part.asked_from,
            // A stage that was cut short asked for what it had come to.
            asked_to: if until < part.end { self.schedule.load_at(until) } else { part.asked_to },
            counts: self.in_part.counts.clone(),
            spans: summaries(self.in_part.histograms()),
        });
        self.in_part.clear();
    }

    /// Notes when the server answered last.
    fn watch_target(&mut self, now: Duration) {
        let counts = &self.current.counts;
        let (mut answered, mut timed_out, mut broken) = (0, 0, 0);
        for tally in [&counts.backchannel_authentication, &counts.token, &counts.userinfo] {
            for (answer, n) in tally.iter() {
                if matches!(answer, Answered::ConnectFailed | Answered::Broken) {
                    broken += n;
                } else if answer == Answered::TimedOut {
                    timed_out += n;
                } else if answer != Answered::Cancelled {
                    answered += n;
                }
            }
        }
        if answered > 0 {
            (self.failures_since, self.broken_since) = (0, 0);
        }
        self.broken_since += broken;
        self.failures_since += broken + timed_out;
        if answered > 0 || self.failures_since == 0 {
            self.last_answer = now;
        }
    }

    fn show(&mut self, now: Duration, length: Duration, in_flight: u64) {
        let counts = &self.current.counts;
        let p99 = |span: Span| {
            let histogram = self.current.histogram(span);
            (histogram.len() >= samples_needed(0.99)).then(|| histogram.value_at_quantile(0.99))
        };
        let progress = &mut self.progress;
        progress.elapsed = now;
        progress.stage.clone_from(&self.parts[self.part].name);
        progress.asked = self.schedule.load_at(now);
        progress.started_per_s = counts.flows.started as f64 / length.as_secs_f64().max(1e-3);
        progress.in_flight = in_flight;
        progress.dropped += counts.flows.dropped;
        progress.outcomes.merge(&counts.flows.outcomes);
        progress.ack_p99_us = p99(Span::Ack).or(progress.ack_p99_us);
        progress.notify_p99_us = p99(Span::Notify).or(progress.notify_p99_us);
        progress.violations = self.measurement.breaches.binding();
        self.measurement.progress.send_replace(progress.clone());
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Sums up each span that has samples; `poll` is the sum of its parts.
fn summaries(histograms: &[Histogram<u32>]) -> BTreeMap<Span, Summary> {
    let mut polls = new_histogram::<u32>();
    for span in Span::POLLS {
        let _ = polls.add(&histograms[span.index()]);
    }
    let mut summaries: BTreeMap<_, _> =
        Span::ALL.iter().filter_map(|span| Some((*span, Summary::of(&histograms[span.index()])?))).collect();
    if let Some(summary) = Summary::of(&polls) {
        summaries.insert(Span::Poll, summary);
    }
    summaries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(text: &str) -> Profile {
        Profile::parse("test", "test.toml", text).unwrap()
    }

    #[test]
    fn a_run_is_divided_into_warm_up_stages_and_drain() {
        let profile = profile(
            r#"
            warmup = "2s"
            [workload]
            model = "open"
            max_in_flight = 100
            [[workload.stages]]
            name = "up"
            duration = "4s"
            from = "10/s"
            to = "50/s"
            [[workload.stages]]
            name = "hold"
            duration = "3s"
            rate = "50/s"
            "#,
        );
        let seen: Vec<_> = parts(&profile)
            .into_iter()
            .map(|part| (part.name, part.measured, part.start.as_secs(), part.asked_from, part.asked_to))
            .collect();
        assert_eq!(
            seen,
            [
                (StageRecord::WARM_UP.to_owned(), false, 0, 10.0, 30.0),
                ("up".to_owned(), true, 2, 30.0, 50.0),
                ("hold".to_owned(), true, 4, 50.0, 50.0),
                ("drain".to_owned(), false, 7, 0.0, 0.0),
            ]
        );
    }
}
