//! What can be typed.

use clap::{CommandFactory as _, Parser, Subcommand};

use super::columns::columns;
use super::{
    capacity, compare, conformance, doctor, exit_codes, explain, gate, judge, keys, list, plan, profile,
    report, run, selftest, serve, target,
};

/// Widest help text, in columns.
const HELP_COLUMNS: usize = 100;

/// Commands by what they are for, in the order in which help shows them.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Measure and judge", &["run", "conformance", "gate", "judge", "capacity", "compare", "report"]),
    ("Look up", &["plan", "explain", "list", "selftest"]),
    ("Set up", &["target", "doctor", "profile", "keys"]),
    ("Parts alone", &["serve"]),
];

/// What to type first, and what for.
const FIRST_STEPS: [[&str; 2]; 5] = [
    ["ciba-bench run", "a first report, against the embedded OP"],
    ["ciba-bench target init --issuer URL --out mine.toml", "a server of your own: its target file"],
    ["ciba-bench doctor --target mine.toml", "whether it can be used"],
    ["ciba-bench conformance --target mine.toml", "what it does otherwise than the standard"],
    ["ciba-bench run baseline --target mine.toml", "how it bears a minute of load"],
];

/// Load-tests and judges CIBA servers (OpenID Connect Client-Initiated Backchannel Authentication)
#[derive(Debug, Parser)]
#[command(name = "ciba-bench", version, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a load profile against a server, or against the embedded OP
    Run(Box<run::Arguments>),
    /// Hold a server, or the embedded OP, against the standard, sentence by sentence
    Conformance(Box<conformance::Arguments>),
    /// Decide about a release: checks, then load with its thresholds, one verdict and one exit code
    Gate(gate::Arguments),
    /// Judge what is no OP: an authentication service
    #[command(subcommand)]
    Judge(judge::Command),
    /// Find the highest rate of flows that meets a profile's thresholds
    Capacity(Box<capacity::Arguments>),
    /// Prove that every check can fail: each one against a fault of this tool's own parties that it has to find
    Selftest(selftest::Arguments),
    /// Say what a load will demand before anything is started: flows, polls, pings, connections, memory, machines
    ///
    /// From the profile alone, or from a rate: how many flows are under way at the peak by Little's law, requests, pings and
    /// signatures a second, connections, file descriptors, memory, and how many generator machines like this one it takes. What
    /// one exchange and one flow cost was measured on one machine: docs/METHODOLOGY.md says how. Nothing is sent.
    Plan(plan::Arguments),
    /// Explain a check or a requirement: what it asks for, why, and how it is observed
    Explain(explain::Arguments),
    /// Write the report of a record again, in any format
    Report(report::Arguments),
    /// Compare runs: every figure with its ratio and an interval, and a verdict in words
    ///
    /// Every side is held against the first one. The interval of a ratio comes from blocks of the runs' own intervals, drawn anew; of
    /// repeated runs from their ranks (docs/METHODOLOGY.md). Better, worse and no difference are said only where the whole interval
    /// says so; with too few samples, or of an invalid run, a comparison is inconclusive. Runs of different profiles are refused;
    /// other targets, seeds, machines and versions, and caveats, are told.
    Compare(compare::Arguments),
    /// Target files: write a first one from a server's metadata, or check one
    #[command(subcommand)]
    Target(target::Command),
    /// Find out whether a server can be used with its target file, and what to change where
    ///
    /// Examines, one thing after the other: metadata, issuer, delivery modes, endpoints, keys, clock, each client, the consents
    /// of Open Banking where the file lists any (one of each kind is created, and deleted where it can be), how the server and
    /// the authentication service call each other, a poll flow, a ping flow with a real ping, and the subject of the tokens.
    /// Each finding says what was seen and, where that is not well, what to change: in the target file, in the server's
    /// console, or in the network. What stands on something that failed is not examined. A minute is the most that it takes,
    /// unless a person has to answer. Exit code 0: it can be used; 3: something failed.
    Doctor(doctor::Arguments),
    /// Load profiles: check one of your own, or show a built-in one
    #[command(subcommand)]
    Profile(profile::Command),
    /// Make keys for clients that sign, for tests only: PEM, private JWK, and the public set
    Keys(keys::Arguments),
    /// List what there is: checks, requirements, profiles, faults, formats, rules, exit codes
    List(list::Arguments),
    /// Run the embedded OP or the mock authentication service by itself; Ctrl-C ends it, exit code 0
    #[command(subcommand)]
    Serve(serve::Command),
}

/// The parser, with its commands grouped and the exit codes explained.
pub fn parser() -> clap::Command {
    let command = Arguments::command().max_term_width(HELP_COLUMNS).term_width(HELP_COLUMNS);
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}Options:\n{{options}}{{after-help}}",
        grouped(&command)
    );
    command
        .help_template(template)
        .after_help(format!(
            "{}\n\n{}\nEach command explains itself: ciba-bench run --help",
            exit_codes::help(),
            first_steps()
        ))
        .mut_subcommand("run", |run| run.after_help(exit_codes::help()))
        .mut_subcommand("conformance", |conformance| conformance.after_help(exit_codes::help()))
        .mut_subcommand("capacity", |capacity| capacity.after_help(exit_codes::help()))
        .mut_subcommand("doctor", |doctor| doctor.after_help(exit_codes::help()))
        .mut_subcommand("compare", |compare| compare.after_help(exit_codes::help()))
        .mut_subcommand("gate", |gate| {
            gate.after_help(exit_codes::help()).after_long_help(format!(
                "{}\n\n{}",
                exit_codes::help(),
                gate::PIPELINE.trim_end()
            ))
        })
        .mut_subcommand("judge", |judge| {
            judge.mut_subcommand("auth-service", |service| service.after_help(exit_codes::help()))
        })
}

/// What leads from nothing to figures of a server of one's own.
fn first_steps() -> String {
    let rows = FIRST_STEPS.map(|step| step.map(str::to_owned));
    format!("First steps:\n{}", columns("  ", &rows))
}

fn grouped(command: &clap::Command) -> String {
    let widest = command.get_subcommands().map(|command| command.get_name().len()).max().unwrap_or(0);
    let mut text = String::new();
    for (heading, names) in GROUPS {
        text.push_str(&format!("{heading}:\n"));
        for name in names {
            let about = command.find_subcommand(name).and_then(clap::Command::get_about);
            text.push_str(&format!("  {name:widest$}  {}\n", about.cloned().unwrap_or_default()));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let command = parser();
        let mut known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        grouped.sort_unstable();
        known.sort_unstable();
        assert_eq!(grouped, known);
    }

    #[test]
    fn the_parser_is_sound_and_every_argument_explains_itself() {
        fn check(command: &clap::Command, path: &str) {
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path} {}", argument.get_id());
            }
            for command in command.get_subcommands() {
                let path = format!("{path} {}", command.get_name());
                assert!(command.get_about().is_some(), "{path}");
                check(command, &path);
            }
        }
        let mut command = parser();
        command.clone().debug_assert();
        command.build();
        check(&command, "ciba-bench");
    }
}
