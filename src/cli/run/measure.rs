//! From a checked job to what was measured.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::job::Job;
use super::parties::Parties;
use super::relying_parties::{Prepared, prepare};
use super::run_record::{Known, before};
use super::silence::Silence;
use super::watching::Watching;
use crate::checkpoint::Log;
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::results::target_seen;
use crate::cli::secrets::random_number;
use crate::cli::system_under_test::MemoryWatch;
use crate::clock::Clock;
use crate::decision_channel::Traces;
use crate::load::{self, LoadResult, LoadSetting, Logging, Measurement};
use crate::target::TargetFacts;

/// What a run gave, with everything that its record needs beside.
pub struct Measured {
    /// The run's random number.
    pub run: u64,
    /// What the load engine measured.
    pub result: LoadResult,
    /// What the target said of itself.
    pub facts: Arc<TargetFacts>,
    /// Whether the target is the embedded OP.
    pub reference: bool,
    /// Counters of our own authentication service.
    pub decisions: BTreeMap<String, u64>,
    /// How far the wall clock moved against the monotonic one, in seconds.
    pub wall_drift_s: f64,
}

/// The log that a run keeps of itself, and what its record will hold whatever is measured.
pub struct Kept {
    /// The log, which is empty.
    pub log: Log,
    /// For its first frame.
    pub known: Known,
}

/// Runs the job. A signal before the load begins is a failure, later it ends the load in order.
pub async fn measure(
    job: &Job,
    kept: Kept,
    goose_report: Option<PathBuf>,
    clock: Clock,
    interrupt: &Interrupt,
    watching: Watching,
) -> Result<Measured, Failure> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let measurement = Measurement::new(cores, clock);
    let traces = Arc::new(Traces::new(job.marker(), measurement.clone()));
    let parties = Parties::start(job, clock, traces.clone(), measurement.clone())?;
    parties.beside_instruments(measurement.instruments_heartbeat());
    if let Some(page) = parties.page(job) {
        watching.output.note(&format!("a person decides at {page}; whatever is not decided there expires"));
    }
    let run = random_number();
    let measured = async {
        let Prepared { facts, parties: relying_parties } =
            interrupt.or(prepare(job, &parties, run, clock)).await?;
        let target = target_seen(&facts, parties.reference, job.faults);
        let record = before(job, kept.known, run, target);
        let setting = LoadSetting {
            profile: job.profile.clone(),
            issuer: facts.issuer.clone(),
            parties: relying_parties,
            names: job.profile.users.names.clone(),
            traces,
            receiver: parties.receiver(),
            judges_decisions: parties.judges_decisions(),
            announcer: parties.announcer(),
            logging: Some(Logging { log: kept.log, record }),
            goose_report,
        };
        let memory = job.sut_memory.as_deref();
        let memory = memory.map(|command| {
            MemoryWatch::begin(command, job.profile.workload.length(), measurement.clone(), clock)
        });
        let memory = memory.transpose()?;
        let result = load(measurement, setting, interrupt, watching).await;
        if let Some(memory) = memory {
            memory.end();
        }
        Ok((facts, result?))
    };
    let measured = measured.await;
    parties.close().await;
    let (facts, result) = measured?;
    Ok(Measured {
        run,
        result,
        facts,
        reference: parties.reference,
        decisions: parties.decisions(),
        wall_drift_s: clock.wall_drift(),
    })
}

/// Carries a load that is ready to be set going; a signal ends it in order.
pub async fn load(
    measurement: Arc<Measurement>,
    setting: LoadSetting,
    interrupt: &Interrupt,
    watching: Watching,
) -> Result<LoadResult, Failure> {
    let _silence = Silence::begin().map_err(Failure::internal)?;
    let watched = watching.begin(&measurement)?;
    let stop = measurement.stop_handle();
    let interrupt = interrupt.clone();
    let leaving = tokio::spawn(async move {
        interrupt.wait().await;
        stop.leave();
    });
    let result = load::run(measurement, setting).await;
    leaving.abort();
    watched.end().await;
    result.map_err(Failure::internal)
}
