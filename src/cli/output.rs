//! Standard output and standard error.

use std::io::{self, IsTerminal as _, Write};

use serde::Serialize;

use super::failure::Failure;
use crate::report::Style;

/// What every line on standard error begins with.
const NAME: &str = "ciba-bench";
/// Columns where the terminal does not say.
const WIDTH: usize = 100;
/// Fewest columns that a report is laid out for.
const WIDTH_MIN: usize = 60;
/// Most columns: longer lines are hard to read.
const WIDTH_MAX: usize = 160;

/// Where a command's words go: its result to standard output, everything else to standard error. Comments on the fields are the
/// help texts of all commands that work for a while.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Output {
    /// Print the result on standard output as one JSON document, and nothing else there
    #[arg(long, help_heading = "Results")]
    pub json: bool,
    /// No progress and no notes on standard error; errors are still told
    #[arg(long, help_heading = "Results")]
    pub quiet: bool,
}

impl Output {
    /// A command's result for people; nothing under `--json`.
    pub fn result(&self, text: &[u8]) -> Result<(), Failure> {
        if self.json { Ok(()) } else { print(text) }
    }

    /// A command's result for machines; nothing without `--json`.
    pub fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let mut text = serde_json::to_vec_pretty(value).map_err(Failure::internal)?;
        text.push(b'\n');
        print(&text)
    }

    /// Lines that the machine which runs this command reads as they are: on standard output, or, where that belongs to
    /// the document, on standard error.
    pub fn lines(&self, text: &str) -> Result<(), Failure> {
        if !self.json {
            return print(text.as_bytes());
        }
        // Where not even standard error takes it, nobody is there to be told.
        let _ = io::stderr().lock().write_all(text.as_bytes());
        Ok(())
    }

    /// Something worth knowing on the way.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            tell(text);
        }
    }

    /// The same in several lines, of which only the first says whose they are.
    pub fn note_at_length(&self, text: &str) {
        if !self.quiet {
            tell_at_length(text);
        }
    }

    /// Why the command could not do what it was asked to.
    pub fn failure(&self, failure: &Failure) {
        for line in failure.lines() {
            tell(&line);
        }
    }

    /// How reports on standard output look: colours only on a terminal that wants them.
    #[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
    pub fn style(&self, folder: Option<String>, files: Vec<String>) -> Style {
        let is_terminal = io::stdout().is_terminal();
        let colour = is_terminal && std::env::var("NO_COLOR").unwrap_or_default().is_empty();
        let width = if is_terminal { terminal_width() } else { WIDTH };
        Style { colour, width, folder, files }
    }
}

/// Whether standard error is a terminal.
pub fn watched() -> bool {
    io::stderr().is_terminal()
}

/// A text on standard error, whatever the settings; each line says whose it is.
pub fn tell(text: &str) {
    // Clears what a progress display may have left in this line.
    let clear = if watched() { "\r\x1b[K" } else { "" };
    let mut stderr = io::stderr().lock();
    for line in text.lines() {
        // Where not even standard error takes a line, nobody is there to be told.
        let _ = writeln!(stderr, "{clear}{NAME}: {line}");
    }
}

/// A text of several paragraphs on standard error; its beginning says whose it is.
pub fn tell_at_length(text: &str) {
    // Where not even standard error takes it, nobody is there to be told.
    let _ = writeln!(io::stderr().lock(), "{NAME}: {}", text.trim_end());
}

/// A help text on standard error, where it is read by somebody who did not ask for it.
pub fn show_help(text: &str) {
    // Where not even standard error takes it, nobody is there to be told.
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

fn print(text: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        // The reader has seen enough: `ciba-bench report RUN | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::internal(format!("standard output cannot be written: {error}"))),
    }
}

fn terminal_width() -> usize {
    let columns = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
    if columns == 0 { WIDTH } else { columns.clamp(WIDTH_MIN, WIDTH_MAX) }
}
