use std::net::SocketAddr;
use std::path::PathBuf;

use super::watching::metrics_address;
use crate::analysis::comparison::Limit;
use crate::cli::choices::{SEED_MAX, fault_name, run_format_names};
use crate::cli::compare::limit;
use crate::cli::output::Output;

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Load profile: the name of a built-in one (`ciba-bench list profiles`) or the path of a TOML file
    ///
    /// Example: ciba-bench run profiles/mine.toml
    #[arg(value_name = "PROFILE", default_value = "smoke")]
    pub profile: String,

    /// Target file of the server under test
    ///
    /// Without it the embedded OP is tested, which runs in this process. `ciba-bench target init` writes a first target
    /// file. Off loopback the file has to say that load is allowed, up to which rate, and for which users.
    /// Example: --target targets/acme.toml
    #[arg(long, value_name = "FILE", help_heading = "What is tested")]
    pub target: Option<PathBuf>,

    /// Faults of the embedded OP to switch on, by name (`ciba-bench list faults`)
    ///
    /// Default: none. What shows to well-behaved clients ends the run with exit code 4, naming the clause; `ciba-bench
    /// conformance` finds the rest. Example: --fault wrong-sub,bad-at-hash
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        value_parser = fault_name,
        conflicts_with = "target",
        help_heading = "What is tested"
    )]
    pub fault: Vec<String>,

    /// Command that prints the resident memory of the system under test: a number with B, kB, KiB, MB, MiB, GB or GiB, or of bytes
    ///
    /// It is run by `sh -c` every 2 s while the load goes on, for 5 s at most. From it comes the memory per 1,000 pending flows. If it
    /// tells nothing at first, nothing is started; later that is a caveat. Example: --sut-memory 'echo $(ps -o rss= -p 4711) KiB'
    #[arg(long, value_name = "CMD", help_heading = "What is tested")]
    pub sut_memory: Option<String>,

    /// Seed of everything random, a whole number: users, decisions, delays
    ///
    /// The same seed gives the same sequence. Default: the profile's own. Example: --seed 42
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=SEED_MAX), help_heading = "How it runs")]
    pub seed: Option<u64>,

    /// Say what the run would demand, and send nothing
    ///
    /// Prints stages, arrivals, flows in flight by Little's law, file descriptors and length.
    #[arg(long, help_heading = "How it runs")]
    pub dry_run: bool,

    /// Show the run live on the terminal behind standard error, whole screen; where there is none, progress is written as lines
    ///
    /// Load asked and reached, flows under way against Little's law, outcomes, polls, percentiles of every span, the generator's
    /// health, the last violations. q or Ctrl-C ends the run in order.
    #[arg(long, conflicts_with = "quiet", help_heading = "How it runs")]
    pub tui: bool,

    /// Serve metrics for Prometheus while the run goes on, at http://ADDR/metrics: a port of the loopback interface, or an address
    /// with a port
    ///
    /// docs/METRICS.md lists them. Nobody has to log in: leave it on the loopback interface where others must not see it.
    /// Example: --metrics-listen 9464
    #[arg(long, value_name = "ADDR", value_parser = metrics_address, help_heading = "How it runs")]
    pub metrics_listen: Option<SocketAddr>,

    /// An earlier run of the same profile (its folder, or its record.json) that this one is compared with when it is over
    ///
    /// Several with commas between, or a folder that holds their folders, where that run was repeated. The comparison is written
    /// beside the report and shown after it. A baseline that the run cannot be held against is refused before anything starts.
    /// Example: --baseline reports/runs/20260314T092653Z-smoke
    #[arg(long, value_name = "RUN[,RUN..]", help_heading = "How it is judged")]
    pub baseline: Option<String>,

    /// End with exit code 7, where nothing weightier applies, if a figure has become worse than the baseline's by more than this;
    /// may be given several times
    ///
    /// It has if the whole interval of the ratio lies beyond; `ciba-bench compare --help` has the figures.
    /// Example: --fail-on-regression 'notify p99 > 5%'
    #[arg(long, value_name = "LIMIT", value_parser = limit, requires = "baseline", help_heading = "How it is judged")]
    pub fail_on_regression: Vec<Limit>,

    /// Folder for the results; must not hold another run's record
    ///
    /// Default: reports/runs/UTC-TIME-PROFILE/ below the current folder. Example: --out /var/tmp/monday
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub out: Option<PathBuf>,

    /// Files to write beside record.json, which is always written: table, html, csv, hgrm, goose, and others
    ///
    /// `ciba-bench list formats` has all. Example: --format table,html,csv
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        default_value = "table,html,hgrm",
        value_parser = run_format_names(),
        hide_possible_values = true,
        help_heading = "Results"
    )]
    pub format: Vec<String>,

    /// What is printed
    #[command(flatten)]
    pub output: Output,
}
