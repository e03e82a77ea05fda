//! `compare --sizing`: searches of several sizes side by side.

use serde::Serialize;

use super::Arguments;
use super::files::Wanted;
use super::sides::ReadSide;
use crate::analysis::Exit;
use crate::analysis::sizing::Sizing;
use crate::cli::failure::Failure;
use crate::record::RunRecord;
use crate::report::SIZING_FORMATS;

/// Most searches that are held side by side.
const SEARCHES_MAX: usize = 200;

/// Sizes as a pipeline reads them.
#[derive(Serialize)]
struct Document<'s> {
    exit_code: u8,
    #[serde(flatten)]
    sizing: &'s Sizing,
}

/// Holds the records of searches side by side.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let output = arguments.output;
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
    Wanted::of(arguments, SIZING_FORMATS)?.write(arguments, output, &sizing)?;
    let exit = Exit::Done;
    output.json(&Document { exit_code: exit.code(), sizing: &sizing })?;
    Ok(exit)
}
