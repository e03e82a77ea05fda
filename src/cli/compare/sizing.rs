//! `compare --sizing`: searches of several sizes side by side.

use serde::Serialize;

use super::Arguments;
use super::sides::ReadSide;
use crate::analysis::Exit;
use crate::analysis::sizing::Sizing;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::record::RunRecord;
use crate::report::sizing::{markdown, terminal};

/// Most searches that are held side by side.
const SEARCHES_MAX: usize = 200;

/// The forms in which sizes can be written.
const FORMS: [&str; 2] = ["table", "markdown"];

/// Sizes as a pipeline reads them.
#[derive(Serialize)]
struct Document<'s> {
    exit_code: u8,
    #[serde(flatten)]
    sizing: &'s Sizing,
}

/// Holds the records of searches side by side.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let output = Output { quiet: arguments.quiet, json: arguments.json };
    let form = match arguments.format.as_slice() {
        [] => FORMS[0],
        [form] if FORMS.contains(&form.as_str()) => form.as_str(),
        others => {
            return Err(Failure::usage(format!(
                "--format {}: with --sizing expected one of {}",
                others.join(","),
                FORMS.join(", ")
            )));
        }
    };
    let mut searches: Vec<(String, RunRecord)> = Vec::new();
    let mut unread = Ok(());
    for text in &arguments.sides {
        let read = ReadSide::read(text).map(|side| searches.extend(side.into_runs()));
        unread = Failure::both(unread, read).map(|((), ())| ());
    }
    unread?;
    if searches.len() > SEARCHES_MAX {
        let count = searches.len();
        return Err(Failure::usage(format!(
            "{count} searches, at most {SEARCHES_MAX} are held side by side"
        )));
    }
    let sizing = Sizing::of(&searches, arguments.rate, arguments.headroom).map_err(Failure::usage)?;
    let text =
        if form == FORMS[0] { terminal(&sizing, &output.style(None, Vec::new())) } else { markdown(&sizing) };
    output.result(text.as_bytes())?;
    let exit = Exit::Done;
    output.json(&Document { exit_code: exit.code(), sizing: &sizing })?;
    Ok(exit)
}
