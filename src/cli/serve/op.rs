//! `ciba-bench serve op`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use reference_op::{AuthenticationServiceSettings, ClientSettings, FaultSet, Settings, WorkspaceSettings};

use super::command::{block_on, only_loopback};
use super::op_bank;
use super::op_capacity::{self, Capacity};
use super::op_settings::{self, OpKeys, OpSettings};
use super::op_target;
use super::tls::{ServedTls, Shown};
use crate::analysis::Exit;
use crate::cli::choices::{fault_name, faults};
use crate::cli::columns::columns;
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::log_lines;
use crate::cli::output::Output;
use crate::target::ClientAuthentication;
use crate::target::file::ServerUrl;
use crate::tls::TestAuthority;
use crate::world::{OpServer, Runtime};

/// Arguments of `serve op`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Address of the OP; it becomes part of the issuer
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4000", help_heading = "Addresses")]
    listen: SocketAddr,
    /// Address of the management API: GET /access-log, /pending-count, /health
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4001", help_heading = "Addresses")]
    management: SocketAddr,
    /// URL of the authentication service that the OP calls (the process that runs `run --target` starts one there)
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:4010",
        value_parser = server_url,
        conflicts_with = "config",
        help_heading = "Addresses"
    )]
    auth_service_url: ServerUrl,
    /// Client notification endpoint of the ping client, and of the push client
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:4020/notify-callback",
        value_parser = server_url,
        conflicts_with = "config",
        help_heading = "Addresses"
    )]
    notify_url: ServerUrl,
    /// Listen where other machines can reach it: anybody who does can have tokens issued
    #[arg(long, help_heading = "Addresses")]
    allow_remote: bool,

    /// The user's device is a web page of the OP: one workspace with the SIMULATOR, one poll client; prints the page's URL and
    /// the client's credentials as two export lines
    #[arg(long, conflicts_with_all = ["config", "auth_service_url", "notify_url", "client_authentication"], help_heading = "Behaviour")]
    simulator: bool,
    /// The OP is a bank's, with the consents of Open Banking and third parties that create them; default: no consents
    #[arg(
        long,
        value_name = "PROFILE",
        value_parser = PossibleValuesParser::new(op_bank::PROFILES.map(|(word, _)| word)),
        conflicts_with = "config",
        help_heading = "Behaviour"
    )]
    open_banking: Option<String>,
    /// TOML file with workspaces, clients and behaviour; default: one workspace, clients for poll and ping, random secrets
    #[arg(long, value_name = "FILE", help_heading = "Behaviour")]
    config: Option<PathBuf>,
    /// How the clients for poll and ping authenticate
    #[arg(
        long,
        value_name = "METHOD",
        default_value = "client_secret_basic",
        value_parser = PossibleValuesParser::new(ClientAuthentication::WORDS.map(|(word, _)| word)),
        conflicts_with = "config",
        help_heading = "Behaviour"
    )]
    client_authentication: String,
    /// Offer push, too, and register a client for it
    #[arg(long, conflicts_with_all = ["config", "simulator"], help_heading = "Behaviour")]
    push: bool,
    /// Let clients register (RFC 7591) that show a token, which is printed; default: clients are those of the settings
    #[arg(long, conflicts_with = "config", help_heading = "Behaviour")]
    registration: bool,
    /// As FAPI-CIBA wants it: HTTPS, clients with certificates of their own, requests signed by PS256, bound access tokens; what
    /// the OP calls is called over HTTPS, too
    #[arg(long, conflicts_with_all = ["config", "simulator", "client_authentication", "tls_cert"], help_heading = "Behaviour")]
    fapi: bool,
    /// Faults to switch on, by name (`ciba-bench list faults`); default: none
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        value_parser = fault_name,
        help_heading = "Behaviour"
    )]
    fault: Vec<String>,

    #[command(flatten)]
    capacity: Capacity,

    #[command(flatten)]
    tls: ServedTls,

    /// Write a complete target file for another process: ciba-bench run smoke --target FILE
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    write_target: Option<PathBuf>,
    /// Append one JSON line for each answer to this file; default: none, counters only
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    access_log: Option<PathBuf>,
}

