use std::path::PathBuf;

use super::Arguments;
use super::job::Job;
use super::measure::{Kept, Measured, measure};
use super::run_record::{Known, command, run_record};
use super::summary::Summary;
use super::watching::Watching;
use crate::analysis::Exit;
use crate::cli::choices::GOOSE;
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::results::{GOOSE_FILE, Told, open_folder, tell_results};
use crate::cli::system_under_test::check_memory;
use crate::cli::{descriptors, log_lines, next_steps};
use crate::clock::Clock;
use crate::metrics::{Bound, Shown};

/// Runs a profile, or says what that would demand.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let output = arguments.output;
    let job = Job::read(arguments)?;
    let baseline = job.baseline(arguments)?;
    let plan = job.plan();
    if arguments.dry_run {
        output.result(plan.text().as_bytes())?;
        output.json(&plan)?;
        job.check_permission()?;
        return Ok(Exit::Done);
    }
    job.check_permission()?;
    let metrics = arguments.metrics_listen.map(Bound::bind).transpose().map_err(Failure::usage)?;
    let descriptors = descriptors::ensure(plan.descriptors)?;
    job.check_ports()?;
    job.sut_memory.as_deref().map_or(Ok(()), check_memory)?;
    let interrupt = Interrupt::install()?;
    log_lines::install();
    let clock = Clock::system();
    let mut folder =
        open_folder(arguments.out.as_deref(), &job.profile.name, &arguments.format, false, clock)?;
    baseline.as_ref().map_or(Ok(()), |baseline| baseline.open_files(&mut folder))?;
    let goose_report =
        arguments.format.iter().any(|name| name == GOOSE).then(|| folder.path().join(GOOSE_FILE));
    output.note(&format!(
        "{} against {}; results in {}",
        job.profile.name,
        job.target_name(),
        folder.path().display()
    ));
    if let Some(metrics) = &metrics {
        output.note(&format!("metrics at {} while the load goes on", metrics.url()));
    }
    let shown = Shown { profile: job.profile.name.clone(), target: job.target_name() };
    let watching = Watching { output, tui: arguments.tui, metrics, shown };
    let command = command(&job, arguments);
    let known =
        Known { name: job.profile.name.clone(), command: command.clone(), descriptors, conformance: None };
    let kept = Kept { log: folder.log()?, known };
    let measured = start(&job, kept, goose_report, clock, &interrupt, watching)?;
    let record = run_record(&job, command, measured, descriptors);
    let told = Told { record: &record, formats: &arguments.format, manifest: false };
    let compared = baseline.as_ref().map(|baseline| baseline.compare(&record, folder.path()));
    let comparison = compared.as_ref().and_then(|compared| compared.as_ref().ok());
    let exit = tell_results(&told, &mut folder, output, |verdict, path| {
        output.json(&Summary::of(&record, verdict, path).beside(comparison))
    });
    let exit = match baseline.zip(compared) {
        None => exit,
        Some((baseline, compared)) => {
            let compared = baseline.tell(compared, &mut folder, output);
            let both = Exit::weightiest([exit, compared]);
            output.result(of_both(exit, compared, both).as_bytes())?;
            both
        }
    };
    next_steps::tell(&next_steps::after(&record, exit, folder.path()), output);
    Ok(exit)
}

/// The last word, after two parts that have each said their own.
fn of_both(run: Exit, comparison: Exit, both: Exit) -> String {
    let mark = if both == Exit::Done { "✓" } else { "✗" };
    format!(
        "\n{mark} the run: {}; held against its baseline: {}\n  exit code {}: {}\n",
        run.word(),
        comparison.word(),
        both.code(),
        both.about()
    )
}

/// Runs a job. The load has the threads of its runtime to itself.
pub fn start(
    job: &Job,
    kept: Kept,
    goose_report: Option<PathBuf>,
    clock: Clock,
    interrupt: &Interrupt,
    watching: Watching,
) -> Result<Measured, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("generator")
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    runtime.block_on(measure(job, kept, goose_report, clock, interrupt, watching))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_about_both() {
        for (run, comparison, expected) in [
            (
                Exit::Done,
                Exit::Done,
                "\n✓ the run: passed; held against its baseline: passed\n  exit code 0: ",
            ),
            (
                Exit::Done,
                Exit::Regression,
                "\n✗ the run: passed; held against its baseline: regression\n  exit code 7: ",
            ),
            (
                Exit::Threshold,
                Exit::Regression,
                "\n✗ the run: threshold not met; held against its baseline: regression\n  exit code 5: ",
            ),
        ] {
            let said = of_both(run, comparison, Exit::weightiest([run, comparison]));
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
