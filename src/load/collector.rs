use super::abort::{Abort, SoFar};
use super::breaches::Told;
use super::keeping::{Keeping, Logging};
use super::live::{Interval, Live};
use super::measurement::Measurement;
use super::parts::{Part, parts};
use super::sampler::Shard;
use super::schedule::Schedule;
use super::vitals::Vitals;
use crate::checkpoint::{Head, Part as LogPart, StagePlan};
use crate::ciba::Named;
use crate::profile::{Profile, Workload};
use crate::record::{
    Answered, Arrivals, Counts, GeneratorHealth, HistogramWriter, IntervalRecord, RunRecord, Span,
    StageRecord, Summary, new_histogram, summaries,
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

/// What the collector has gathered when the run is over.
pub(super) struct Collected {
    pub counts: Counts,
    pub spans: BTreeMap<Span, Summary>,
    pub stages: Vec<StageRecord>,
    pub intervals: Vec<IntervalRecord>,
    pub generator: GeneratorHealth,
    pub target_lost: bool,
    /// Which threshold ended the run, if one did.
    pub aborted: Option<String>,
    /// Why the log of the run could not be kept, if it could not.
    pub log_failed: Option<String>,
}

/// Whether there is still something to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Running {
    GoesOn,
    IsOver,
}

/// Empties the sampler once per interval, keeps the intervals, and adds up the parts of the run. Runs on an OS thread of its
/// own, which alone waits for the disk.
pub(super) struct Collector {
    measurement: Arc<Measurement>,
    schedule: Schedule,
    arrivals: Arrivals,
    interval: Duration,
    parts: Vec<Part>,
    begun: Instant,
    /// The kind of consents that the flows begin with, and whether such can be deleted.
    consents: Option<(String, bool)>,
    /// Index of the present part, and what was recorded in it.
    part: usize,
    in_part: Shard,
    total: Counts,
    /// Without the warm-up.
    measured: Vec<Histogram<u32>>,
    current: Shard,
    spare: Box<Shard>,
    writer: HistogramWriter,
    stages: Vec<StageRecord>,
    abort: Abort,
    aborted: Option<String>,
    keeping: Keeping,
    /// Breaches that the log has.
    told: Told,
    /// Samples of the server's memory that it has.
    memory_told: usize,
    vitals: Vitals,
    generator: GeneratorHealth,
    last_rotation: Duration,
    last_answer: Duration,
    /// Exchanges that failed since, and those among them that found no server at all.
    failures_since: u64,
    broken_since: u64,
    live: Live,
}

