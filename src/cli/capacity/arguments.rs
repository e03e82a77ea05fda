use std::path::PathBuf;
use std::time::Duration;

use crate::cli::choices::{SEED_MAX, fault_name, format_names};
use crate::cli::output::Output;
use crate::cli::quantities;
use crate::record::CapacitySearch;

/// Shortest and longest trial.
const TRIAL: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3_600)];
/// Longest pause between two trials.
const SETTLE_MAX: Duration = Duration::from_secs(600);
/// Shortest and longest search.
const WITHIN: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(7 * 86_400)];
/// Most trials for each end of the bracket.
const REPEAT_MAX: i64 = 20;
/// Most trials of a search.
const TRIALS_MAX: u32 = 200;
/// Longest name and longest value of a label.
const LABEL_MAX: usize = 100;

/// Arguments of `capacity`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Load profile whose flows, users and thresholds are used; its stages give way to one rate after the other
    ///
    /// A built-in one (`ciba-bench list profiles`) or the path of a TOML file. Example: ciba-bench capacity profiles/mine.toml
    #[arg(value_name = "PROFILE", default_value = "capacity")]
    pub profile: String,

    /// Target file of the server under test
    ///
    /// Without it the embedded OP is tested, which runs in this process. Off loopback the file has to allow the rate of --to.
    #[arg(long, value_name = "FILE", help_heading = "What is tested")]
    pub target: Option<PathBuf>,

    /// Faults of the embedded OP to switch on, by name (`ciba-bench list faults`); default: none
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        value_parser = fault_name,
        conflicts_with = "target",
        help_heading = "What is tested"
    )]
    pub fault: Vec<String>,

    /// What this deployment is called, to compare it with others. Example: --label size=4cpu,nodes=3
    #[arg(long, value_name = "NAME=VALUE,..", value_delimiter = ',', value_parser = label, help_heading = "What is tested")]
    pub label: Vec<(String, String)>,

    /// What it costs per hour, in any currency. Example: --cost 1.20/h
    #[arg(long, value_name = "COST", value_parser = cost, help_heading = "What is tested")]
    pub cost: Option<f64>,

    /// Command that describes the system under test; what it prints is kept in the record
    ///
    /// It is run once by `sh -c`, before the search, for a minute and 64 KiB at most. If it fails, nothing is started.
    /// Example: --sut-describe 'kubectl get nodes -o json'
    #[arg(long, value_name = "CMD", help_heading = "What is tested")]
    pub sut_describe: Option<String>,

    /// Command that prints the resident memory of the system under test: a number with B, kB, KiB, MB, MiB, GB or GiB, or of bytes
    ///
    /// It is run by `sh -c` every 2 s while trials go on, for 5 s at most. From it comes the memory per 1,000 pending flows, here and in
    /// `compare --sizing`. If it tells nothing at first, nothing is started; later that is a caveat.
    /// Example: --sut-memory 'echo $(ps -o rss= -p 4711) KiB'
    #[arg(long, value_name = "CMD", help_heading = "What is tested")]
    pub sut_memory: Option<String>,

    /// Lowest rate that is tried, in flows per second; the search begins there
    #[arg(long, value_name = "RATE", default_value = "50/s", value_parser = quantities::rate, help_heading = "How it is searched")]
    pub from: f64,

    /// Highest rate that is tried
    #[arg(long, value_name = "RATE", default_value = "2000/s", value_parser = quantities::rate, help_heading = "How it is searched")]
    pub to: f64,

    /// How far apart both ends of the bracket may be
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = width, help_heading = "How it is searched")]
    pub width: f64,

    /// Length of the first trials, without their warm-up; they become longer up to --trial
    ///
    /// At low rates a trial takes as long as the thresholds' percentiles need: a p99 needs 300 samples.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = trial, help_heading = "How it is searched")]
    pub first_trial: Duration,

    /// Length of the last trials, which decide: the answer is for loads of this length
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = trial, help_heading = "How it is searched")]
    pub trial: Duration,

    /// How many of the last trials decide about one rate
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=REPEAT_MAX), help_heading = "How it is searched")]
    pub repeat: u32,

    /// Share of these that may say otherwise
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = exceed_ratio, help_heading = "How it is searched")]
    pub exceed_ratio: f64,

    /// Pause between two trials
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = settle, help_heading = "How it is searched")]
    pub settle: Duration,

    /// Longest time for the whole search
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = within, help_heading = "How it is searched")]
    pub within: Duration,

    /// Seed of everything random, a whole number; each trial has the next one. Default: the profile's own
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=SEED_MAX), help_heading = "How it is searched")]
    pub seed: Option<u64>,

    /// Say what the highest rate would demand of this machine, and send nothing
    #[arg(long, conflicts_with = "resume", help_heading = "How it is searched")]
    pub dry_run: bool,

    /// Folder for the results; must not hold another run's record. Default: reports/runs/UTC-TIME-PROFILE/
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub out: Option<PathBuf>,

    /// Go on with a search that was interrupted or ran out of time: its folder
    ///
    /// The other arguments have to be the same, but for --within. Trials that are in the folder are not repeated.
    #[arg(long, value_name = "DIR", conflicts_with = "out", help_heading = "Results")]
    pub resume: Option<PathBuf>,

    /// Files to write beside record.json, which is always written
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        default_value = "table,html,markdown",
        value_parser = format_names(),
        hide_possible_values = true,
        help_heading = "Results"
    )]
    pub format: Vec<String>,

    #[command(flatten)]
    pub output: Output,
}

