use super::Arguments;
use super::record::{Around, Summary, command, search_record};
use super::resume::reopen;
use super::search::Carrier;
use crate::analysis::Exit;
use crate::capacity::{Campaign, ConstantRate};
use crate::cli::choices::faults;
use crate::cli::failure::Failure;
use crate::cli::input;
use crate::cli::interrupt::Interrupt;
use crate::cli::results::{Told, open_folder, tell};
use crate::cli::run::Job;
use crate::cli::system_under_test::{check_memory, describe};
use crate::cli::{descriptors, log_lines};
use crate::clock::Clock;

/// Looks for the capacity.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let output = arguments.output;
    if arguments.from > arguments.to {
        return Err(Failure::usage(format!(
            "--from {} is above --to {}; expected a lower rate first",
            arguments.from, arguments.to
        )));
    }
    let job = read(arguments)?;
    let mut campaign =
        Campaign::new(&job.profile, arguments.search(), &job.assumed()).map_err(Failure::usage)?;
    // The most demanding trial that may come.
    let highest = ConstantRate::of(&job.profile, &job.assumed()).map_err(Failure::usage)?;
    let most = job.with_profile(highest.at(arguments.to, arguments.trial.as_secs_f64()));
    if arguments.dry_run {
        let plan = most.plan();
        output.result(
            format!("The most demanding trial, at {} flows/s: {}", arguments.to, plan.text()).as_bytes(),
        )?;
        output.json(&plan)?;
        most.check_permission()?;
        return Ok(Exit::Done);
    }
    most.check_permission()?;
    let descriptors = descriptors::ensure(most.plan().descriptors)?;
    most.check_ports()?;
    let known = arguments.resume.as_deref().map(reopen).transpose()?.flatten();
    let sut = match (&arguments.sut_describe, known) {
        (_, Some(known)) if known.sut.is_some() => known.sut,
        (Some(command), _) => Some(describe(command)?),
        (None, _) => None,
    };
    job.sut_memory.as_deref().map_or(Ok(()), check_memory)?;
    let interrupt = Interrupt::install()?;
    log_lines::install();
    let clock = Clock::system();
    let begun = clock.now();
    let place = arguments.resume.as_deref().or(arguments.out.as_deref());
    let mut folder = open_folder(place, &job.profile.name, &arguments.format, false, clock)?;
    output.note(&format!(
        "capacity by {} against {}, from {} to {} flows/s, {} at most; results in {}",
        job.profile.name,
        job.target_name(),
        arguments.from,
        arguments.to,
        mock_auth_service::duration::format(arguments.within),
        folder.path().display()
    ));
    let command = command(&job, arguments);
    let path = folder.path().to_owned();
    let carrier = Carrier {
        job: &job,
        arguments,
        command: &command,
        descriptors,
        folder: &path,
        output,
        interrupt: &interrupt,
        clock,
    };
    let carried = carrier.search(&mut campaign)?;
    let around = Around {
        command: command.clone(),
        descriptors,
        begun: clock.wall(begun),
        elapsed_s: clock.now().saturating_duration_since(begun).as_secs_f64(),
        wall_drift_s: clock.wall_drift(),
        sut,
    };
    let record = search_record(&job, arguments, &campaign, carried, around);
    let told = Told { record: &record, formats: &arguments.format, manifest: false };
    Ok(tell(&told, &mut folder, output, |verdict, path| output.json(&Summary::of(&record, verdict, path))))
}

/// Reads profile and target file; the problems of both are told at once.
fn read(arguments: &Arguments) -> Result<Job, Failure> {
    let target = arguments.target.as_deref().map(input::target).transpose();
    let (chosen, target) = Failure::both(input::profile(&arguments.profile), target)?;
    let job = Job::of(chosen, target, faults(&arguments.fault), arguments.seed)?;
    Ok(job.asking_for_memory(arguments.sut_memory.clone()))
}