fn server_url(text: &str) -> Result<ServerUrl, String> {
    ServerUrl::parse(text).map_err(|error| format!("expected {error}"))
}

/// Serves an OP until it is told to end.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    check_addresses(arguments)?;
    let shown = arguments.tls.prepare(arguments.listen, arguments.fapi)?;
    let made = match &arguments.config {
        Some(path) => op_settings::from_file(path)?,
        None if arguments.simulator => op_settings::simulator(),
        None => embedded(arguments, shown.authority())?,
    };
    let profile = op_bank::PROFILES.iter().find(|(word, _)| arguments.open_banking.as_deref() == Some(word));
    let made = match profile {
        Some((_, profile)) => op_bank::of_bank(made, *profile),
        None => made,
    };
    let made = if arguments.registration { op_settings::with_registration(made) } else { made };
    let settings = op_settings::with_access_log(made.settings, arguments.access_log.as_deref());
    let settings = arguments.capacity.bound(settings);
    let interrupt = Interrupt::install()?;
    log_lines::install();
    let server = start(arguments, settings.clone(), &shown)?;
    if let Some(path) = &arguments.write_target {
        write_target(path, &server, &settings, &made.keys, shown.authority())?;
    }
    announce(arguments, &server, &settings, &shown)?;
    block_on(async {
        interrupt.wait().await;
        server.close().await;
        Ok(Exit::Done)
    })
}

fn embedded(arguments: &Arguments, authority: Option<&TestAuthority>) -> Result<OpSettings, Failure> {
    let Arguments { auth_service_url, notify_url, .. } = arguments;
    if let (true, Some(authority)) = (arguments.fapi, authority) {
        return op_settings::fapi(&over_tls(auth_service_url)?, &over_tls(notify_url)?, authority);
    }
    let words = ClientAuthentication::WORDS;
    let method = words.iter().find(|(word, _)| *word == arguments.client_authentication);
    let method = method.map_or(ClientAuthentication::ClientSecretBasic, |(_, method)| *method);
    if method.is_by_certificate() && authority.is_none() {
        return Err(Failure::usage(format!(
            "--client-authentication {}: the certificates come from the authority that --tls makes; add --tls, without \
             --tls-cert",
            method.name()
        )));
    }
    op_settings::embedded(auth_service_url, notify_url, method, arguments.push, authority)
}

/// The same address by HTTPS.
fn over_tls(url: &ServerUrl) -> Result<ServerUrl, Failure> {
    let text = url.as_str();
    let text = text.strip_prefix("http://").map_or_else(|| text.to_owned(), |rest| format!("https://{rest}"));
    ServerUrl::parse(&text).map_err(|error| Failure::usage(format!("{text}: expected {error}")))
}

fn check_addresses(arguments: &Arguments) -> Result<(), Failure> {
    for (option, address) in [("--listen", arguments.listen), ("--management", arguments.management)] {
        if !arguments.allow_remote {
            only_loopback(
                option,
                address,
                "this OP is for testing only; --allow-remote if others are to reach it",
            )?;
        }
    }
    if arguments.listen.ip().is_unspecified() {
        let port = arguments.listen.port();
        return Err(Failure::usage(format!(
            "--listen {}: the address becomes part of the issuer, expected one that clients can use, such as \
             192.0.2.7:{port}",
            arguments.listen
        )));
    }
    Ok(())
}

fn start(arguments: &Arguments, settings: Settings, shown: &Shown) -> Result<OpServer, Failure> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = Runtime::start("embedded-op", threads).map_err(Failure::internal)?;
    let listener = runtime.bind(arguments.listen).map_err(Failure::usage)?.with_tls(shown.acceptor());
    let management = runtime.bind(arguments.management).map_err(Failure::usage)?;
    let (listeners, faults) = ([listener, management], faults(&arguments.fault));
    OpServer::trusting(runtime, listeners, settings, faults, shown.trust()).map_err(Failure::usage)
}

