use serde::Serialize;

use super::Arguments;
use super::files::Wanted;
use super::sides::read_all;
use super::sizing;
use crate::analysis::Exit;
use crate::analysis::comparison::{Comparison, Incomparable, Settings, Side, compare};
use crate::cli::failure::Failure;
use crate::report::COMPARISON_FORMATS;

/// The format that shows whole distributions.
const PLOTTED: &str = "html";

/// A comparison as a pipeline reads it.
#[derive(Serialize)]
struct Document<'c> {
    exit_code: u8,
    verdict: &'static str,
    #[serde(flatten)]
    comparison: &'c Comparison,
}

/// Compares the sides. Without limits the exit code says whether that was possible, with them what came of them.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.sizing {
        return sizing::run(arguments);
    }
    let output = arguments.output;
    let read = read_all(&arguments.sides)?;
    let sides: Vec<Side<'_>> = read.iter().zip('A'..).map(|(side, letter)| side.side(letter)).collect();
    let wanted = Wanted::of(arguments, COMPARISON_FORMATS)?;
    let settings = Settings {
        noise: arguments.noise,
        despite_differences: arguments.despite_differences,
        limits: arguments.fail_on_regression.clone(),
        distributions: wanted.has(PLOTTED),
    };
    let comparison = compare(&sides, &settings).map_err(|refused| match refused {
        Incomparable::OtherLoad { .. } => {
            Failure::usage(format!("{refused}; --despite-differences compares them all the same"))
        }
        Incomparable::TooFewSides(_)
        | Incomparable::NoLoad { .. }
        | Incomparable::Twice { .. }
        | Incomparable::Histogram { .. } => Failure::usage(refused),
    })?;
    let exit = comparison.exit();
    wanted.write(arguments, output, &comparison)?;
    let document = Document { exit_code: exit.code(), verdict: exit.word(), comparison: &comparison };
    output.json(&document)?;
    Ok(exit)
}
