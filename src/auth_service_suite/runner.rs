use super::{Bench, Check, Scene, Section};
use crate::conformance::Stop;
use crate::record::{CheckRecord, LeftOut, StepRecord, Verdict};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// What came of the checks.
#[derive(Debug)]
pub struct Ran {
    /// The checks that ran, in the order in which they were given.
    pub checks: Vec<CheckRecord>,
    /// Those that were not begun, or not finished.
    pub left_out: Vec<LeftOut>,
    /// How long it took.
    pub took: Duration,
}

/// Runs checks one after the other. `tell` hears of each as it ends; `stop` becomes true when the run is to be left.
pub async fn run(
    bench: Arc<Bench>,
    entries: &[(&Section, &Check)],
    stop: watch::Receiver<bool>,
    tell: &(dyn Fn(&CheckRecord) + Sync),
) -> Ran {
    let started = bench.clock.now();
    let (mut checks, mut left_out) = (Vec::new(), Vec::new());
    for (section, check) in entries {
        let stopped = async {
            // A sender that is gone will never say so.
            if stop.clone().wait_for(|stop| *stop).await.is_err() {
                std::future::pending().await
            }
        };
        tokio::select! {
            biased;
            () = stopped => {
                left_out.push(LeftOut { check: check.id.to_owned(), reason: "the run was interrupted".to_owned() });
            }
            record = carry_out(&bench, section, check, started) => {
                tell(&record);
                checks.push(record);
            }
        }
    }
    Ran { checks, left_out, took: bench.clock.now().saturating_duration_since(started) }
}

async fn carry_out(
    bench: &Arc<Bench>,
    section: &Section,
    check: &Check,
    suite_started: Instant,
) -> CheckRecord {
    let mut scene = Scene::new(Arc::clone(bench));
    let mut script: Vec<StepRecord> =
        check.script.iter().map(|step| StepRecord { text: step.to_string(), at_ms: None }).collect();
    let mut verdict = play(&mut scene, bench, check, &mut script).await;
    let ended = bench.clock.now();
    let (exchanges, scrubber) = scene.finish();
    for text in verdict.texts_mut() {
        scrubber.scrub(text);
    }
    CheckRecord {
        id: check.id.to_owned(),
        section: section.name.to_owned(),
        title: check.title.to_owned(),
        level: check.level(),
        softer: None,
        covers: check.covers.iter().map(|id| (*id).to_owned()).collect(),
        verdict,
        started_ms: scene.started.saturating_duration_since(suite_started).as_secs_f64() * 1e3,
        took_ms: scene.ms(ended),
        slot: 0,
        script,
        exchanges,
        notes: Vec::new(),
    }
}

/// Goes through the script; each step has its own bound. A panic is this tool's own failure, and only this check's.
async fn play(scene: &mut Scene, bench: &Bench, check: &Check, script: &mut [StepRecord]) -> Verdict {
    for (index, (step, written)) in check.script.iter().zip(script).enumerate() {
        written.at_ms = Some(scene.ms(bench.clock.now()));
        let stop = match AssertUnwindSafe(scene.act(step)).catch_unwind().await {
            Ok(Ok(())) => continue,
            Ok(Err(stop)) => stop,
            Err(_) => Stop::Broken(format!("this tool panicked in step {}: {step}", index + 1)),
        };
        return stop.verdict(index);
    }
    Verdict::Pass
}
