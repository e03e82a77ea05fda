use std::path::{Path, PathBuf};

use super::example::Example;
use super::init::{Arguments, init};
use crate::analysis::Exit;
use crate::cli::columns::columns;
use crate::cli::conformance::check_deviations;
use crate::cli::failure::Failure;
use crate::cli::input;
use crate::cli::next_steps::{self, NextStep};
use crate::cli::output::Output;
use crate::target::file::{AuthenticationService, TargetFile, USERS_BY_DEFAULT};

/// Commands about target files.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write a target file for a server, and say what to configure there
    ///
    /// Sends one request: GET ISSUER/.well-known/openid-configuration. On a terminal it asks for what the metadata do not
    /// tell; each flag below answers a question beforehand. Secrets are named, never typed: env:NAME or file:PATH.
    Init(Box<Arguments>),
    /// Check a target file and its secrets, and say everything that is wrong with them; sends nothing
    ///
    /// Relative `file:` paths are taken from the target file's folder.
    Check {
        /// Target file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Print a target file for a known server, as a first version of your own: target show keycloak > mine.toml
    Show {
        /// Which one; `embedded` explains every key
        #[arg(value_name = "NAME")]
        name: Example,
    },
}

/// Does it.
pub fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Init(arguments) => init(arguments),
        Command::Check { file } => check(file),
        Command::Show { name } => {
            Output::default().result(name.text().as_bytes())?;
            Ok(Exit::Done)
        }
    }
}

fn check(path: &Path) -> Result<Exit, Failure> {
    let chosen = input::target(path)?;
    check_deviations(&chosen)?;
    let target = chosen.file;
    let text = format!("{}: in order, secrets included\n{}", path.display(), columns("  ", &facts(&target)));
    let output = Output::default();
    output.result(text.as_bytes())?;
    let file = path.display().to_string();
    let why = "whether the server can be used with it, and what to change where";
    next_steps::tell(&[NextStep::command(&["doctor", "--target", &file], why)], output);
    Ok(Exit::Done)
}

/// What the file says, without secrets.
fn facts(target: &TargetFile) -> Vec<[String; 2]> {
    let clients: Vec<String> = target
        .clients
        .named()
        .into_iter()
        .filter_map(|(name, client)| Some(format!("{name} ({})", client?.client_id)))
        .collect();
    let decisions = match &target.authentication_service {
        AuthenticationService::Embedded(service) => {
            format!("by the mock authentication service, listening at {}", service.listen)
        }
        AuthenticationService::Keycloak(service) => {
            format!("by the mock authentication service, Keycloak's channel at {}", service.listen)
        }
        AuthenticationService::ApprovalUrl(_) => {
            "by the mock authentication service, which calls a URL".to_owned()
        }
        AuthenticationService::None => "by somebody else".to_owned(),
    };
    let decisions = if target.manual { format!("by a person, {decisions}") } else { decisions };
    let load = if target.issuer.is_loopback() {
        "allowed: the target is on loopback".to_owned()
    } else {
        match (target.load.allow_load, target.load.max_rate) {
            (true, Some(rate)) => {
                format!("allowed up to {rate} flows/s for {}", target.load.allowed_users.join(", "))
            }
            (true, None) => "not allowed yet: load.max_rate is missing".to_owned(),
            (false, _) => "not allowed yet: load.allow_load is not true".to_owned(),
        }
    };
    let notifications = format!("{}{}", target.notification.listen, target.notification.path);
    [
        ("issuer", target.issuer.to_string()),
        ("clients", clients.join(", ")),
        ("decisions", decisions),
        ("notifications", format!("received at {notifications}")),
        ("load", load),
        ("conformance", conformance(target)),
    ]
    .map(|(name, value)| [name.to_owned(), value])
    .into()
}

/// Whether the conformance suite can be run, and with whom.
fn conformance(target: &TargetFile) -> String {
    let users = match target.conformance_users(USERS_BY_DEFAULT) {
        Ok(users) if target.conformance.users.is_empty() => {
            format!("{} users whose names are made up", users.len())
        }
        Ok(users) => format!("users {}", users.join(", ")),
        Err(refused) => return format!("not possible yet: {refused}"),
    };
    match target.known_deviations.len() {
        0 => users,
        1 => format!("{users}; 1 known deviation"),
        n => format!("{users}; {n} known deviations"),
    }
}
