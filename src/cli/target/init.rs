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

/// Where an issuer's metadata are (OpenID Connect Discovery 1.0, 4).
const METADATA_PATH: &str = "/.well-known/openid-configuration";

/// Arguments of `target init`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The issuer, exactly as the server writes it, or the URL of its metadata
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
    out.as_deref().map_or(Ok(()), check_place)?;
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

/// Whoever has the metadata open in a browser copies that address.
fn server_url(text: &str) -> Result<ServerUrl, String> {
    ServerUrl::parse(text.strip_suffix(METADATA_PATH).unwrap_or(text))
        .map_err(|error| format!("expected {error}"))
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

/// Answers are not asked for that could not be written down.
fn check_place(path: &Path) -> Result<(), Failure> {
    let (place, parent) = (path.display(), path.parent().unwrap_or(Path::new("")));
    if path.is_dir() {
        return Err(Failure::usage(format!(
            "--out {place}: this is a folder, expected the name of a file in it"
        )));
    }
    if path.exists() {
        return Err(Failure::usage(format!(
            "--out {place}: cannot be written: it exists, and is not overwritten; choose another name, or remove it"
        )));
    }
    if !parent.as_os_str().is_empty() && !parent.is_dir() {
        let parent = parent.display();
        return Err(Failure::usage(format!(
            "--out {place}: cannot be written: there is no folder {parent}; make it: mkdir -p {parent}"
        )));
    }
    Ok(())
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
