//! From arguments to the exit code.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::FromArgMatches as _;

use super::arguments::{Arguments, Command, parser};
use super::failure::Failure;
use super::output::{Output, tell_at_length};
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
    if error.use_stderr() {
        tell_at_length(text.strip_prefix("error: ").unwrap_or(&text));
        return Exit::Usage;
    }
    finish(Output::default().result(text.as_bytes()).map(|()| Exit::Done))
}
