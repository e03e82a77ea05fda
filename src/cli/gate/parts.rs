//! The parts of a gate, one after the other.

use std::path::PathBuf;

use super::job::GateJob;
use crate::analysis::{Standing, suite_summary};
use crate::cli::check_names::counted;
use crate::cli::conformance::{self, SuiteRun};
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::Output;
use crate::cli::run::{self, Kept, Known, Measured};
use crate::clock::Clock;
use crate::record::{ConformanceRecord, Ended, SuiteRecord};

/// What the parts gave: at least one of them something.
pub struct Parts {
    /// The checks, where the gate has any.
    pub suite: Option<SuiteRun>,
    /// The load.
    pub load: LoadPart,
}

/// What became of the load.
pub enum LoadPart {
    /// The gate has none.
    NotAsked,
    /// It ran.
    Ran(Box<Measured>),
    /// It did not run, though it was to.
    LeftOut {
        /// How the gate ended for that.
        ended: Ended,
        /// Why, as a caveat says it.
        reason: String,
    },
}

/// Runs the checks, then the load. A failure before anything was learned is one; later it becomes a part of the record.
pub fn carry_out(
    job: &GateJob,
    kept: Kept,
    goose_report: Option<PathBuf>,
    clock: Clock,
    interrupt: &Interrupt,
    output: Output,
) -> Result<Parts, Failure> {
    let Some(suite_job) = &job.suite else {
        let load = match &job.load {
            Some(load) => LoadPart::Ran(Box::new(run::start(
                load,
                kept,
                goose_report,
                clock,
                interrupt,
                output.into(),
            )?)),
            None => LoadPart::NotAsked,
        };
        return Ok(Parts { suite: None, load });
    };
    check_before(job, clock, interrupt)?;
    output.note(&format!("{}, {} at a time", counted(suite_job.entries.len()), suite_job.jobs));
    let suite = conformance::start(suite_job, clock, interrupt, output)?;
    let load = match &job.load {
        None => LoadPart::NotAsked,
        Some(_) if suite.ended != Ended::Completed => LoadPart::LeftOut {
            ended: suite.ended.clone(),
            reason: "it was interrupted during the checks, and the load did not run".to_owned(),
        },
        Some(_) if job.stop_on_violation && fails(&suite.suite) => LoadPart::LeftOut {
            ended: Ended::Completed,
            reason: "a check failed, and the load did not run (stop_on_violation)".to_owned(),
        },
        Some(load) => {
            output.note(&format!("the checks are over; load: {}", load.profile.name));
            let seen = ConformanceRecord { suite: Some(suite.suite.clone()), ..ConformanceRecord::default() };
            let known = Known { conformance: Some(seen), ..kept.known };
            match run::start(load, Kept { known, ..kept }, goose_report, clock, interrupt, output.into()) {
                Ok(measured) => LoadPart::Ran(Box::new(measured)),
                Err(failure) => {
                    output.failure(&failure);
                    left_out(&failure)
                }
            }
        }
    };
    Ok(Parts { suite: Some(suite), load })
}

/// What would otherwise show only after the checks: that the server does not offer what the load needs.
fn check_before(job: &GateJob, clock: Clock, interrupt: &Interrupt) -> Result<(), Failure> {
    let (Some(load), Some(target)) = (&job.load, &job.target) else { return Ok(()) };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::internal)?;
    runtime.block_on(interrupt.or(run::check_target(load, &target.file.issuer, clock)))
}

/// Whether a check fails that fails the run.
fn fails(suite: &SuiteRecord) -> bool {
    let summary = suite_summary(suite);
    summary.checks.iter().any(|judged| matches!(judged.standing, Standing::Held | Standing::Expired(_)))
}

/// A load that could not begin, after checks that did.
fn left_out(failure: &Failure) -> LoadPart {
    let reason = format!("the load could not begin: {}", failure.lines().join("; "));
    LoadPart::LeftOut { ended: failure.ended(reason.clone()), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_that_could_not_begin_says_how_the_gate_ended() {
        let ended = |failure: Failure| match left_out(&failure) {
            LoadPart::LeftOut { ended, reason } => (ended, reason),
            LoadPart::NotAsked | LoadPart::Ran(_) => panic!("it did not run"),
        };
        let (lost, reason) = ended(Failure::target("no connection"));
        assert_eq!((lost, reason.as_str()), (Ended::TargetLost, "the load could not begin: no connection"));
        assert_eq!(ended(Failure::interrupted()).0, Ended::Interrupted);
        for failure in [Failure::internal("x"), Failure::usage("x")] {
            assert!(matches!(ended(failure).0, Ended::Failed { .. }));
        }
    }
}
