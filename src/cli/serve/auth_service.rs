//! `ciba-bench serve auth-service`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mock_auth_service::{
    DecisionPlan, FaultSet, Limits, NoObserver, OpenBanking, Secret, ServiceSettings, Settings, SystemClient,
};

use super::command::{block_on, only_loopback};
use super::tls::{ServedTls, Shown};
use crate::analysis::Exit;
use crate::cli::choices::{service_fault_name, service_faults};
use crate::cli::columns::columns;
use crate::cli::failure::Failure;
use crate::cli::input::{self, ChosenTarget};
use crate::cli::instruments::{Spoken, dialect_of};
use crate::cli::interrupt::Interrupt;
use crate::cli::log_lines;
use crate::cli::output::Output;
use crate::cli::secrets::{Secrets, random_text};
use crate::target::file::{FileIdentity, FileSecret};
use crate::world::{AuthServiceServer, Runtime};

/// Arguments of `serve auth-service`.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "ciba-bench serve auth-service --target <FILE> [OPTIONS]\n       ciba-bench serve auth-service --client-id <ID> \
                      --client-secret <SECRET> --token-endpoint <URL> [OPTIONS]"
)]
pub struct Arguments {
    /// Target file whose [authentication_service] it is, in any dialect, instead of the options about clients, addresses and
    /// callers
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "client_id", "client_secret", "token_endpoint", "api_base", "listen", "user", "password", "manual", "fault",
            "tls", "tls_authority", "tls_cert", "tls_key", "trust",
        ]
    )]
    target: Option<PathBuf>,
    /// Client id that the server gave out for its authentication service when CIBA was enabled
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "target",
        help_heading = "Its client at the server"
    )]
    client_id: Option<String>,
    /// The client's secret: env:NAME, file:PATH, or the secret itself
    #[arg(
        long,
        value_name = "SECRET",
        required_unless_present = "target",
        help_heading = "Its client at the server"
    )]
    client_secret: Option<String>,
    /// Where the client gets its token
    ///
    /// Example: https://acme.example.com/acme/system/oauth2/token
    #[arg(
        long,
        value_name = "URL",
        required_unless_present = "target",
        help_heading = "Its client at the server"
    )]
    token_endpoint: Option<String>,
    /// Root of the server's system APIs; default: derived from the token endpoint
    ///
    /// Example: https://acme.example.com/api/system/acme
    #[arg(long, value_name = "URL", help_heading = "Its client at the server")]
    api_base: Option<String>,

    /// Where the server calls it
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4010", help_heading = "Addresses")]
    listen: SocketAddr,
    /// Address of the management API (plan, pending, decide one, history) and of the page /device; loopback only, it asks for no password
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4011", help_heading = "Addresses")]
    management: SocketAddr,

    #[command(flatten)]
    tls: ServedTls,

    /// User name with which the server authenticates here (HTTP Basic)
    #[arg(long, value_name = "NAME", default_value = "ciba-bench", help_heading = "Who may call it")]
    user: String,
    /// Password with which the server authenticates here: env:NAME, file:PATH, or the password itself; default: a random one, printed
    #[arg(long, value_name = "SECRET", help_heading = "Who may call it")]
    password: Option<String>,

    /// What the users decide: the [decisions] of a profile, by built-in name or path; default: everything is approved at once
    #[arg(long, value_name = "PROFILE", help_heading = "Behaviour")]
    plan: Option<String>,
    /// A person decides on a page of the management API, whose URL is printed; nothing is decided by itself
    #[arg(long, conflicts_with = "plan", help_heading = "Behaviour")]
    manual: bool,
    /// Faults to switch on, by name (`ciba-bench list auth-service-faults`)
    ///
    /// Default: none. Example: --fault decides-twice
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        value_parser = service_fault_name,
        help_heading = "Behaviour"
    )]
    fault: Vec<String>,
}

/// Serves an authentication service until it is told to end.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    only_loopback("--management", arguments.management, "whoever reaches it can approve logins")?;
    if let Some(path) = &arguments.target {
        return of_target(arguments, path);
    }
    let (settings, password) = settings(arguments)?;
    let shown = arguments.tls.prepare(arguments.listen, false)?;
    let interrupt = Interrupt::install()?;
    log_lines::install();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = Runtime::start("authentication-service", threads).map_err(Failure::internal)?;
    let listener = runtime.bind(arguments.listen).map_err(Failure::usage)?.with_tls(shown.acceptor());
    let management = runtime.bind(arguments.management).map_err(Failure::usage)?;
    let (listeners, settings) = ([listener, management], (settings, service_faults(&arguments.fault)));
    let server =
        AuthServiceServer::trusting(&runtime, listeners, settings, Arc::new(NoObserver), shown.trust())
            .map_err(Failure::usage)?;
    announce(arguments, &server, password.as_deref(), &shown)?;
    until_told_to_end(&interrupt, &server)
}

