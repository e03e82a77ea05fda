use serde::Serialize;

use super::Arguments;
use super::files::{formats, make_folder, write};
use super::sides::read_all;
use super::sizing;
use crate::analysis::Exit;
use crate::analysis::comparison::{Comparison, Incomparable, Settings, Side, compare};
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::report::comparison_format_named;

/// The format on standard output where none is asked for.
const SHOWN: &str = "table";

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
    let output = Output { quiet: arguments.quiet, json: arguments.json };
    let shown = match (&arguments.out, arguments.format.as_slice()) {
        (Some(_), _) | (None, []) => SHOWN,
        (None, [one]) => one.as_str(),
        (None, several) => {
            return Err(Failure::usage(format!(
                "--format {}: standard output takes one format; give --out DIR for files",
                several.join(",")
            )));
        }
    };
    let read = read_all(&arguments.sides)?;
    let sides: Vec<Side<'_>> = read.iter().zip('A'..).map(|(side, letter)| side.side(letter)).collect();
    if let Some(folder) = &arguments.out {
        make_folder(folder)?;
    }
    let files = arguments.out.as_ref().map_or_else(Vec::new, |_| formats(&arguments.format));
    let settings = Settings {
        noise: arguments.noise,
        despite_differences: arguments.despite_differences,
        limits: arguments.fail_on_regression.clone(),
        distributions: shown == PLOTTED || files.iter().any(|format| format.name == PLOTTED),
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
    if let Some(folder) = &arguments.out {
        let written = write(folder, &files, &comparison)?;
        let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        output.note(&format!("written: {}", names.join(", ")));
    }
    if let Some(format) = comparison_format_named(shown) {
        let text =
            (format.render)(&comparison, &output.style(None, Vec::new())).map_err(Failure::internal)?;
        output.result(&text)?;
    }
    let document = Document { exit_code: exit.code(), verdict: exit.word(), comparison: &comparison };
    output.json(&document)?;
    Ok(exit)
}
