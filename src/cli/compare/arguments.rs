use std::path::PathBuf;

use crate::analysis::comparison::{Limit, part};
use crate::cli::choices::comparison_format_names;
use crate::cli::output::Output;
use crate::cli::quantities::rate;

/// Largest noise that can be asked for.
const NOISE_MAX: f64 = 1.0;

/// Arguments of `compare`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The sides to compare; the first one is the baseline
    ///
    /// A side is a run's folder or its record.json; of a run that was repeated, several of them with commas between, or a folder
    /// that holds their folders. Example: ciba-bench compare runs/monday runs/tuesday
    #[arg(value_name = "RUN[,RUN..]", num_args = 1.., required = true)]
    pub sides: Vec<String>,

    /// Hold searches for the capacity of several deployment sizes side by side, instead of comparing runs
    ///
    /// The records are those of `ciba-bench capacity --label ..`; sizes are told apart by their labels, and compared by the
    /// number that vcpu=N, cpu=N or size=Ncpu, times nodes=N, give. From six sizes on, the Universal Scalability Law is fitted.
    /// Example: ciba-bench compare --sizing --rate 300/s runs/2cpu runs/4cpu
    #[arg(
        long,
        conflicts_with_all = ["noise", "fail_on_regression", "despite_differences"],
        help_heading = "Sizes of a deployment"
    )]
    pub sizing: bool,

    /// With --sizing: flows per second to be carried; the cheapest size that does is named
    #[arg(long, value_name = "RATE", requires = "sizing", value_parser = rate, help_heading = "Sizes of a deployment")]
    pub rate: Option<f64>,

    /// With --sizing: the part of a capacity that is to be left unused
    #[arg(
        long,
        value_name = "SHARE",
        requires = "sizing",
        default_value = "30%",
        value_parser = headroom,
        help_heading = "Sizes of a deployment"
    )]
    pub headroom: f64,

    /// The part by which a figure may differ without being called better or worse
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = noise, help_heading = "How it is judged")]
    pub noise: f64,

    /// End with exit code 7 if a figure has become worse by more than this: figure, statistic, > and a share; may be given
    /// several times
    ///
    /// It has if the whole interval of the ratio lies beyond. Figures: every span with mean, p50, p90, p99 or p99.9, and throughput,
    /// rate, error_rate, polls_per_flow, stale_polls, throttled. A figure about which nothing can be said, for want of samples or
    /// since a run is invalid, is exit code 6. Example: --fail-on-regression 'notify p99 > 5%'
    #[arg(long, value_name = "LIMIT", value_parser = limit, help_heading = "How it is judged")]
    pub fail_on_regression: Vec<Limit>,

    /// Compare although the profiles or the load models differ; what differs is told
    #[arg(long, help_heading = "How it is judged")]
    pub despite_differences: bool,

    /// Folder for comparison.txt, .html, .md and .json, with --sizing for sizing.txt and so on; files of an earlier comparison are
    /// overwritten
    ///
    /// Default: no files, the table on standard output alone. Example: --out comparisons/tuesday
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub out: Option<PathBuf>,

    /// The files to write with --out; without it the one form that is printed on standard output
    ///
    /// Default: all files; on standard output the table. Example: --format markdown
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        value_parser = comparison_format_names(),
        help_heading = "Results"
    )]
    pub format: Vec<String>,

    #[command(flatten)]
    pub output: Output,
}

/// How much worse a figure may have become, as an argument.
pub fn limit(text: &str) -> Result<Limit, String> {
    text.parse::<Limit>().map_err(|error| error.to_string())
}

fn noise(text: &str) -> Result<f64, String> {
    part(text)
        .filter(|noise| *noise <= NOISE_MAX)
        .ok_or_else(|| "expected a share from 0% to 100%, such as 5%".to_owned())
}

fn headroom(text: &str) -> Result<f64, String> {
    part(text)
        .filter(|headroom| *headroom < 1.0)
        .ok_or_else(|| "expected a share from 0% to below 100%, such as 30%".to_owned())
}