fn write_target(
    path: &Path,
    server: &OpServer,
    settings: &Settings,
    keys: &OpKeys,
    authority: Option<&TestAuthority>,
) -> Result<(), Failure> {
    let Some(workspace) = settings.workspaces.first() else { return Ok(()) };
    if !server.address().ip().is_loopback() {
        return Err(Failure::usage(format!(
            "--write-target {}: the file would hold secrets, which is for loopback only; write one with \
             `ciba-bench target init`",
            path.display()
        )));
    }
    let target = op_target::target_of(server.op(), workspace, keys, authority)?;
    op_target::write(path, &target.to_toml()).map_err(|error| {
        Failure::usage(format!(
            "--write-target {}: cannot be written: {error}; choose another place",
            path.display()
        ))
    })
}

/// What whoever talks to the OP has to know. The authentication service needs exactly its id, its secret and the token
/// endpoint.
fn announce(
    arguments: &Arguments,
    server: &OpServer,
    settings: &Settings,
    shown: &Shown,
) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: &str| rows.push([name.to_owned(), value.to_owned()]);
    for workspace in &settings.workspaces {
        let issuer = server.op().issuer(&workspace.id).unwrap_or_default();
        row("issuer", &issuer);
        if workspace.open_banking.is_some() {
            row("  third parties", &third_parties(workspace));
        }
        let registration = workspace.registration.as_ref();
        if let Some(token) = registration.and_then(|registration| registration.initial_access_token.as_ref())
        {
            row("  initial access token of registrations", token.expose());
        }
        if let Some(AuthenticationServiceSettings::Simulator) = workspace.authentication_service {
            row("  simulator", &format!("{issuer}/cibasimulator"));
        } else if let Some(client) = server.op().authentication_service_client(&workspace.id) {
            row("  authentication service's client id", &client.client_id);
            row("  authentication service's client secret", client.client_secret.expose());
            row("  authentication service's token endpoint", &client.token_endpoint);
        }
    }
    if let Some(capacity) = &settings.capacity {
        row("capacity", &op_capacity::in_words(capacity));
    }
    row("management", &format!("http://{}", server.management_address()));
    if let Some(path) = shown.authority_file() {
        row("certificate to trust", &path.display().to_string());
    }
    let faults: FaultSet = faults(&arguments.fault);
    for fault in faults.iter() {
        row("fault", &format!("{fault}: {}", fault.about()));
    }
    if let Some(path) = &arguments.write_target {
        row("target file", &format!("{0} (ciba-bench run smoke --target {0})", path.display()));
    }
    let exports = if arguments.simulator { exports(settings) } else { String::new() };
    let text = format!(
        "The embedded OP of ciba-bench, for testing only: no persistence, {}, secrets on the screen.\n{}{exports}Ctrl-C \
         ends it.\n",
        shown.in_words(),
        columns("  ", &rows)
    );
    Output::default().result(text.as_bytes())
}

/// The clients that can create consents.
fn third_parties(workspace: &WorkspaceSettings) -> String {
    let creates = |client: &&ClientSettings| client.scopes.iter().any(|scope| scope == "payments");
    let ids: Vec<_> = workspace.clients.iter().filter(creates).map(|c| c.client_id.as_str()).collect();
    ids.join(", ")
}

/// Two lines for a shell, from which requests are then sent by hand. Both texts are letters, digits, hyphens and underscores.
fn exports(settings: &Settings) -> String {
    let clients = settings.workspaces.iter().flat_map(|workspace| &workspace.clients);
    let lines = clients.map(|client| {
        format!(
            "export CLIENT_ID={}\nexport CLIENT_SECRET={}\n",
            client.client_id,
            client.client_secret.expose()
        )
    });
    lines.collect()
}
