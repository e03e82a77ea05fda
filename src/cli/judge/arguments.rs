use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::choices::{format_names, service_fault_name};
use crate::cli::conformance::FailOn;
use crate::cli::output::Output;

/// Arguments of `judge auth-service`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where the authentication service is: the URL below which /user/verify and /authentication/start are
    ///
    /// Without it the mock authentication service is judged, which runs in this process.
    /// Example: http://127.0.0.1:8080
    #[arg(value_name = "URL")]
    pub url: Option<String>,

    /// Faults of the mock authentication service to switch on, by name (docs/AUTH_SERVICE_CHECKS.md lists them)
    ///
    /// Default: none. Example: --fault decides-twice
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        value_parser = service_fault_name,
        conflicts_with = "url",
        help_heading = "What is judged"
    )]
    pub fault: Vec<String>,

    /// User name with which the OP authenticates at the service (HTTP Basic)
    #[arg(long, value_name = "NAME", default_value = "ciba-bench", help_heading = "How the OP calls it")]
    pub username: String,
    /// Password with which the OP authenticates at the service: env:NAME or file:PATH
    #[arg(long, value_name = "SECRET", requires = "url", help_heading = "How the OP calls it")]
    pub password: Option<String>,

    /// User whom the service knows, and who agrees when asked; may be given several times
    ///
    /// The checks ask the first one, the load of --rate all of them in turn.
    /// Default on loopback: user-01. Off loopback it has to be said: a real phone would ring.
    #[arg(long, value_name = "NAME", help_heading = "Who is asked")]
    pub user: Vec<String>,
    /// User whom the service knows, and who refuses when asked
    ///
    /// Default: none, and the checks of denials do not apply; the mock authentication service has one.
    #[arg(long, value_name = "NAME", help_heading = "Who is asked")]
    pub refusing_user: Option<String>,
    /// User whom the service knows, and who agrees after more than five seconds
    ///
    /// Default: none, and no request is made to expire while the user thinks; the mock authentication service has one.
    #[arg(long, value_name = "NAME", help_heading = "Who is asked")]
    pub thinking_user: Option<String>,
    /// User whom the service does not know
    #[arg(long, value_name = "NAME", default_value = "nobody-at-all", help_heading = "Who is asked")]
    pub unknown_user: String,
    /// Longest wait for a decision; checks whose decision does not come are inconclusive
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Who is asked")]
    pub decision_within: Duration,
    /// The user has agreed to be asked, many times in a row; needed off loopback
    #[arg(long, help_heading = "Who is asked")]
    pub allow_prompts: bool,

    /// Where this tool listens for the service's decisions and token requests
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4020", help_heading = "How it calls the OP")]
    pub listen: SocketAddr,
    /// URL under which the service reaches that; default: http://ADDR
    #[arg(long, value_name = "URL", requires = "url", help_heading = "How it calls the OP")]
    pub public_url: Option<String>,
    /// Id of the service's own client at the OP
    #[arg(
        long,
        value_name = "ID",
        default_value = "authentication-service",
        help_heading = "How it calls the OP"
    )]
    pub client_id: String,
    /// The client's secret: env:NAME or file:PATH; --dry-run makes one up and prints it
    #[arg(long, value_name = "SECRET", requires = "url", help_heading = "How it calls the OP")]
    pub client_secret: Option<String>,

    /// Only checks whose id matches; * stands for any text; may be given several times
    ///
    /// Default: all of them (docs/AUTH_SERVICE_CHECKS.md). A pattern that matches no check is refused.
    /// Example: --only 'auth-service/verify/*'
    #[arg(long, value_name = "GLOB", help_heading = "Which checks")]
    pub only: Vec<String>,
    /// The weakest level whose failure ends the run with exit code 4
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOn::Must, help_heading = "Which checks")]
    pub fail_on: FailOn,
    /// Print what to configure at the service and what the checks do, and send nothing
    #[arg(long, help_heading = "Which checks")]
    pub dry_run: bool,

    /// After the checks, start this many logins a second, for the time that --for says
    ///
    /// Default: no load. How long the service takes is in the spans verify_answer, start_answer and decide. Example: --rate 20
    #[arg(long, value_name = "N", value_parser = rate, help_heading = "Load")]
    pub rate: Option<f64>,
    /// How long the load lasts
    #[arg(long = "for", value_name = "TIME", default_value = "30s", value_parser = duration, requires = "rate", help_heading = "Load")]
    pub load_for: Duration,

    /// Folder for the results; must not hold another run's record
    ///
    /// Default: reports/runs/UTC-TIME-auth-service/ below the current folder. Example: --out /var/tmp/monday
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub out: Option<PathBuf>,
    /// Files to write beside record.json and MANIFEST.sha256, which are always written
    ///
    /// Default: all of table, html, junit, markdown, traceability. Example: --format junit
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        value_parser = format_names(),
        hide_possible_values = true,
        help_heading = "Results"
    )]
    pub format: Vec<String>,

    /// What is printed
    #[command(flatten)]
    pub output: Output,
}

/// Highest rate that can be asked for, in logins per second: that of profiles.
const RATE_MAX: f64 = 100_000.0;

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| *rate > 0.0 && *rate <= RATE_MAX);
    rate.ok_or_else(|| format!("expected a number above 0, at most {RATE_MAX}"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = mock_auth_service::duration::parse(text).map_err(|error| error.to_string())?;
    if duration.is_zero() { Err("expected more than no time at all".to_owned()) } else { Ok(duration) }
}
