//! `ciba-bench profile`: load profiles as files.

use super::failure::Failure;
use super::input;
use super::output::Output;
use crate::analysis::Exit;
use crate::profile::Profile;
use crate::profile::document::nearest;

/// Commands about profiles.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Check a profile and say everything that is wrong with it; starts nothing
    Check {
        /// TOML file, or the name of a built-in profile
        #[arg(value_name = "FILE")]
        file: String,
    },
    /// Print a built-in profile, as a first version of your own: profile show smoke > mine.toml
    Show {
        /// Name of a built-in profile; `annotated` explains every key
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Does it.
pub fn run(command: &Command) -> Result<Exit, Failure> {
    let output = Output::default();
    match command {
        Command::Check { file } => {
            let profile = input::profile(file)?.profile;
            let length = mock_auth_service::duration::format(profile.workload.length());
            let stages = profile.workload.stages().len();
            let text = format!(
                "{file}: in order; {stages} stages, {length}, {} thresholds\n",
                profile.thresholds.len()
            );
            output.result(text.as_bytes())?;
        }
        Command::Show { name } => {
            let text = Profile::builtin_text(name).ok_or_else(|| Failure::usage(unknown(name)))?;
            output.result(text.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}

fn unknown(name: &str) -> String {
    let names = Profile::builtin_names();
    let hint = nearest(name, &names).map_or_else(String::new, |meant| format!("; did you mean {meant:?}?"));
    format!("NAME {name:?}: no built-in profile has this name, expected one of {}{hint}", names.join(", "))
}