/// Serves the authentication service of a target file.
fn of_target(arguments: &Arguments, path: &Path) -> Result<Exit, Failure> {
    let ChosenTarget { file: target, .. } = input::target(path)?;
    let Some(Spoken { dialect, listen }) = dialect_of(&target) else {
        return Err(Failure::usage(format!(
            "{}: authentication_service.kind is \"none\": there is nothing to serve; expected \"embedded\" or \"manual\"",
            path.display()
        )));
    };
    let interrupt = Interrupt::install()?;
    log_lines::install();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = Runtime::start("authentication-service", threads).map_err(Failure::internal)?;
    let own = target.authentication_service.identity().and_then(FileIdentity::acceptor);
    let scheme = if own.is_some() { "https" } else { "http" };
    let listener = runtime.bind(listen).map_err(Failure::usage)?.with_tls(own);
    let management = runtime.bind(arguments.management).map_err(Failure::usage)?;
    let plan = plan(arguments.plan.as_deref(), target.manual)?;
    let settings = ServiceSettings { dialect, plan, limits: Limits::default() };
    let (listeners, settings) = ([listener, management], (settings, FaultSet::NONE));
    let server =
        AuthServiceServer::trusting(&runtime, listeners, settings, Arc::new(NoObserver), target.server_tls())
            .map_err(Failure::usage)?;
    let mut rows = vec![
        ["authentication service URL".to_owned(), format!("{scheme}://{}", server.address())],
        ["management".to_owned(), format!("http://{}", server.management_address())],
    ];
    if target.manual {
        rows.push(["page to decide on".to_owned(), format!("http://{}/device", server.management_address())]);
    }
    let text = format!(
        "The authentication service of {}, for {}:\n{}Ctrl-C ends it.\n",
        path.display(),
        target.issuer,
        columns("  ", &rows)
    );
    Output::default().result(text.as_bytes())?;
    until_told_to_end(&interrupt, &server)
}

fn until_told_to_end(interrupt: &Interrupt, server: &AuthServiceServer) -> Result<Exit, Failure> {
    block_on(async {
        interrupt.wait().await;
        server.close().await;
        Ok(Exit::Done)
    })
}

/// What the users decide.
fn plan(profile: Option<&str>, manual: bool) -> Result<DecisionPlan, Failure> {
    Ok(match profile {
        Some(choice) => input::profile(choice)?.profile.decisions,
        None if manual => DecisionPlan::by_hand(),
        None => DecisionPlan::default(),
    })
}

/// The settings, and the password if it was made here.
fn settings(arguments: &Arguments) -> Result<(Settings, Option<String>), Failure> {
    let secret = |option: &str, text: &str| {
        FileSecret::resolve(text, &Secrets::here())
            .map(|secret| secret.value.expose().clone())
            .map_err(|error| Failure::usage(format!("{option}: {error}")))
    };
    let made = arguments.password.is_none().then(random_text);
    let password = match (&made, &arguments.password) {
        (Some(made), _) => made.clone(),
        (None, given) => secret("--password", given.as_deref().unwrap_or_default())?,
    };
    let plan = plan(arguments.plan.as_deref(), arguments.manual)?;
    let given = |option: &Option<String>| option.clone().unwrap_or_default();
    let settings = Settings {
        basic_user: arguments.user.clone(),
        basic_password: Secret::new(password),
        system: SystemClient {
            client_id: given(&arguments.client_id),
            client_secret: Secret::new(secret("--client-secret", &given(&arguments.client_secret))?),
            token_endpoint: given(&arguments.token_endpoint),
            api_base: arguments.api_base.clone(),
        },
        plan,
        open_banking: OpenBanking::default(),
        limits: Limits::default(),
    };
    Ok((settings, made))
}

fn announce(
    arguments: &Arguments,
    server: &AuthServiceServer,
    password: Option<&str>,
    shown: &Shown,
) -> Result<(), Failure> {
    let scheme = if shown.acceptor().is_some() { "https" } else { "http" };
    let mut rows = vec![
        ["authentication service URL".to_owned(), format!("{scheme}://{}", server.address())],
        ["Basic user name".to_owned(), arguments.user.clone()],
    ];
    if let Some(path) = shown.authority_file() {
        rows.push(["certificate to trust".to_owned(), path.display().to_string()]);
    }
    if let Some(password) = password {
        rows.push(["Basic password".to_owned(), password.to_owned()]);
    }
    rows.push(["management".to_owned(), format!("http://{}", server.management_address())]);
    if arguments.manual {
        rows.push(["page to decide on".to_owned(), format!("http://{}/device", server.management_address())]);
    }
    if !arguments.fault.is_empty() {
        rows.push(["faults".to_owned(), arguments.fault.join(", ")]);
    }
    let text = format!(
        "The mock authentication service of ciba-bench. At the server, select EXTERNAL and enter:\n{}Ctrl-C ends it.\n",
        columns("  ", &rows)
    );
    Output::default().result(text.as_bytes())
}
