use std::path::PathBuf;

use crate::cli::choices::{SEED_MAX, run_format_names};

/// Arguments of `gate`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Gate file: which checks, which load, which thresholds, and the earlier run to compare with
    ///
    /// profiles/gates/release.toml explains every key. Paths in it are relative to it.
    /// Example: ciba-bench gate profiles/gates/release.toml
    #[arg(value_name = "GATE")]
    pub gate: PathBuf,

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

    /// Print a summary of the record on standard output as one JSON document, and nothing else there
    #[arg(long, help_heading = "Results")]
    pub json: bool,

    /// No progress and no notes on standard error; errors are still told
    #[arg(long, help_heading = "Results")]
    pub quiet: bool,
}
