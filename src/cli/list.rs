//! `ciba-bench list`: what there is to choose from.

use clap::ValueEnum;
use reference_op::Fault;

use super::choices::FOLDER_FORMATS;
use super::columns::columns;
use super::exit_codes;
use super::failure::Failure;
use super::output::Output;
use crate::analysis::Exit;
use crate::ciba::{Named as _, Rule};
use crate::profile::Profile;
use crate::report::FORMATS;

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to list
    #[arg(value_name = "WHAT")]
    what: Listed,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Listed {
    /// Built-in load profiles, for `run PROFILE`
    Profiles,
    /// What the embedded OP can do wrong on purpose, for `--fault`
    Faults,
    /// Formats of reports, for `--format`
    Formats,
    /// What every flow is held against while it runs, with clause and level
    Rules,
    /// What each exit code means
    ExitCodes,
}

/// Prints the list.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let text = match arguments.what {
        Listed::Profiles => profiles()?,
        Listed::Faults => {
            let faults: Vec<_> =
                Fault::ALL.iter().map(|fault| [fault.name().to_owned(), fault.about().to_owned()]).collect();
            columns("", &faults)
        }
        Listed::Formats => formats(),
        Listed::Rules => rules(),
        Listed::ExitCodes => exit_codes::table(),
    };
    Output::default().result(text.as_bytes())?;
    Ok(Exit::Done)
}

fn profiles() -> Result<String, Failure> {
    let mut rows = Vec::new();
    for name in Profile::builtin_names() {
        let Some(profile) = Profile::builtin(name) else { continue };
        let profile = profile.map_err(Failure::internal)?;
        let length = mock_auth_service::duration::format(profile.workload.length());
        rows.push([name.to_owned(), length, profile.description]);
    }
    Ok(columns("", &rows))
}

fn formats() -> String {
    let record = FORMATS.iter().map(|format| [format.name.to_owned(), format.about.to_owned()]);
    let folder = FOLDER_FORMATS.iter().map(|(name, about)| [(*name).to_owned(), (*about).to_owned()]);
    columns("", &record.chain(folder).collect::<Vec<_>>())
}

fn rules() -> String {
    let row = |rule: &Rule| {
        let (clause, level) = rule.source();
        [rule.name().to_owned(), level.name().to_owned(), rule.citation(), clause.sentence.to_owned()]
    };
    columns("", &Rule::ALL.iter().map(row).collect::<Vec<_>>())
}
