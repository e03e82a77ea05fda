use crate::scale::filled;
use crate::trial::{Plan, Trial, percentiles};
use crate::{Failed, gauge};
use ciba_bench::clock::Clock;
use ciba_bench::record::{Span, StageRecord, new_histogram};
use hdrhistogram::Histogram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The core of the generator and of the bare pacer.
const CORE: usize = 0;
const OP_CORE: usize = 1;
/// Starts per second of the first run, and polls per second of the second one.
const STARTS: u32 = 1_000;
const POLLS: u32 = 5_000;
/// An interval, with the guard after which flows poll, in seconds.
const INTERVAL: u64 = 1;
const EVERY_S: f64 = 1.05;
const SETTLE_S: f64 = 2.0;
const WATCHED: Duration = Duration::from_secs(10);
/// How long the bare pacer is watched while the core is idle.
const IDLE: Duration = Duration::from_secs(5);
/// How much later than a bare pacer's the 99th percentile may be, in µs.
const BOUND_US: u64 = 300;

/// Compares when flows begin, and when they poll, with when a thread wakes up that does nothing but sleep, on the same core: while
/// the core is idle, just before the run, and during it.
pub fn compare() -> Result<(), Failed> {
    gauge::pin(CORE);
    println!("lateness of the generator and of a bare pacer on the same core, the OP on another");
    let starts = Scenario {
        span: Span::StartLag,
        pace: STARTS,
        stage: "begin",
        begin: 0.0,
        profile: format!(
            r#"
            drain = "10s"
            workload.max_in_flight = 50_000
            workload.stages = [
                {{ name = "settle", duration = "{SETTLE_S:.0}s", rate = {STARTS} }},
                {{ name = "begin", duration = "{:.0}s", rate = {STARTS} }},
            ]
            mix = {{ poll = 1 }}
            users.count = 50_000
            behaviours.abandon = 1.0
            decisions.shares = {{ ignore = 1 }}
            "#,
            WATCHED.as_secs_f64() + 2.0
        ),
    };
    starts.compare()?;
    let flows = (f64::from(POLLS) * EVERY_S) as u32;
    let fill = f64::from(flows) / f64::from(STARTS);
    let polls = Scenario {
        span: Span::PollLateness,
        pace: POLLS,
        stage: "hold",
        begin: fill,
        profile: filled(flows, &format!("rate = {STARTS}"), fill, 60.0),
    };
    polls.compare()
}

struct Scenario {
    span: Span,
    /// Events per second.
    pace: u32,
    /// Stage whose figures count, and when it begins, in seconds.
    stage: &'static str,
    begin: f64,
    profile: String,
}

impl Scenario {
    fn compare(self) -> Result<(), Failed> {
        let Scenario { span, pace, stage, begin, profile } = self;
        let idle = Pacer::start(pace).stop_after(IDLE);
        let settle = Duration::from_secs_f64(begin + SETTLE_S);
        let over = Arc::new(AtomicBool::new(false));
        let beside = std::thread::spawn({
            let over = over.clone();
            move || {
                std::thread::sleep(settle);
                Pacer::start(pace).stop_when(&over)
            }
        });
        let plan = Plan { profile, interval: INTERVAL, op_core: Some(OP_CORE), settle, watched: WATCHED };
        let trial = Trial::make(plan, 1);
        over.store(true, Ordering::Relaxed);
        let beside = beside.join().map_err(|_| "the bare pacer panicked")?;
        let trial = trial?;
        let (watched, figures) = (&trial.watched, trial.stage(stage)?);
        println!(
            "{span} at {pace}/s: {}; {:.0} polls/s, cores: generator {:.2}, OP {:.2}; {}",
            percentiles(figures, span),
            watched.rate(watched.polls),
            watched.cores(watched.own),
            watched.cores(watched.op),
            trial.verdict()
        );
        println!("  bare pacer, core idle:      {}", shown(&idle));
        println!("  bare pacer, beside the run: {}", shown(&beside));
        let (ours, theirs) = (p99(figures, span)?, beside.value_at_quantile(0.99));
        let verdict = if ours <= theirs + BOUND_US { "kept" } else { "MISSED" };
        println!(
            "  bound: p99 <= the bare pacer's beside the run + {BOUND_US} µs: {verdict}, {ours} against {theirs} µs"
        );
        Ok(())
    }
}

fn p99(stage: &StageRecord, span: Span) -> Result<u64, Failed> {
    Ok(stage.spans.get(&span).and_then(|summary| summary.p99_us).ok_or("too few samples for a p99")?)
}

fn shown(lateness: &Histogram<u64>) -> String {
    let ms = |quantile: f64| lateness.value_at_quantile(quantile) as f64 / 1e3;
    format!("p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms", ms(0.5), ms(0.99), ms(0.999))
}

/// A thread that sleeps until absolute times, evenly spaced, and notes how late it wakes up.
struct Pacer {
    clock: Clock,
    gap: Duration,
    lateness: Histogram<u64>,
    wakes: u32,
}

impl Pacer {
    fn start(per_second: u32) -> Self {
        gauge::pin(CORE);
        gauge::sharpen_timers();
        let lateness = new_histogram();
        Pacer { clock: Clock::system(), gap: Duration::from_secs(1) / per_second, lateness, wakes: 0 }
    }

    fn stop_after(mut self, length: Duration) -> Histogram<u64> {
        while self.clock.now() < self.clock.start() + length {
            self.wake();
        }
        self.lateness
    }

    fn stop_when(mut self, over: &AtomicBool) -> Histogram<u64> {
        while !over.load(Ordering::Relaxed) {
            self.wake();
        }
        self.lateness
    }

    fn wake(&mut self) {
        self.wakes += 1;
        let due = self.clock.start() + self.gap * self.wakes;
        let wait = due.saturating_duration_since(self.clock.now());
        if !wait.is_zero() {
            std::thread::sleep(wait);
        }
        let late = self.clock.now().saturating_duration_since(due);
        self.lateness.saturating_record(u64::try_from(late.as_micros()).unwrap_or(u64::MAX).max(1));
    }
}
