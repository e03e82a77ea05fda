//! From a checked job to what the suite found.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use super::job::SuiteJob;
use super::parties::SuiteParties;
use super::progress::Progress;
use super::suite_record::suite_record;
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::Output;
use crate::cli::results::{target_seen, today};
use crate::cli::secrets::random_number;
use crate::clock::Clock;
use crate::conformance::{Ran, RunOptions, asks_for_policy, run, run_and_probe};
use crate::record::{CheckRecord, Ended, SuiteRecord, TargetSeen};

/// What a suite found, with everything that a record needs beside.
pub struct SuiteRun {
    /// The run's random number.
    pub run: u64,
    /// When the first check began, as time since the Unix epoch.
    pub begun: Duration,
    /// How it ended.
    pub ended: Ended,
    /// The target, as it was seen.
    pub target: TargetSeen,
    /// The suite.
    pub suite: SuiteRecord,
    /// How far the wall clock moved against the monotonic one, in seconds.
    pub wall_drift_s: f64,
}

/// Runs the checks of a job. A signal before the first check is a failure; later it ends the checks under way, and what
/// was learned until then is given.
pub async fn carry_out(
    job: &SuiteJob,
    clock: Clock,
    interrupt: &Interrupt,
    output: Output,
) -> Result<SuiteRun, Failure> {
    let number = random_number();
    let (parties, approach) = SuiteParties::start(job, number, clock, output)?;
    let ran = async {
        let discovering = async { approach.discover(&parties.issuer).await.map_err(Failure::target) };
        let surface = Arc::new(interrupt.or(discovering).await?);
        let begun = clock.wall(clock.now());
        let options = RunOptions {
            jobs: job.jobs,
            order_seed: job.order_seed,
            budget: job.budget,
            stop: interrupt.raised(),
        };
        let progress = Progress::begin(job.entries.len(), output);
        let tell = |check: &CheckRecord| progress.tell(check);
        let ran = match asks_for_policy(&job.entries) {
            true => run_and_probe(surface.clone(), &job.entries, &options, &tell).await,
            false => run(surface.clone(), &job.entries, &options, &tell).await,
        };
        drop(progress);
        Ok((surface, begun, ran))
    };
    let ran = ran.await;
    parties.close().await;
    let (surface, begun, ran): (_, _, Ran) = ran?;
    let interrupted = *interrupt.raised().borrow();
    let day: Date = today(begun);
    Ok(SuiteRun {
        run: number,
        begun,
        ended: if interrupted { Ended::Interrupted } else { Ended::Completed },
        target: target_seen(&surface.facts, parties.reference, job.faults),
        suite: suite_record(job, ran, day),
        wall_drift_s: clock.wall_drift(),
    })
}
