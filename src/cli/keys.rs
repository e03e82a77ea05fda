//! `ciba-bench keys`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use serde_json::json;

use super::columns::columns;
use super::failure::Failure;
use super::output::Output;
use crate::analysis::Exit;
use crate::ciba::Named as _;
use crate::jose::{GeneratedKey, SigningAlgorithm};

/// The public keys, all in one file.
const KEY_SET: &str = "jwks.json";

/// Arguments of `keys`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folder for the keys; made if it is missing, and nothing in it is overwritten
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Algorithms to make a key for
    #[arg(
        long,
        value_name = "ALG,..",
        value_delimiter = ',',
        default_value = "ES256,PS256,RS256,EdDSA",
        value_parser = PossibleValuesParser::new(SigningAlgorithm::WORDS.map(|(word, _)| word))
    )]
    alg: Vec<String>,
}

/// A file that is yet to be written.
struct Planned {
    path: PathBuf,
    text: String,
    /// Only this user may read it.
    private: bool,
}

/// Makes keys for tests and writes them.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut algorithms: Vec<SigningAlgorithm> = Vec::new();
    for algorithm in arguments.alg.iter().filter_map(|name| SigningAlgorithm::from_name(name)) {
        if !algorithms.contains(&algorithm) {
            algorithms.push(algorithm);
        }
    }
    let paths = algorithms.iter().flat_map(|algorithm| private_paths(&arguments.out, *algorithm));
    for path in paths.chain([arguments.out.join(KEY_SET)]) {
        if path.exists() {
            return Err(Failure::usage(format!(
                "--out {}: {} is there already, and keys are never overwritten; choose another folder",
                arguments.out.display(),
                path.display()
            )));
        }
    }
    let mut planned = Vec::new();
    let mut public = Vec::new();
    for algorithm in algorithms {
        let key = GeneratedKey::make(algorithm, &key_id(algorithm)).map_err(Failure::internal)?;
        let [pem, jwk] = private_paths(&arguments.out, algorithm);
        planned.push(Planned { path: pem, text: key.pem.expose().clone(), private: true });
        planned.push(Planned { path: jwk, text: pretty(key.private_jwk.expose()), private: true });
        public.push(key.public_jwk);
    }
    let set = pretty(&json!({ "keys": public }));
    planned.push(Planned { path: arguments.out.join(KEY_SET), text: set, private: false });
    fs::create_dir_all(&arguments.out).map_err(|error| unwritten(&arguments.out, &error))?;
    for file in &planned {
        write(file).map_err(|error| unwritten(&file.path, &error))?;
    }
    let rows: Vec<[String; 2]> = planned.iter().map(row).collect();
    let text = format!(
        "Keys for tests. Never use them in production: they were made without the care that takes.\n{}\
         Register {} at the server; name a private key in the target file (private_key = \"file:..\").\n",
        columns("  ", &rows),
        arguments.out.join(KEY_SET).display()
    );
    Output::default().result(text.as_bytes())?;
    Ok(Exit::Done)
}

fn key_id(algorithm: SigningAlgorithm) -> String {
    format!("test-{}", algorithm.name())
}

/// PEM, and the private JWK.
fn private_paths(folder: &Path, algorithm: SigningAlgorithm) -> [PathBuf; 2] {
    let name = key_id(algorithm);
    [folder.join(format!("{name}.pem")), folder.join(format!("{name}.private.jwk.json"))]
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}

fn row(file: &Planned) -> [String; 2] {
    let about = if file.private { "private, for the target file" } else { "public, for the server" };
    [file.path.display().to_string(), about.to_owned()]
}

fn write(file: &Planned) -> io::Result<()> {
    let mode = if file.private { 0o600 } else { 0o644 };
    let mut opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(&file.path)?;
    opened.write_all(file.text.as_bytes())?;
    opened.sync_all()
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{}: cannot be written: {error}; choose another place", path.display()))
}
