//! `ciba-bench plan`: what a load will demand, before anything is started.

use std::path::PathBuf;
use std::time::Duration;

use mock_auth_service::duration;
use reference_op::FaultSet;

use super::failure::Failure;
use super::input::{self, ChosenProfile};
use super::output::Output;
use super::quantities;
use super::run::Job;
use crate::analysis::{Assumed, Exit};
use crate::profile::Profile;

/// Shortest time for which a rate of its own is held.
const HELD_FOR: Duration = Duration::from_secs(600);
/// The longest life is so many times longer than what is waited for, so that the load settles.
const HELD_TIMES: u32 = 4;
/// Longest interval and life of a request.
const LONGEST: Duration = Duration::from_secs(86_400);
/// Longest time that users take.
const LONGEST_DELAY: Duration = Duration::from_secs(3_600);

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Load profile: the name of a built-in one or the path of a TOML file
    ///
    /// Example: ciba-bench plan profiles/mine.toml
    #[arg(value_name = "PROFILE", default_value = "smoke", conflicts_with = "rate")]
    profile: String,

    /// A steady rate of flows instead of a profile, such as 100/s: poll flows, all of them approved
    ///
    /// Example: ciba-bench plan --rate 100/s --approve-after 30s --interval 5s
    #[arg(long, value_name = "RATE", value_parser = quantities::rate)]
    rate: Option<f64>,

    /// Time that users take to approve, with --rate. Default: none
    #[arg(long, value_name = "TIME", requires = "rate", value_parser = up_to_an_hour)]
    approve_after: Option<Duration>,

    /// Interval that the server asks for. Default: 5s, the standard's
    #[arg(long, value_name = "TIME", value_parser = up_to_a_day)]
    interval: Option<Duration>,

    /// Life of a request, where the profile asks for none. Default: 120s, the embedded OP's
    #[arg(long, value_name = "TIME", value_parser = up_to_a_day)]
    expires_in: Option<Duration>,

    /// Target file of the server under test, for its clients' signatures; it is not called
    #[arg(long, value_name = "FILE")]
    target: Option<PathBuf>,

    /// Print the plan on standard output as one JSON document, and nothing else there
    #[arg(long)]
    json: bool,
}

/// Says what a load will demand.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let target = arguments.target.as_deref().map(input::target).transpose();
    let chosen = match arguments.rate {
        Some(rate) => steady(rate, arguments.approve_after.unwrap_or_default()),
        None => input::profile(&arguments.profile),
    };
    let (chosen, target) = Failure::both(chosen, target)?;
    let job = Job::of(chosen, target, FaultSet::NONE, None)?;
    let known = job.assumed();
    let plan = job.plan_assuming(Assumed {
        interval: arguments.interval.unwrap_or(known.interval),
        life: arguments.expires_in.unwrap_or(known.life),
        ..known
    });
    let output = Output { quiet: false, json: arguments.json };
    output.result(plan.text().as_bytes())?;
    output.json(&plan)?;
    Ok(Exit::Done)
}

/// The profile of a rate that is held for long enough.
fn steady(rate: f64, approve_after: Duration) -> Result<ChosenProfile, Failure> {
    let held = HELD_FOR.max(approve_after * HELD_TIMES);
    let text = format!(
        "description = \"a steady rate\"\n\n\
         [workload]\nmax_in_flight = 10_000_000\n\n\
         [[workload.stages]]\nname = \"steady\"\nduration = {:?}\nrate = {rate}\n\n\
         [engine]\nrelying_parties = 10\nflows_per_relying_party = 1_000_000\n\n\
         [decisions]\ndelay.constant = {:?}\n",
        duration::format(held),
        duration::format(approve_after),
    );
    let profile = Profile::parse("a steady rate", "--rate", &text).map_err(Failure::internal)?;
    Ok(ChosenProfile { profile, text })
}

fn up_to_an_hour(text: &str) -> Result<Duration, String> {
    quantities::time(text, Duration::ZERO, LONGEST_DELAY)
}

fn up_to_a_day(text: &str) -> Result<Duration, String> {
    quantities::time(text, Duration::from_secs(1), LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_bounds() {
        assert_eq!(up_to_an_hour("30s"), Ok(Duration::from_secs(30)));
        assert!(up_to_an_hour("30").unwrap_err().contains("such as 500ms, 5s or 2m (0s to 1h)"));
        assert!(up_to_a_day("0s").is_err());
    }

    #[test]
    fn a_rate_is_held_until_it_has_settled() {
        let chosen = steady(100.0, Duration::from_secs(1_800)).unwrap();
        assert_eq!(chosen.profile.workload.length(), Duration::from_secs(7_200));
        assert_eq!(chosen.profile.workload.peak_rate(), 100.0);
    }
}
