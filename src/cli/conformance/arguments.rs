use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use crate::ciba::Level;
use crate::cli::choices::{SEED_MAX, fault_name, format_names};
use crate::cli::output::Output;

/// Most checks at a time that can be asked for.
pub const JOBS_MAX: u16 = 256;

/// Arguments of `conformance`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Target file of the server under test
    ///
    /// Without it the embedded OP is tested, which runs in this process. `ciba-bench target init` writes a first target
    /// file. Off loopback the file has to name the users whom checks may use, since their phones would ring.
    /// Example: --target targets/acme.toml
    #[arg(long, value_name = "FILE", help_heading = "What is tested")]
    pub target: Option<PathBuf>,

    /// Faults of the embedded OP to switch on, by name (`ciba-bench list faults`)
    ///
    /// Default: none. `ciba-bench list checks` says which check finds which fault. Example: --fault tokens-after-denial
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        value_parser = fault_name,
        conflicts_with = "target",
        help_heading = "What is tested"
    )]
    pub fault: Vec<String>,

    /// What the server is held against; with `core` the checks of FAPI-CIBA do not apply
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Standard::Core, help_heading = "Which checks")]
    pub standard: Standard,

    /// Only checks whose id matches; * stands for any text; may be given several times
    ///
    /// Default: all of them (`ciba-bench list checks`). A pattern that matches no check is refused. Example: --only 'ciba/11/*'
    #[arg(long, value_name = "GLOB", help_heading = "Which checks")]
    pub only: Vec<String>,

    /// Only checks of requirements that ask at least this strongly; a plain statement asks as strongly as a MUST
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = LevelName::May, help_heading = "Which checks")]
    pub level: LevelName,

    /// Most time that the checks may take together, by estimate; those that do not fit are listed as left out
    ///
    /// Default: no limit. Example: --budget 5m
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Which checks")]
    pub budget: Option<Duration>,

    /// Where the standard allows several answers, accept only its first choice
    #[arg(long, help_heading = "How it is judged")]
    pub strict: bool,

    /// The weakest level whose failure ends the run with exit code 4
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOn::Must, help_heading = "How it is judged")]
    pub fail_on: FailOn,

    /// An earlier run (its folder, or its record.json) whose failures are known: only new ones fail the run
    ///
    /// Example: --baseline reports/runs/20260314T092653Z-conformance
    #[arg(long, value_name = "RECORD", help_heading = "How it is judged")]
    pub baseline: Option<PathBuf>,

    /// Most checks at a time; the number of users bounds it, too
    ///
    /// Default: `conformance.jobs` of the target file, else as many as there are users.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(JOBS_MAX)), help_heading = "How it runs")]
    pub jobs: Option<u16>,

    /// Start the checks in a random order instead of the longest first
    ///
    /// The same seed gives the same order. Without a seed one is drawn, and the record names it. Example: --random-order 7
    #[arg(
        long,
        value_name = "SEED",
        num_args = 0..=1,
        default_missing_value = "",
        allow_negative_numbers = true,
        value_parser = order_seed,
        help_heading = "How it runs"
    )]
    pub random_order: Option<OrderSeed>,

    /// Print each check with its script, what it needs and about how long it takes, and send nothing
    #[arg(long, help_heading = "How it runs")]
    pub dry_run: bool,

    /// Folder for the results; must not hold another run's record
    ///
    /// Default: reports/runs/UTC-TIME-conformance/ below the current folder. Example: --out /var/tmp/monday
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub out: Option<PathBuf>,

    /// Files to write beside record.json and MANIFEST.sha256, which are always written
    ///
    /// Default: all of table, html, junit, markdown, traceability, verdicts. Example: --format junit
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

/// What a server can be held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Standard {
    /// CIBA Core 1.0 and what it refers to
    Core,
    /// FAPI-CIBA on top of that
    FapiCiba,
}

/// Levels from which checks can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelName {
    /// MUST, and plain statements
    Must,
    /// SHOULD, too
    Should,
    /// MAY, too: everything
    May,
}

/// Levels whose failure can fail a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// MUST, and plain statements
    Must,
    /// SHOULD, too
    Should,
}

/// The seed of a random order; `None` for one that is yet to be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderSeed(pub Option<u64>);

impl Standard {
    /// The name in records and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Standard::Core => "core",
            Standard::FapiCiba => "fapi-ciba",
        }
    }
}

impl LevelName {
    /// The level.
    pub fn level(self) -> Level {
        match self {
            LevelName::Must => Level::Must,
            LevelName::Should => Level::Should,
            LevelName::May => Level::May,
        }
    }
}

impl FailOn {
    /// The level.
    pub fn level(self) -> Level {
        match self {
            FailOn::Must => Level::Must,
            FailOn::Should => Level::Should,
        }
    }
}

fn order_seed(text: &str) -> Result<OrderSeed, String> {
    if text.is_empty() {
        return Ok(OrderSeed(None));
    }
    let seed = text.parse().ok().filter(|seed| *seed <= SEED_MAX);
    seed.map(|seed| OrderSeed(Some(seed)))
        .ok_or_else(|| format!("expected a whole number from 0 to {SEED_MAX}, or nothing"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = mock_auth_service::duration::parse(text).map_err(|error| error.to_string())?;
    if duration.is_zero() { Err("expected more than no time at all".to_owned()) } else { Ok(duration) }
}
