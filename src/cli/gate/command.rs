use super::Arguments;
use super::gate_record::{command, gate_record};
use super::github::GitHub;
use super::job::{GateJob, text};
use super::parts::carry_out;
use super::summary::summary;
use crate::analysis::{Exit, verdict};
use crate::cli::choices::{GOOSE, suite_formats};
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::results::{GOOSE_FILE, Told, open_folder, tell};
use crate::cli::run::{Job, Kept, Known};
use crate::cli::{descriptors, log_lines};
use crate::clock::Clock;

/// Runs a gate.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let output = arguments.output;
    if arguments.show {
        output.result(text(&arguments.gate)?.as_bytes())?;
        return Ok(Exit::Done);
    }
    let job = GateJob::read(arguments)?;
    let descriptors = descriptors::ensure(job.descriptors())?;
    job.load.as_ref().map_or(Ok(()), Job::check_ports)?;
    let interrupt = Interrupt::install()?;
    log_lines::install();
    let clock = Clock::system();
    let formats = if arguments.format.is_empty() { suite_formats() } else { arguments.format.clone() };
    let mut folder = open_folder(arguments.out.as_deref(), &job.name, &formats, true, clock)?;
    let goose_report = formats.iter().any(|name| name == GOOSE).then(|| folder.path().join(GOOSE_FILE));
    output.note(&format!(
        "gate {} against {}; results in {}",
        job.name,
        job.target_name(),
        folder.path().display()
    ));
    let known =
        Known { name: job.name.clone(), command: command(&job, arguments), descriptors, conformance: None };
    let kept = Kept { log: folder.log()?, known };
    let parts = carry_out(&job, kept, goose_report, clock, &interrupt, output)?;
    let record = gate_record(&job, arguments, parts, descriptors, clock.wall_drift())?;
    let told = Told { record: &record, formats: &formats, manifest: true };
    let github = GitHub::here();
    let exit = github.quoting(output, || {
        tell(&told, &mut folder, output, |verdict, path| output.json(&summary(&record, verdict, path)?))
    });
    github.tell(&record, &verdict(&record), output);
    Ok(exit)
}
