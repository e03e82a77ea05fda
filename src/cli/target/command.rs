use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::first::{console, first_file};
use crate::analysis::Exit;
use crate::cli::columns::columns;
use crate::cli::conformance::check_deviations;
use crate::cli::failure::Failure;
use crate::cli::input;
use crate::cli::output::Output;
use crate::clock::Clock;
use crate::target::TargetFacts;
use crate::target::file::{AuthenticationService, Clients, ServerUrl, TargetFile, USERS_BY_DEFAULT};
use crate::transport::{Http, HttpSettings};

/// Commands about target files.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write a first target file from a server's metadata, and say what to configure at the server
    ///
    /// Sends one request: GET ISSUER/.well-known/openid-configuration.
    Init {
        /// The issuer, exactly as the server writes it
        ///
        /// Example: --issuer https://acme.example.com/acme/bank
        #[arg(long, value_name = "URL", value_parser = server_url)]
        issuer: ServerUrl,
        /// File to write, which must not exist yet; default: standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Check a target file and its secrets, and say everything that is wrong with them; sends nothing
    ///
    /// Relative `file:` paths are taken from the target file's folder.
    Check {
        /// Target file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

fn server_url(text: &str) -> Result<ServerUrl, String> {
    ServerUrl::parse(text).map_err(|error| format!("expected {error}"))
}

/// Does it.
pub fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Init { issuer, out } => init(issuer, out.as_deref()),
        Command::Check { file } => check(file),
    }
}

fn init(issuer: &ServerUrl, out: Option<&Path>) -> Result<Exit, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::internal)?;
    let http = Http::new(HttpSettings { connections_max: 1 }, Clock::system()).map_err(Failure::internal)?;
    let facts = runtime.block_on(TargetFacts::discover(issuer.url(), &http)).map_err(Failure::target)?;
    let file = first_file(issuer, &facts)?;
    let output = Output::default();
    match out {
        Some(path) => {
            write_new(path, &file.to_toml())?;
            output.note(&format!("{} written", path.display()));
        }
        None => output.result(file.to_toml().as_bytes())?,
    }
    let path = out.map_or_else(|| "FILE".to_owned(), |path| path.display().to_string());
    output.note(&console(&file, &path));
    Ok(Exit::Done)
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        Failure::usage(format!("--out {}: cannot be written: {error}; choose another place", path.display()))
    })
}

fn check(path: &Path) -> Result<Exit, Failure> {
    let chosen = input::target(path)?;
    check_deviations(&chosen)?;
    let target = chosen.file;
    let text = format!("{}: in order, secrets included\n{}", path.display(), columns("  ", &facts(&target)));
    Output::default().result(text.as_bytes())?;
    Ok(Exit::Done)
}

/// What the file says, without secrets.
fn facts(target: &TargetFile) -> Vec<[String; 2]> {
    let Clients { poll, ping, second, unregistered } = &target.clients;
    let named = [("poll", poll), ("ping", ping), ("second", second), ("unregistered", unregistered)];
    let clients: Vec<String> = named
        .into_iter()
        .filter_map(|(name, client)| Some(format!("{name} ({})", client.as_ref()?.client_id)))
        .collect();
    let decisions = match &target.authentication_service {
        AuthenticationService::Embedded(service) => {
            format!("by the mock authentication service, listening at {}", service.listen)
        }
        AuthenticationService::None => "by somebody else".to_owned(),
    };
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
