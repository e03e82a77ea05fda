//! `ciba-bench list`: what there is to choose from.

use std::collections::BTreeMap;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use reference_op::Fault;

use super::check_names::covering;
use super::choices::FOLDER_FORMATS;
use super::columns::columns;
use super::exit_codes;
use super::failure::Failure;
use super::output::Output;
use crate::analysis::Exit;
use crate::auth_service_suite;
use crate::ciba::{Named as _, Rule};
use crate::conformance::{Coverage, Requirement, every_check, requirements};
use crate::profile::Profile;
use crate::report::FORMATS;

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to list; without it, what can be listed
    #[arg(value_name = "WHAT")]
    what: Option<Listed>,
    /// Print the list on standard output as one JSON document: an array of objects
    #[arg(long)]
    json: bool,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Listed {
    /// Checks of the conformance suite: id, level, the fault that proves it, what it claims
    Checks,
    /// Sentences of the standards: id, level, clause, how it is observed, what it asks for
    Requirements,
    /// Built-in load profiles, for `run PROFILE`
    Profiles,
    /// What the embedded OP can do wrong on purpose, for `--fault`
    Faults,
    /// Checks of authentication services, for `judge auth-service`: id, level, the fault that proves it, what it claims
    AuthServiceChecks,
    /// What the mock authentication service can do wrong on purpose, for `judge auth-service --fault`
    AuthServiceFaults,
    /// Formats of reports, for `--format`
    Formats,
    /// What every flow is held against while it runs, with clause and level
    Rules,
    /// What each exit code means
    ExitCodes,
}

/// Prints the list.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let output = Output { quiet: false, json: arguments.json };
    let Some(what) = arguments.what else {
        show(output, ["what", "about"], &listed())?;
        return Ok(Exit::Done);
    };
    match what {
        Listed::Checks => show(output, ["id", "level", "fault", "title"], &checks()),
        Listed::Requirements => {
            show(output, ["id", "level", "clause", "observed", "text"], &requirement_rows())
        }
        Listed::Profiles => show(output, ["name", "length", "about"], &profiles()?),
        Listed::Faults => show(output, ["name", "about"], &faults()),
        Listed::AuthServiceChecks => show(output, ["id", "level", "fault", "title"], &service_checks()),
        Listed::AuthServiceFaults => show(output, ["name", "about"], &service_faults()),
        Listed::Formats => show(output, ["name", "about"], &formats()),
        Listed::Rules => show(output, ["name", "level", "clause", "about"], &rules()),
        Listed::ExitCodes if arguments.json => {
            let rows = Exit::ALL.map(|exit| [exit.code().to_string(), exit.about().to_owned()]);
            show(output, ["code", "about"], &rows)
        }
        Listed::ExitCodes => output.result(exit_codes::table().as_bytes()),
    }?;
    Ok(Exit::Done)
}

/// What can be listed, as the help has it.
fn listed() -> Vec<[String; 2]> {
    let values = Listed::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let about = |value: &PossibleValue| value.get_help().map(ToString::to_string).unwrap_or_default();
    values.map(|value| [value.get_name().to_owned(), about(&value)]).collect()
}

/// Columns for people, or objects with these members.
fn show<const N: usize>(output: Output, names: [&str; N], rows: &[[String; N]]) -> Result<(), Failure> {
    let objects: Vec<BTreeMap<&str, &String>> =
        rows.iter().map(|row| names.into_iter().zip(row).collect()).collect();
    output.json(&objects)?;
    output.result(columns("", rows).as_bytes())
}

fn checks() -> Vec<[String; 4]> {
    every_check()
        .map(|(_, check)| [check.id, check.level().name(), check.fault, check.title].map(str::to_owned))
        .collect()
}

fn requirement_rows() -> Vec<[String; 5]> {
    let row = |requirement: &Requirement| {
        let observed = match &requirement.coverage {
            Coverage::ByChecks => match covering(&requirement.id).count() {
                1 => "by 1 check".to_owned(),
                n => format!("by {n} checks"),
            },
            Coverage::Unobservable { .. } => "not observable".to_owned(),
        };
        let (id, text) = (requirement.id.clone(), requirement.text.clone());
        [id, requirement.level.name().to_owned(), requirement.citation(), observed, text]
    };
    requirements().iter().map(row).collect()
}

fn profiles() -> Result<Vec<[String; 3]>, Failure> {
    let mut rows = Vec::new();
    for name in Profile::builtin_names() {
        let Some(profile) = Profile::builtin(name) else { continue };
        let profile = profile.map_err(Failure::internal)?;
        let length = mock_auth_service::duration::format(profile.workload.length());
        rows.push([name.to_owned(), length, profile.description]);
    }
    Ok(rows)
}

fn faults() -> Vec<[String; 2]> {
    Fault::ALL.iter().map(|fault| [fault.name().to_owned(), fault.about().to_owned()]).collect()
}

fn service_checks() -> Vec<[String; 4]> {
    auth_service_suite::every_check()
        .map(|(_, check)| [check.id, check.level().name(), check.fault, check.title].map(str::to_owned))
        .collect()
}

fn service_faults() -> Vec<[String; 2]> {
    mock_auth_service::Fault::ALL
        .iter()
        .map(|fault| [fault.name().to_owned(), fault.about().to_owned()])
        .collect()
}

fn formats() -> Vec<[String; 2]> {
    let record = FORMATS.iter().map(|format| [format.name.to_owned(), format.about.to_owned()]);
    let folder = FOLDER_FORMATS.iter().map(|(name, about)| [(*name).to_owned(), (*about).to_owned()]);
    record.chain(folder).collect()
}

fn rules() -> Vec<[String; 4]> {
    let row = |rule: &Rule| {
        let (clause, level) = rule.source();
        [rule.name().to_owned(), level.name().to_owned(), rule.citation(), clause.sentence.to_owned()]
    };
    Rule::ALL.iter().map(row).collect()
}
