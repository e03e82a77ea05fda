use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use super::answers::Given;
use super::console;
use super::dialogue::{Dialogue, Unanswered, answer_all};
use super::first::Draft;
use crate::analysis::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, tell_at_length};
use crate::clock::Clock;
use crate::target::file::ServerUrl;
use crate::target::{DiscoveryError, TargetFacts};
use crate::transport::{Http, HttpSettings};

/// Arguments of `target init`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The issuer, exactly as the server writes it
    ///
    /// Example: --issuer https://acme.example.com/acme/bank
    #[arg(long, value_name = "URL", value_parser = server_url)]
    issuer: ServerUrl,
    /// File to write, which must not exist yet; default: standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Ask nothing: what no flag says is at its default, and what has none is an error
    #[arg(long)]
    no_questions: bool,
    #[command(flatten)]
    given: Given,
}

/// Writes a first target file.
pub fn init(arguments: &Arguments) -> Result<Exit, Failure> {
    let Arguments { issuer, out, given, .. } = arguments;
    if let Some(path) = out.as_deref().filter(|path| path.exists()) {
        return Err(not_written(path, &io::Error::from(io::ErrorKind::AlreadyExists)));
    }
    let facts = discover(issuer)?;
    let mut draft = Draft::new(issuer, &facts)?;
    let output = Output::default();
    output.note(&format!("{issuer}: {}", draft.known()));
    if !facts.lists_ciba_grant {
        output.note(
            "grant_types_supported of the metadata does not list the CIBA grant; the server may refuse it",
        );
    }
    answer(&mut draft, given, arguments.no_questions)?;
    let target = draft.target()?;
    match out {
        Some(path) => {
            write_new(path, &target.to_toml())?;
            output.note(&format!("{} written", path.display()));
        }
        None => output.result(target.to_toml().as_bytes())?,
    }
    let path = out.as_ref().map_or_else(|| "FILE".to_owned(), |path| path.display().to_string());
    tell_at_length(&console::remaining(&target, &facts, &path));
    Ok(Exit::Done)
}

fn server_url(text: &str) -> Result<ServerUrl, String> {
    ServerUrl::parse(text).map_err(|error| format!("expected {error}"))
}

fn discover(issuer: &ServerUrl) -> Result<TargetFacts, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::internal)?;
    let http = Http::new(HttpSettings { connections_max: 1 }, Clock::system()).map_err(Failure::internal)?;
    runtime.block_on(TargetFacts::discover(issuer.url(), &http)).map_err(|error| {
        let is_without_ciba = matches!(error, DiscoveryError::NoCiba { .. });
        match is_without_ciba {
            true => Failure::target(format!("{error}\n{}", console::ENABLE_CIBA)),
            false => Failure::target(error),
        }
    })
}

/// Asks where somebody sits at a terminal: questions and answers both go through it, and neither is redirected.
fn answer(draft: &mut Draft, given: &Given, no_questions: bool) -> Result<(), Failure> {
    let answered = if !no_questions && io::stdin().is_terminal() && io::stderr().is_terminal() {
        let (mut input, mut output) = (io::stdin().lock(), io::stderr().lock());
        writeln!(output, "Enter takes what is in brackets; Ctrl-D ends without a file.")
            .map_err(Unanswered::from)
            .and_then(|()| {
                answer_all(draft, given, Some(Dialogue { input: &mut input, output: &mut output }))
            })
    } else {
        answer_all(draft, given, None)
    };
    answered.map_err(Failure::usage)
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| not_written(path, &error))
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("--out {}: cannot be written: {error}; choose another place", path.display()))
}
