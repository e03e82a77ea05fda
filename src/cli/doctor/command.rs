use std::sync::{Arc, Mutex, PoisonError};

use reference_op::FaultSet;

use super::Arguments;
use super::machine;
use super::parties::{Running, not_ours};
use super::report::{Document, lines, verdict};
use crate::analysis::Exit;
use crate::cli::failure::Failure;
use crate::cli::input::{self, ChosenTarget};
use crate::cli::interrupt::Interrupt;
use crate::cli::log_lines;
use crate::cli::next_steps::{self, NextStep};
use crate::cli::output::Output;
use crate::cli::run::Job;
use crate::cli::secrets::random_number;
use crate::clock::Clock;
use crate::doctor::{Diagnosis, Finding, Practice, Teller, Waiting, examine};
use crate::transport::{Http, HttpSettings};

/// Connections to the server and to ourselves; a handful of requests is under way at a time.
const CONNECTIONS_MAX: usize = 16;
/// Why nothing listens that the server would call.
const NO_FLOWS: &str = "no flow was to be run, so it does not listen";

/// Examines the target, the machine, or both. Findings are shown as they are made.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let output = arguments.output;
    let profile = arguments.profile.as_deref().map(input::profile).transpose();
    let (target, profile) =
        Failure::both(arguments.target.as_deref().map(input::target).transpose(), profile)?;
    let user = target.as_ref().map(|target| user(arguments, target)).transpose()?.flatten();
    let job = profile.map(|profile| Job::of(profile, target.clone(), FaultSet::NONE, None)).transpose()?;
    let interrupt = Interrupt::install()?;
    log_lines::install();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("doctor")
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    let examined = target.map(|target| runtime.block_on(carry_out(&target, user, &interrupt, output)));
    let examined = examined.transpose()?;
    let interrupted = examined.as_ref().is_some_and(|examined| examined.exit == Exit::Interrupted);
    let measured = match job {
        Some(job) if !interrupted => Some(machine::examine(&job, output)?),
        Some(_) | None => None,
    };
    let exits = [examined.as_ref().map(|of| of.exit), measured.as_ref().map(|of| of.exit)];
    let exit = exits.into_iter().flatten().find(|exit| *exit != Exit::Done).unwrap_or(Exit::Done);
    output.json(&Document::of(examined.as_ref(), measured.as_ref(), exit))?;
    if exit == Exit::Done {
        next_steps::tell(&after(arguments), output);
    }
    Ok(exit)
}

/// What follows where nothing stands against it.
fn after(arguments: &Arguments) -> Vec<NextStep> {
    let target = arguments.target.as_ref().map(|path| path.display().to_string());
    let profile = arguments.profile.as_deref();
    let mut load = vec!["run", profile.unwrap_or("smoke")];
    load.extend(target.iter().flat_map(|target| ["--target", target.as_str()]));
    let load = NextStep::command(&load, "load, with its figures and thresholds");
    let checks = target.as_ref().map(|target| {
        NextStep::command(&["conformance", "--target", target], "what it does otherwise than the standard")
    });
    checks.into_iter().chain([load]).collect()
}

/// The user whom flows ask; `None` where none is to be run.
fn user(arguments: &Arguments, target: &ChosenTarget) -> Result<Option<String>, Failure> {
    if arguments.no_flows {
        return Ok(None);
    }
    let user = target.file.user_of_one_flow(arguments.user.as_deref());
    user.map(Some).map_err(|refused| {
        Failure::usage(format!("{}: {refused}; --no-flows asks nobody", target.path.display()))
    })
}

/// A target that was examined.
pub struct Examined {
    /// With what.
    pub practice: Practice,
    /// What was found.
    pub diagnosis: Diagnosis,
    /// What it comes to.
    pub exit: Exit,
}

async fn carry_out(
    target: &ChosenTarget,
    user: Option<String>,
    interrupt: &Interrupt,
    output: Output,
) -> Result<Examined, Failure> {
    let clock = Clock::system();
    let mut running = Running::default();
    let practice = practice(target, user, &mut running, clock)?;
    output.result(title(&practice).as_bytes())?;
    let found = Found { output, findings: Mutex::default(), failed: Mutex::default() };
    let teller =
        Teller { found: &|finding| found.tell(finding), waits: &|waiting| output.note(&prompt(waiting)) };
    let diagnosis = tokio::select! {
        biased;
        () = interrupt.wait() => None,
        diagnosis = examine(&practice, &teller) => Some(diagnosis),
    };
    running.close().await;
    let exit = match &diagnosis {
        None => Exit::Interrupted,
        Some(diagnosis) if diagnosis.is_usable() => Exit::Done,
        Some(_) => Exit::Target,
    };
    let Found { findings, failed, .. } = found;
    if let Some(failure) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(failure);
    }
    let early = findings.into_inner().unwrap_or_else(PoisonError::into_inner);
    let diagnosis = diagnosis.unwrap_or_else(|| Diagnosis::of(early, "interrupted"));
    output.result(verdict(&diagnosis, exit).as_bytes())?;
    Ok(Examined { practice, diagnosis, exit })
}

/// The target with everything that examining it takes; what the server calls is running then.
fn practice(
    target: &ChosenTarget,
    user: Option<String>,
    running: &mut Running,
    clock: Clock,
) -> Result<Practice, Failure> {
    let http =
        Http::over_tls(HttpSettings { connections_max: CONNECTIONS_MAX }, target.file.server_tls(), clock)
            .map_err(Failure::internal)?;
    let (service, endpoint) = match user {
        Some(_) => (running.service(&target.file, clock)?, running.endpoint(&target.file, clock)?),
        None => (not_ours(NO_FLOWS), not_ours(NO_FLOWS)),
    };
    Ok(Practice {
        transport: Arc::new(http),
        clock,
        target: target.file.clone(),
        file: target.path.display().to_string(),
        user,
        service,
        endpoint,
        run: random_number(),
    })
}

fn title(practice: &Practice) -> String {
    let asked = practice.user.as_deref().map_or_else(|| "no flows".to_owned(), |user| format!("user {user}"));
    format!("ciba-bench doctor  {}, {asked}\n\n", practice.target.issuer)
}

fn prompt(waiting: &Waiting<'_>) -> String {
    let Waiting { user, page, within } = waiting;
    let seconds = within.as_secs();
    match page {
        Some(page) => format!(
            "a person decides: allow the request of {user} at {page}; waiting for at most {seconds} s"
        ),
        None => format!(
            "the authentication service is somebody else's: let {user} approve the request now; waiting for at most {seconds} s"
        ),
    }
}

/// What was found so far.
struct Found {
    output: Output,
    findings: Mutex<Vec<Finding>>,
    /// Standard output could not be written.
    failed: Mutex<Option<Failure>>,
}

impl Found {
    fn tell(&self, finding: &Finding) {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).push(finding.clone());
        if let Err(failure) = self.output.result(lines(finding).as_bytes()) {
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        }
    }
}
