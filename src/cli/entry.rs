//! From arguments to the exit code.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::FromArgMatches as _;
use clap::error::ErrorKind;

use super::arguments::{Arguments, Command, parser};
use super::failure::Failure;
use super::output::{Output, show_help, tell_at_length};
use super::{
    capacity, compare, conformance, doctor, explain, gate, judge, keys, list, plan, profile, report, run,
    selftest, serve, target,
};
use crate::analysis::Exit;

/// Does what the arguments say; the first one is the command's own name. Everything that there is to say was said when
/// this returns.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let parsed =
        parser().try_get_matches_from(arguments).and_then(|matches| Arguments::from_arg_matches(&matches));
    let exit = match parsed {
        // A panic has told its story by its hook; what remains is that its exit code is one of ours.
        Ok(arguments) => catch_unwind(AssertUnwindSafe(|| act(arguments.command))).unwrap_or(Exit::Internal),
        Err(error) => explain(&error),
    };
    ExitCode::from(exit.code())
}

fn act(command: Command) -> Exit {
    let result = match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Conformance(arguments) => conformance::run(&arguments),
        Command::Gate(arguments) => gate::run(&arguments),
        Command::Judge(command) => judge::run(&command),
        Command::Capacity(arguments) => capacity::run(&arguments),
        Command::Selftest(arguments) => selftest::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Target(command) => target::run(&command),
        Command::Profile(command) => profile::run(&command),
        Command::Keys(arguments) => keys::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Serve(command) => serve::run(&command),
    };
    finish(result)
}

fn finish(result: Result<Exit, Failure>) -> Exit {
    result.unwrap_or_else(|failure| {
        Output::default().failure(&failure);
        failure.exit()
    })
}

/// Help and version go to standard output; what could not be parsed is said on standard error.
fn explain(error: &clap::Error) -> Exit {
    let text = error.render().to_string();
    if !error.use_stderr() {
        return finish(Output::default().result(text.as_bytes()).map(|()| Exit::Done));
    }
    // A group of commands without one of them: this is its help, and nothing is wrong yet.
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        show_help(&text);
    } else {
        tell_at_length(&reworded(text.strip_prefix("error: ").unwrap_or(&text)));
    }
    Exit::Usage
}

/// The parser's words without advice that leads astray, and with some that it cannot give.
fn reworded(text: &str) -> String {
    let mut paragraphs: Vec<String> = text.trim_end().split("\n\n").map(str::to_owned).collect();
    paragraphs.retain(|paragraph| !paragraph.trim_start().starts_with("tip: to pass '"));
    if let Some(name) = unflagged(text) {
        paragraphs.insert(1, format!("  tip: it is given without a flag: {name}"));
    }
    paragraphs.join("\n\n")
}

/// The name of the value that was meant where `--profile X` was typed, and the usage has `[PROFILE]`.
fn unflagged(text: &str) -> Option<String> {
    let flag = text.strip_prefix("unexpected argument '--")?.split('\'').next()?;
    let name = flag.to_ascii_uppercase();
    let usage = text.split("Usage: ").nth(1)?.lines().next()?;
    let is_a_value = |word: &str| word.trim_matches(['[', ']', '<', '>']) == name;
    usage.split(' ').any(is_a_value).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(arguments: &[&str]) -> String {
        let all = ["ciba-bench"].iter().chain(arguments);
        let text = parser().try_get_matches_from(all).unwrap_err().render().to_string();
        reworded(text.strip_prefix("error: ").unwrap())
    }

    #[test]
    fn what_is_mistyped_is_answered_with_what_was_meant() {
        for (arguments, expected) in [
            (&["run", "--profile", "smoke"][..], Some("tip: it is given without a flag: PROFILE")),
            (&["gate", "--gate", "x.toml"], Some("tip: it is given without a flag: GATE")),
            (&["run", "--traget", "x"], Some("a similar argument exists: '--target'")),
            (&["lst"], Some("a similar subcommand exists: 'list'")),
            (&["run", "--zzz"], None),
        ] {
            let said = answer(arguments);
            assert_eq!(said.contains("tip: "), expected.is_some(), "{said}");
            assert!(said.contains(expected.unwrap_or("unexpected argument '--zzz'")), "{said}");
            assert!(!said.contains("as a value") && said.contains("\n\nUsage: ciba-bench"), "{said}");
        }
    }

    #[test]
    fn a_wrong_fault_is_answered_with_near_ones_and_not_with_all() {
        let said = answer(&["run", "--fault", "wrongsub"]);
        assert!(said.contains("did you mean \"wrong-sub\"") && said.contains("list faults"), "{said}");
        assert!(said.len() < 400, "{said}");
        let said = answer(&["judge", "auth-service", "--fault", "decide-twice"]);
        assert!(said.contains("did you mean \"decides-twice\""), "{said}");
    }
}
