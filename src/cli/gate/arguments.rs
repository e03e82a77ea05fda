use std::path::PathBuf;

use crate::cli::choices::{SEED_MAX, run_format_names};
use crate::cli::output::Output;

/// Arguments of `gate`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Gate file: which checks, which load, which thresholds, and the earlier run to compare with; or `release`, the one that
    /// is built in
    ///
    /// The one that is built in explains every key: `ciba-bench gate release --show > mine.toml` makes it a first one of your own.
    /// Paths in a gate file are relative to it. Example: ciba-bench gate mine.toml
    #[arg(value_name = "GATE")]
    pub gate: PathBuf,

    /// Print the gate file, and run nothing
    #[arg(long, conflicts_with_all = ["target", "seed", "out", "format", "json"])]
    pub show: bool,

    /// Target file of the server under test, instead of the one that the gate file names
    ///
    /// Without either the embedded OP is tested, which runs in this process. Example: --target targets/staging.toml
    #[arg(long, value_name = "FILE", help_heading = "What is tested")]
    pub target: Option<PathBuf>,

    /// Seed of everything random in the load, a whole number: users, decisions, delays
    ///
    /// The same seed gives the same sequence. Default: the profile's own. Example: --seed 42
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=SEED_MAX), help_heading = "How it runs")]
    pub seed: Option<u64>,

    /// Folder for the results; must not hold another run's record
    ///
    /// Default: reports/runs/UTC-TIME-NAME/ below the current folder. Example: --out /var/tmp/release
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub out: Option<PathBuf>,

    /// Files to write beside record.json and MANIFEST.sha256, which are always written
    ///
    /// Default: all of table, html, junit, markdown, traceability, verdicts. Example: --format junit,hgrm
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        value_parser = run_format_names(),
        hide_possible_values = true,
        help_heading = "Results"
    )]
    pub format: Vec<String>,

    /// What is printed
    #[command(flatten)]
    pub output: Output,
}
