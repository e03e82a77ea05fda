//! `ciba-bench profile`: load profiles as files.

use super::failure::Failure;
use super::input;
use super::next_steps::{self, NextStep};
use super::output::Output;
use crate::analysis::Exit;
use crate::profile::Profile;
use crate::profile::document::{Problems, nearest};

/// The table of delivery modes.
const MIX: &str = "[mix]";

/// Commands about profiles.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Check a profile and say everything that is wrong with it; starts nothing
    Check {
        /// TOML file, or the name of a built-in profile
        #[arg(value_name = "FILE")]
        file: String,
    },
    /// Print a built-in profile, as a first version of your own: profile show smoke > mine.toml
    Show {
        /// Name of a built-in profile; `annotated` explains every key
        #[arg(value_name = "NAME")]
        name: String,
        /// With flows of this delivery mode only, and without thresholds that they cannot meet
        ///
        /// For a server that offers no other. Example: ciba-bench profile show smoke --mode poll > smoke-poll.toml
        #[arg(long, value_name = "MODE")]
        mode: Option<OnlyMode>,
    },
}

/// A delivery mode that a profile can be cut down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OnlyMode {
    /// Flows that poll for their tokens
    Poll,
    /// Flows that wait for a notification, and then fetch their tokens
    Ping,
}

/// Does it.
pub fn run(command: &Command) -> Result<Exit, Failure> {
    let output = Output::default();
    match command {
        Command::Check { file } => {
            let profile = input::profile(file)?.profile;
            let length = mock_auth_service::duration::format(profile.workload.length());
            let stages = profile.workload.stages().len();
            let text = format!(
                "{file}: in order; {stages} stages, {length}, {} thresholds\n",
                profile.thresholds.len()
            );
            output.result(text.as_bytes())?;
            let why = "what it demands of this machine and of the server";
            next_steps::tell(&[NextStep::command(&["plan", file], why)], output);
        }
        Command::Show { name, mode } => {
            let text = Profile::builtin_text(name).ok_or_else(|| Failure::usage(unknown(name)))?;
            let text = match mode {
                None => text.to_owned(),
                Some(mode) => of_one_mode(name, text, *mode).map_err(Failure::usage)?,
            };
            output.result(text.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}

/// The text of a built-in profile with flows of one delivery mode only. Thresholds on what those flows never do would have no
/// samples, and are never met without.
fn of_one_mode(name: &str, text: &str, mode: OnlyMode) -> Result<String, Problems> {
    let (word, never) = match mode {
        OnlyMode::Poll => ("poll", &["notify"][..]),
        OnlyMode::Ping => ("ping", &["poll", "stale_polls", "throttled"][..]),
    };
    let of_others = |line: &str| {
        let threshold = line.trim_start().strip_prefix('"').unwrap_or_default();
        never.iter().any(|metric| threshold.starts_with(metric))
    };
    let (mut kept, mut in_mix) = (Vec::new(), false);
    for line in text.lines() {
        in_mix = (in_mix && !line.is_empty()) || line == MIX;
        if !in_mix && !of_others(line) {
            kept.push(line);
        }
    }
    // Tables may come in any order.
    let text = format!("{}\n\n{MIX}\n{word} = 1\n", kept.join("\n").trim_end());
    // A profile may be about what flows of that mode never do.
    Profile::parse(name, &format!("{name} --mode {word}"), &text).map(|_| text)
}

fn unknown(name: &str) -> String {
    let names = Profile::builtin_names();
    let hint = nearest(name, &names).map_or_else(String::new, |meant| format!("; did you mean {meant:?}?"));
    format!("NAME {name:?}: no built-in profile has this name, expected one of {}{hint}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::DeliveryMode;

    #[test]
    fn every_built_in_profile_can_be_had_for_one_delivery_mode() {
        for name in Profile::builtin_names() {
            let text = Profile::builtin_text(name).unwrap();
            for (mode, expected) in
                [(OnlyMode::Poll, DeliveryMode::Poll), (OnlyMode::Ping, DeliveryMode::Ping)]
            {
                let Ok(text) = of_one_mode(name, text, mode) else {
                    assert_eq!((name, mode), ("retry_storm", OnlyMode::Ping), "it is about polls");
                    continue;
                };
                let profile = Profile::parse(name, name, &text).unwrap();
                assert!((0..4).all(|flow| profile.mix.mode_of(flow) == expected), "{name} {mode:?}");
                let notified =
                    profile.thresholds.iter().any(|threshold| threshold.expression.starts_with("notify"));
                assert!(mode == OnlyMode::Ping || !notified, "{name}: {text}");
            }
        }
        let smoke = Profile::builtin_text("smoke").unwrap();
        let of_polls = of_one_mode("smoke", smoke, OnlyMode::Poll).unwrap();
        assert!(
            of_polls.contains("\"ack p99 < 500ms\"") && of_polls.contains("unknown_users = 0.02"),
            "{of_polls}"
        );
    }
}
