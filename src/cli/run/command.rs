use std::path::PathBuf;

use super::files::{self, GOOSE_FILE};
use super::folder::RunFolder;
use super::job::Job;
use super::measure::{Measured, measure};
use super::plan::RunPlan;
use super::run_record::{folder_time, run_record};
use super::summary::Summary;
use super::{Arguments, arguments};
use crate::analysis::{Exit, verdict};
use crate::cli::choices::GOOSE;
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::Output;
use crate::cli::{descriptors, log_lines};
use crate::clock::Clock;
use crate::record::RunRecord;
use crate::report::format_named;

/// Runs a profile, or says what that would demand.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let output = Output { quiet: arguments.quiet, json: arguments.json };
    let job = Job::read(arguments)?;
    let plan = RunPlan::of(&job.profile, &job.target_name(), job.beside());
    if arguments.dry_run {
        output.result(plan.text().as_bytes())?;
        output.json(&plan)?;
        job.check_permission()?;
        return Ok(Exit::Done);
    }
    job.check_permission()?;
    let descriptors = descriptors::ensure(plan.descriptors)?;
    let interrupt = Interrupt::install()?;
    log_lines::install();
    let clock = Clock::system();
    let mut folder = open_folder(arguments, &job, clock)?;
    let goose_report =
        arguments.format.iter().any(|name| name == GOOSE).then(|| folder.path().join(GOOSE_FILE));
    output.note(&format!(
        "{} against {}; results in {}",
        job.profile.name,
        job.target_name(),
        folder.path().display()
    ));
    let measured = start(&job, goose_report, clock, &interrupt, output)?;
    let record = run_record(&job, arguments, measured, descriptors);
    tell_results(&record, arguments, &mut folder, output)
}

fn open_folder(arguments: &Arguments, job: &Job, clock: Clock) -> Result<RunFolder, Failure> {
    let path = arguments
        .out
        .clone()
        .unwrap_or_else(|| RunFolder::default_path(&folder_time(clock.wall(clock.now())), &job.profile.name));
    RunFolder::create(&path, &files::names(&arguments.format))
}

/// The load has the threads of this runtime to itself.
fn start(
    job: &Job,
    goose_report: Option<PathBuf>,
    clock: Clock,
    interrupt: &Interrupt,
    output: Output,
) -> Result<Measured, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("generator")
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    runtime.block_on(measure(job, goose_report, clock, interrupt, output))
}

/// Files first, so that nothing is lost; then the report, then the exit code.
fn tell_results(
    record: &RunRecord,
    arguments: &Arguments,
    folder: &mut RunFolder,
    output: Output,
) -> Result<Exit, Failure> {
    let mut failures = Vec::new();
    failures.extend(files::write_record(folder, record).err());
    failures.extend(files::write_reports(folder, &arguments.format, record));
    let verdict = verdict(record);
    let path = folder.path().display().to_string();
    let shown = match format_named(arguments::SHOWN) {
        Some(format) => (format.render)(record, &output.style(Some(path.clone()))).map_err(Failure::internal),
        None => Ok(Vec::new()),
    };
    failures.extend(shown.and_then(|text| output.result(&text)).err());
    failures.extend(output.json(&Summary::of(record, &verdict, &path)).err());
    for failure in &failures {
        output.failure(failure);
    }
    // A report that is missing must not look like success; everything else outweighs it.
    let incomplete = !failures.is_empty() && verdict.exit == Exit::Done;
    Ok(if incomplete { Exit::Internal } else { verdict.exit })
}
