//! What a comparison is written as: its files, and what is shown of it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use super::Arguments;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::report::{FormatOf, Style};

/// The format on standard output where none is asked for.
const SHOWN: &str = "table";

/// Files of something that was compared, and the form in which it is shown.
pub struct Wanted<T: 'static> {
    /// The files, where there is a folder for them.
    files: Vec<&'static FormatOf<T>>,
    /// On standard output.
    shown: Option<&'static FormatOf<T>>,
}

impl<T: 'static> Wanted<T> {
    /// What the arguments ask for, of all formats that there are. The folder for files is made here, so that one that cannot be
    /// written is told before anything is worked out.
    pub fn of(arguments: &Arguments, all: &'static [FormatOf<T>]) -> Result<Self, Failure> {
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
        let files = match &arguments.out {
            Some(folder) => {
                make_folder(folder)?;
                formats(&arguments.format, all)
            }
            None => Vec::new(),
        };
        Ok(Wanted { files, shown: all.iter().find(|format| format.name == shown) })
    }

    /// Whether a format of this name is among them.
    pub fn has(&self, name: &str) -> bool {
        self.files.iter().chain(&self.shown).any(|format| format.name == name)
    }

    /// Writes the files and shows the rest.
    pub fn write(&self, arguments: &Arguments, output: Output, whole: &T) -> Result<(), Failure> {
        if let Some(folder) = &arguments.out {
            let written: Vec<String> =
                self.files.iter().map(|format| write(folder, format, whole)).collect::<Result<_, _>>()?;
            output.note(&format!("written: {}", written.join(", ")));
        }
        if let Some(format) = self.shown {
            let text = (format.render)(whole, &output.style(None, Vec::new())).map_err(Failure::internal)?;
            output.result(&text)?;
        }
        Ok(())
    }
}

/// The formats of those names, all where none is named.
pub fn formats<T: 'static>(names: &[String], all: &'static [FormatOf<T>]) -> Vec<&'static FormatOf<T>> {
    if names.is_empty() {
        return all.iter().collect();
    }
    let mut formats: Vec<&'static FormatOf<T>> = Vec::new();
    for name in names {
        let named = all.iter().find(|format| format.name == name);
        formats.extend(named.filter(|named| !formats.iter().any(|known| known.name == named.name)));
    }
    formats
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| {
        let place = path.display();
        Failure::usage(format!(
            "--out {place}: cannot be written: {error}; choose a folder that this user may write to"
        ))
    })
}

/// Writes a file; gives its path.
fn write<T>(folder: &Path, format: &FormatOf<T>, whole: &T) -> Result<String, Failure> {
    let bytes = (format.render)(whole, &Style::default()).map_err(Failure::internal)?;
    let (path, partial) = (folder.join(format.file()), folder.join(format!("{}.partial", format.file())));
    // Written beside its place and moved there, so that no file is ever half written.
    File::create(&partial)
        .and_then(|mut file| file.write_all(&bytes))
        .and_then(|()| fs::rename(&partial, &path))
        .map_err(|error| Failure::internal(format!("{}: cannot be written: {error}", path.display())))?;
    Ok(path.display().to_string())
}
