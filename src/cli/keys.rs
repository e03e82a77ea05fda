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
use crate::clock::Clock;
use crate::jose::{GeneratedKey, SigningAlgorithm};
use crate::tls::{Issued, TestAuthority};

/// The public keys, all in one file.
const KEY_SET: &str = "jwks.json";
/// What is done with certificates.
const CERTIFICATES_NEXT: &str = "Have the server trust authority.pem for clients, or register a self-signed certificate's \
     key set; name certificate and key in the target file (certificate = \"file:..\", certificate_key = \"file:..\"), and \
     authority.pem under [tls] roots where the server shows server.pem.";

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
    /// Certificates for TLS instead: an authority, a server's, and for each client one that the authority issues and one that
    /// is self-signed
    #[arg(long, conflicts_with = "alg")]
    tls: bool,
    /// Host names and IP addresses of the server's certificate, beside localhost, 127.0.0.1 and ::1
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', requires = "tls")]
    host: Vec<String>,
    /// Names of the clients: what is registered as tls_client_auth_san_dns
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        default_value = "test-client",
        requires = "tls",
        value_parser = file_name
    )]
    client: Vec<String>,
}

/// A client's name, which becomes a file's.
fn file_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    match !text.is_empty() && !text.starts_with('.') && text.chars().all(is_plain) {
        true => Ok(text.to_owned()),
        false => Err("expected letters, digits, hyphens and dots".to_owned()),
    }
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
    let (planned, what_next) = match arguments.tls {
        true => (certificates(arguments)?, CERTIFICATES_NEXT.to_owned()),
        false => (keys(arguments)?, keys_next(&arguments.out)),
    };
    for file in &planned {
        refuse_overwriting(&arguments.out, &file.path)?;
    }
    fs::create_dir_all(&arguments.out).map_err(|error| unwritten(&arguments.out, &error))?;
    for file in &planned {
        write(file).map_err(|error| unwritten(&file.path, &error))?;
    }
    let rows: Vec<[String; 2]> = planned.iter().map(row).collect();
    let text = format!(
        "Keys for tests. Never use them in production: they were made without the care that takes.\n{}{what_next}\n",
        columns("  ", &rows),
    );
    Output::default().result(text.as_bytes())?;
    Ok(Exit::Done)
}

fn refuse_overwriting(out: &Path, path: &Path) -> Result<(), Failure> {
    if !path.exists() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "--out {}: {} is there already, and keys are never overwritten; choose another folder",
        out.display(),
        path.display()
    )))
}

/// An authority and what it issues, and self-signed certificates beside them. The authority's key is not kept.
fn certificates(arguments: &Arguments) -> Result<Vec<Planned>, Failure> {
    let clock = Clock::system();
    let now = clock.wall(clock.now());
    let authority = TestAuthority::make(now).map_err(Failure::internal)?;
    let mut hosts = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    hosts.extend(arguments.host.iter().filter(|host| !hosts.contains(host)).cloned().collect::<Vec<_>>());
    let path = |name: &str| arguments.out.join(name);
    let mut planned = vec![Planned {
        path: path("authority.pem"),
        text: authority.certificate().to_owned(),
        private: false,
    }];
    let mut plan = |name: &str, issued: Issued| {
        planned.push(Planned {
            path: path(&format!("{name}.pem")),
            text: issued.certificate,
            private: false,
        });
        let key = issued.key.expose().clone();
        planned.push(Planned { path: path(&format!("{name}.key")), text: key, private: true });
    };
    let server = authority.server(&hosts).map_err(|error| Failure::usage(format!("--host: {error}")))?;
    plan("server", server);
    let mut sets = Vec::new();
    for client in &arguments.client {
        let refused = |error| Failure::usage(format!("--client: {error}"));
        plan(client, authority.client(client).map_err(refused)?);
        let own = TestAuthority::self_signed(client, now).map_err(refused)?;
        let jwk = own.jwk().map_err(Failure::internal)?;
        let name = format!("{client}.self-signed");
        sets.push((path(&format!("{name}.{KEY_SET}")), pretty(&json!({ "keys": [jwk] }))));
        plan(&name, own);
    }
    planned.extend(sets.into_iter().map(|(path, text)| Planned { path, text, private: false }));
    Ok(planned)
}

fn keys(arguments: &Arguments) -> Result<Vec<Planned>, Failure> {
    let mut algorithms: Vec<SigningAlgorithm> = Vec::new();
    for algorithm in arguments.alg.iter().filter_map(|name| SigningAlgorithm::from_name(name)) {
        if !algorithms.contains(&algorithm) {
            algorithms.push(algorithm);
        }
    }
    // Before the effort, not after it.
    let paths = algorithms.iter().flat_map(|algorithm| private_paths(&arguments.out, *algorithm));
    for path in paths.chain([arguments.out.join(KEY_SET)]) {
        refuse_overwriting(&arguments.out, &path)?;
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
    Ok(planned)
}

fn keys_next(out: &Path) -> String {
    format!(
        "Register {} at the server; name a private key in the target file (private_key = \"file:..\").",
        out.join(KEY_SET).display()
    )
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
    let about = if file.private { "private, for the target file" } else { "public" };
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