impl Collector {
    pub fn new(
        measurement: Arc<Measurement>,
        profile: &Profile,
        begun: Instant,
        logging: Option<Logging>,
    ) -> Self {
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
            consents: profile.flow.consent.map(|kind| (kind.name.to_owned(), kind.deletable)),
            part: 0,
            in_part: Shard::default(),
            total: Counts::default(),
            measured: Span::ALL.iter().map(|_| new_histogram()).collect(),
            current: Shard::default(),
            spare: Box::default(),
            writer: HistogramWriter::new(),
            stages: Vec::new(),
            abort: Abort::new(&profile.abort),
            aborted: None,
            keeping: Keeping::new(logging),
            told: Told::default(),
            memory_told: 0,
            vitals: Vitals::begin(),
            generator: GeneratorHealth::default(),
            last_rotation: Duration::ZERO,
            last_answer: Duration::ZERO,
            failures_since: 0,
            broken_since: 0,
            live: Live::new(profile, arrivals),
        }
    }

    /// The load model of the run.
    pub fn arrivals(&self) -> Arrivals {
        self.arrivals
    }

    /// Collects until `over` is told, or its sender is gone.
    pub fn run(mut self, over: &Receiver<()>) -> Collected {
        self.begin();
        loop {
            let wait = self.next().saturating_duration_since(self.measurement.clock.now());
            match over.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) => self.rotate(Running::GoesOn),
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return self.finish(),
            }
        }
    }

    /// As [`Collector::run`], by the runtime's timers: for runs in virtual time.
    pub async fn run_virtually(mut self, over: tokio::sync::oneshot::Receiver<()>) -> Collected {
        let mut over = std::pin::pin!(over);
        self.begin();
        loop {
            tokio::select! {
                biased;
                _ = &mut over => return self.finish(),
                () = tokio::time::sleep_until(self.next()) => self.rotate(Running::GoesOn),
            }
        }
    }

    /// Writes down what the run is going to be.
    fn begin(&mut self) {
        let seconds = |at: Duration| (at < Duration::MAX).then_some(at.as_secs_f64());
        let stage = |part: &Part| StagePlan {
            name: part.name.clone(),
            measured: part.measured,
            start_s: part.start.as_secs_f64(),
            end_s: seconds(part.end),
            asked_from: part.asked_from,
            asked_to: part.asked_to,
        };
        let head = |record: RunRecord| Head {
            record,
            arrivals: self.arrivals,
            begun_ms: ms(self.measurement.clock.wall(self.begun)),
            stages: self.parts.iter().map(stage).collect(),
            consents: self.consents.clone(),
        };
        if !self.keeping.begin(head) {
            self.measurement.stop.leave();
        }
    }

    /// When the present interval ends.
    fn next(&self) -> Instant {
        let next = (self.last_rotation + self.interval).min(self.parts[self.part].end);
        self.begun + next
    }

    fn finish(mut self) -> Collected {
        self.rotate(Running::IsOver);
        // Requests that time out at the end may be the last of a server that is there and slow.
        let target_lost = self.silence() >= LOST_AT_END && self.broken_since >= LOST_FAILURES;
        // A run that ends with its last stage has had no drain.
        if self.elapsed() > self.parts[self.part].start || self.stages.is_empty() {
            self.close_part(self.elapsed());
        }
        let (intervals, log_failed) = self.keeping.finish();
        Collected {
            counts: self.total,
            spans: summaries(|span| self.measured.get(span.index())),
            stages: self.stages,
            intervals,
            generator: self.generator,
            target_lost,
            log_failed,
            aborted: self.aborted,
        }
    }

    fn elapsed(&self) -> Duration {
        self.measurement.clock.now().saturating_duration_since(self.begun)
    }

    fn silence(&self) -> Duration {
        self.last_rotation.saturating_sub(self.last_answer)
    }

    fn rotate(&mut self, phase: Running) {
        let now = self.elapsed();
        self.measurement.sampler.collect(&mut self.current, &mut self.spare);
        let in_flight = self.measurement.in_flight.load(Ordering::Acquire);
        self.generator = self.vitals.read(now, in_flight, &self.measurement.hearts);
        self.watch_target(now);
        let length = now.saturating_sub(self.last_rotation);
        self.keep(now, length, in_flight);
        self.in_part.merge(&self.current);
        self.tell(now, length, in_flight);
        self.current.clear();
        self.last_rotation = now;
        if phase == Running::GoesOn {
            self.judge(now);
        }
        if now >= self.parts[self.part].end {
            self.close_part(now);
            self.part += 1;
        }
        if self.silence() >= LOST_AFTER && self.failures_since >= LOST_FAILURES {
            self.measurement.stop.leave();
        }
    }

    /// Ends the run where one of its thresholds no longer holds.
    fn judge(&mut self, now: Duration) {
        if self.aborted.is_some() || self.measurement.stop.is_leaving() {
            return;
        }
        let part = &self.parts[self.part];
        self.aborted = self.abort.crossed(&SoFar {
            now,
            arrivals: self.arrivals,
            asked: if now < part.end { self.schedule.load_at(now) } else { part.asked_to },
            part,
            in_part: &self.in_part,
            stages: &self.stages,
            measured: &self.measured,
            breaches: &self.measurement.breaches,
        });
        if self.aborted.is_some() {
            self.measurement.stop.leave();
        }
    }

    /// Keeps the present interval. Where the log of the run cannot be written, the run ends: it would lose more and more.
    fn keep(&mut self, now: Duration, length: Duration, in_flight: u64) {
        let interval = IntervalRecord {
            start_ms: ms(self.last_rotation),
            length_ms: ms(length),
            stage: self.stages.len(),
            in_flight,
            counts: self.current.counts.clone(),
            spans: Span::ALL
                .iter()
                .map(|span| (*span, self.current.histogram(*span)))
                .filter(|(_, histogram)| !histogram.is_empty())
                .map(|(span, histogram)| (span, self.writer.encode(histogram)))
                .collect(),
        };
        let measurement = &self.measurement;
        let part = LogPart {
            interval,
            asked: self.schedule.load_at(now),
            broken: measurement.breaches.since(&mut self.told),
            polling: measurement.polling_seen(),
            server_memory: measurement.server_memory_since(&mut self.memory_told),
            consents: measurement.consents.count(),
            generator: self.generator.clone(),
        };
        if !self.keeping.keep(part) {
            measurement.stop.leave();
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
            spans: summaries(|span| Some(self.in_part.histogram(span))),
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

    fn tell(&mut self, now: Duration, length: Duration, in_flight: u64) {
        let interval = Interval {
            now,
            length,
            stage: &self.parts[self.part].name,
            asked: self.schedule.load_at(now),
            in_flight,
            shard: &self.current,
            generator: &self.generator,
        };
        self.live.tell(&interval, &self.measurement);
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