impl Arguments {
    /// What is searched for, and how.
    pub fn search(&self) -> CapacitySearch {
        CapacitySearch {
            lowest_per_s: self.from,
            highest_per_s: self.to,
            width: self.width,
            first_trial_s: self.first_trial.min(self.trial).as_secs_f64(),
            last_trial_s: self.trial.as_secs_f64(),
            duration_sum_s: self.trial.as_secs_f64() * f64::from(self.repeat),
            exceed_ratio: self.exceed_ratio,
            trials_max: TRIALS_MAX,
            time_max_s: self.within.as_secs_f64(),
            settle_s: self.settle.as_secs_f64(),
        }
    }
}

fn width(text: &str) -> Result<f64, String> {
    quantities::share(text, 0.01, 0.5)
}

fn exceed_ratio(text: &str) -> Result<f64, String> {
    quantities::share(text, 0.0, 0.45)
}

fn trial(text: &str) -> Result<Duration, String> {
    let [least, most] = TRIAL;
    quantities::time(text, least, most)
}

fn settle(text: &str) -> Result<Duration, String> {
    quantities::time(text, Duration::ZERO, SETTLE_MAX)
}

fn within(text: &str) -> Result<Duration, String> {
    let [least, most] = WITHIN;
    quantities::time(text, least, most)
}

fn label(text: &str) -> Result<(String, String), String> {
    let fits = |part: &str| {
        !part.is_empty() && part.chars().count() <= LABEL_MAX && !part.contains(char::is_control)
    };
    match text.split_once('=') {
        Some((name, value)) if fits(name) && fits(value) => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err("expected a name and a value such as size=4cpu".to_owned()),
    }
}

fn cost(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/h").and_then(|number| number.trim().parse::<f64>().ok());
    let given = number.filter(|cost| cost.is_finite() && *cost > 0.0);
    given.ok_or_else(|| "expected a cost per hour such as 1.20/h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_costs() {
        assert_eq!(label("size=4cpu"), Ok(("size".to_owned(), "4cpu".to_owned())));
        for wrong in ["size", "=4", "size=", "a=\u{7}"] {
            assert!(label(wrong).is_err(), "{wrong}");
        }
        for (text, expected) in [
            ("1.20/h", Some(1.2)),
            ("3 /h", Some(3.0)),
            ("3", None),
            ("0/h", None),
            ("1.20/d", None),
            ("inf/h", None),
        ] {
            assert_eq!(cost(text).ok(), expected, "{text}");
        }
    }
}
