//! The files of a comparison.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::analysis::comparison::Comparison;
use crate::cli::failure::Failure;
use crate::report::{COMPARISON_FORMATS, ComparisonFormat, Style, comparison_format_named};

/// The formats of those names, all where none is named.
pub fn formats(names: &[String]) -> Vec<&'static ComparisonFormat> {
    if names.is_empty() {
        return COMPARISON_FORMATS.iter().collect();
    }
    let mut formats: Vec<&'static ComparisonFormat> = Vec::new();
    for format in names.iter().filter_map(|name| comparison_format_named(name)) {
        if !formats.iter().any(|known| known.name == format.name) {
            formats.push(format);
        }
    }
    formats
}

/// Makes a folder for the files, and says before anything is worked out if that is not possible.
pub fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| {
        let place = path.display();
        Failure::usage(format!(
            "--out {place}: cannot be written: {error}; choose a folder that this user may write to"
        ))
    })
}

/// Writes the files; gives their paths.
pub fn write(
    folder: &Path,
    formats: &[&'static ComparisonFormat],
    comparison: &Comparison,
) -> Result<Vec<PathBuf>, Failure> {
    let mut written = Vec::new();
    for format in formats {
        let bytes = (format.render)(comparison, &Style::default()).map_err(Failure::internal)?;
        let (path, partial) = (folder.join(format.file()), folder.join(format!("{}.partial", format.file())));
        // Written beside its place and moved there, so that no file is ever half written.
        File::create(&partial)
            .and_then(|mut file| file.write_all(&bytes))
            .and_then(|()| fs::rename(&partial, &path))
            .map_err(|error| Failure::internal(format!("{}: cannot be written: {error}", path.display())))?;
        written.push(path);
    }
    Ok(written)
}
