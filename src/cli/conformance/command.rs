use super::Arguments;
use super::job::SuiteJob;
use super::parties::connections_max;
use super::plan::SuitePlan;
use super::run_record::{command, run_record};
use super::suite::{SuiteRun, carry_out};
use super::summary::Summary;
use crate::analysis::Exit;
use crate::cli::check_names::counted;
use crate::cli::choices::suite_formats;
use crate::cli::descriptors::{self, Beside};
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::log_lines;
use crate::cli::output::Output;
use crate::cli::results::{Told, open_folder, tell};
use crate::clock::Clock;

/// The end of the name of a run's folder.
const NAME: &str = "conformance";

/// Runs the suite, or says what that would do.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let output = arguments.output;
    let job = SuiteJob::read(arguments)?;
    if arguments.dry_run {
        let plan = SuitePlan::of(&job);
        output.result(plan.text().as_bytes())?;
        output.json(&plan)?;
        return Ok(Exit::Done);
    }
    let descriptors = descriptors::ensure(descriptors(&job))?;
    let interrupt = Interrupt::install()?;
    log_lines::install();
    let clock = Clock::system();
    let formats = if arguments.format.is_empty() { suite_formats() } else { arguments.format.clone() };
    let mut folder = open_folder(arguments.out.as_deref(), NAME, &formats, true, clock)?;
    output.note(&format!(
        "{} against {}, {} at a time; results in {}",
        counted(job.entries.len()),
        job.target_name(),
        job.jobs,
        folder.path().display()
    ));
    let run = start(&job, clock, &interrupt, output)?;
    let record = run_record(&job, command(&job, arguments), run, descriptors);
    let told = Told { record: &record, formats: &formats, manifest: true };
    Ok(tell(&told, &mut folder, output, |verdict, path| output.json(&Summary::of(&record, verdict, path))))
}

/// Descriptors that a job needs at most.
pub fn descriptors(job: &SuiteJob) -> u64 {
    let beside = if job.target.is_some() { Beside::Instruments } else { Beside::EmbeddedOp };
    descriptors::needed_by_suite(connections_max(job.jobs), beside)
}

/// Runs the checks of a job on threads of their own.
pub fn start(
    job: &SuiteJob,
    clock: Clock,
    interrupt: &Interrupt,
    output: Output,
) -> Result<SuiteRun, Failure> {
    if job.guesses_users() {
        output.note(
            "users whose names are made up are asked, and the target has to know them; [conformance] users in the target \
             file names others",
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("checks")
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    runtime.block_on(carry_out(job, clock, interrupt, output))
}
