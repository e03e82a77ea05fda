use std::sync::Arc;

use super::arguments::Arguments;
use super::job::JudgeJob;
use super::load::load;
use super::parties::JudgeParties;
use super::plan::JudgePlan;
use super::run_record::{Judged, run_record};
use crate::analysis::Exit;
use crate::auth_service_suite;
use crate::cli::check_names::counted;
use crate::cli::choices::suite_formats;
use crate::cli::conformance::{Progress, Summary};
use crate::cli::descriptors::{self, Beside};
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::log_lines;
use crate::cli::output::Output;
use crate::cli::results::{Told, open_folder, tell};
use crate::cli::secrets::random_number;
use crate::clock::Clock;
use crate::record::{AUTH_SERVICE_STANDARD, CheckRecord, Ended, RunRecord};
use crate::world::OP_CONNECTIONS_MAX;

/// What can be judged that is no OP.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Hold an authentication service against what OPs expect of it: /user/verify, /authentication/start, decisions
    AuthService(Box<Arguments>),
}

/// Judges it, or says what that would do.
pub fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::AuthService(arguments) => auth_service(arguments),
    }
}

fn auth_service(arguments: &Arguments) -> Result<Exit, Failure> {
    let output = arguments.output;
    let job = JudgeJob::read(arguments)?;
    if arguments.dry_run {
        let plan = JudgePlan::of(&job, [arguments.password.is_some(), arguments.client_secret.is_some()]);
        output.result(plan.text().as_bytes())?;
        output.json(&plan)?;
        return Ok(Exit::Done);
    }
    let descriptors =
        descriptors::ensure(descriptors::needed_by_suite(OP_CONNECTIONS_MAX, Beside::EmbeddedOp))?;
    let interrupt = Interrupt::install()?;
    log_lines::install();
    let clock = Clock::system();
    let formats = if arguments.format.is_empty() { suite_formats() } else { arguments.format.clone() };
    let mut folder = open_folder(arguments.out.as_deref(), AUTH_SERVICE_STANDARD, &formats, true, clock)?;
    output.note(&format!(
        "{} of {}, one at a time; results in {}",
        counted(job.entries.len()),
        job.target_name(),
        folder.path().display()
    ));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("checks")
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    let record = runtime.block_on(judge(&job, arguments, clock, descriptors, &interrupt, output))?;
    let told = Told { record: &record, formats: &formats, manifest: true };
    Ok(tell(&told, &mut folder, output, |verdict, path| output.json(&Summary::of(&record, verdict, path))))
}

/// A signal before the first check is a failure; later it ends the checks, and what was learned until then is given.
async fn judge(
    job: &JudgeJob,
    arguments: &Arguments,
    clock: Clock,
    descriptors: u64,
    interrupt: &Interrupt,
    output: Output,
) -> Result<RunRecord, Failure> {
    let parties = JudgeParties::start(job, clock).await?;
    let judged = async {
        interrupt.or(parties.knock()).await?;
        let begun = clock.wall(clock.now());
        let progress = Progress::begin(job.entries.len(), output);
        let tell = |check: &CheckRecord| progress.tell(check);
        let bench = Arc::clone(&parties.bench);
        let ran = auth_service_suite::run(bench, &job.entries, interrupt.raised(), &tell).await;
        drop(progress);
        let interrupted = *interrupt.raised().borrow();
        let load = match &job.load {
            Some((profile, _)) if !interrupted => {
                output.note("the checks are over; now the load");
                Some(load(&parties, (profile, &job.users), clock, interrupt, output).await?)
            }
            Some(_) | None => None,
        };
        let ended = if interrupted { Ended::Interrupted } else { Ended::Completed };
        Ok(Judged { run: random_number(), begun, ended, ran, load, wall_drift_s: clock.wall_drift() })
    };
    let judged = judged.await;
    let record = judged.map(|judged| run_record(job, arguments, &parties, judged, descriptors));
    parties.close().await;
    record
}
