//! Files that cannot be read: why, and what may have been meant.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::report::RECORD_FILE;
use super::results::{LOG_FILE, RUNS};
use crate::profile::document::nearest;

/// Ending of the files that people write.
const TOML: &str = "toml";
/// Most entries of a folder that are looked at.
const ENTRIES_MAX: usize = 10_000;
/// Most files that are named.
const NAMED_MAX: usize = 6;

/// A file that cannot be read; `what` is its purpose, `otherwise` says what to do where nothing near it is found.
pub fn file(path: &Path, what: &str, error: &io::Error, otherwise: &str) -> String {
    let place = path.display();
    if path.is_dir() {
        let inner = names(path, |path| path.extension().is_some_and(|ending| ending == TOML));
        return match inner.is_empty() {
            true => format!("{place}: this is a folder, expected {what}; {otherwise}"),
            false => format!("{place}: this is a folder, expected {what}; in it are {}", listed(&inner)),
        };
    }
    let hint = match meant(path) {
        Some(meant) => format!("did you mean {}?", meant.display()),
        None => otherwise.to_owned(),
    };
    format!("{place}: {what} cannot be read: {error}; {hint}")
}

/// The record of a run that cannot be read.
pub fn record(path: &Path, error: &io::Error) -> String {
    let place = path.display();
    if path.is_dir() {
        let runs = runs_in(path);
        return match runs.last() {
            Some(latest) => format!(
                "{place}: holds no {RECORD_FILE}, but folders of runs; the latest is {}",
                path.join(latest).display()
            ),
            None => format!("{place}: holds no {RECORD_FILE}; give a run's folder or its {RECORD_FILE}"),
        };
    }
    let default = Path::new(RUNS).join(path);
    let hint = match (default.exists(), runs_in(Path::new(RUNS)).last()) {
        (true, _) => format!("did you mean {}?", default.display()),
        (false, Some(latest)) => format!(
            "give a run's folder or its {RECORD_FILE}; the latest run below {RUNS} is {}",
            Path::new(RUNS).join(latest).display()
        ),
        (false, None) => format!("give a run's folder or its {RECORD_FILE}"),
    };
    format!("{place}: the record cannot be read: {error}; {hint}")
}

/// Folders of runs in a folder, the one that was written last at the end.
fn runs_in(folder: &Path) -> Vec<String> {
    let is_run = |path: &Path| path.join(RECORD_FILE).exists() || path.join(LOG_FILE).exists();
    let mut runs = names(folder, is_run);
    runs.sort_by_key(|run| fs::metadata(folder.join(run)).and_then(|found| found.modified()).ok());
    runs
}

/// The file with its ending, or the one beside it whose name is much alike.
fn meant(path: &Path) -> Option<PathBuf> {
    let with_ending = PathBuf::from(format!("{}.{TOML}", path.display()));
    if with_ending.is_file() {
        return Some(with_ending);
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    let folder = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let wanted = path.extension().unwrap_or(OsStr::new(TOML));
    let beside = names(folder, |path| path.extension().is_some_and(|ending| ending == wanted));
    let beside: Vec<&str> = beside.iter().map(String::as_str).collect();
    let name = path.file_name()?.to_string_lossy().into_owned();
    nearest(&name, &beside).map(|name| parent.join(name))
}

/// Names of a folder's entries that are wanted, in order; none where it cannot be read.
fn names(folder: &Path, is_wanted: impl Fn(&Path) -> bool) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .take(ENTRIES_MAX)
        .flatten()
        .filter(|entry| is_wanted(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn listed(names: &[String]) -> String {
    match names.len().checked_sub(NAMED_MAX) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..NAMED_MAX].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing() -> io::Error {
        io::Error::from(io::ErrorKind::NotFound)
    }

    #[test]
    fn what_may_have_been_meant_is_offered() {
        let scratch = std::env::temp_dir().join(format!("ciba-bench-unreadable-{}", std::process::id()));
        fs::create_dir_all(scratch.join("none")).unwrap();
        fs::write(scratch.join("mine.toml"), "").unwrap();
        for (name, expected) in [
            ("mine", "/mine.toml?"),
            ("mien.toml", "/mine.toml?"),
            ("zzz", "; make one"),
            ("", "this is a folder, expected the target file; in it are mine.toml"),
            ("mine.pem", "; make one"),
            ("none", "/none: this is a folder, expected the target file; make one"),
        ] {
            let said = file(&scratch.join(name), "the target file", &missing(), "make one");
            assert!(said.ends_with(expected), "{name}: {said}");
        }
        for run in ["20260314T092653Z-smoke", "20260315T092653Z-smoke"] {
            fs::create_dir_all(scratch.join("runs").join(run)).unwrap();
            fs::write(scratch.join("runs").join(run).join(RECORD_FILE), "").unwrap();
        }
        for (name, expected) in [
            ("runs", "runs: holds no record.json, but folders of runs; the latest is "),
            ("runs", "runs/20260315T092653Z-smoke"),
            ("none", "none: holds no record.json; give a run's folder or its record.json"),
            ("gone", "gone: the record cannot be read: entity not found; give a run's folder"),
        ] {
            let said = record(&scratch.join(name), &missing());
            assert!(said.contains(expected), "{name}: {said}");
        }
        fs::remove_dir_all(&scratch).unwrap();
    }

    #[test]
    fn a_long_list_is_cut_off() {
        let names: Vec<String> = (0..8).map(|n| format!("{n}")).collect();
        assert_eq!(listed(&names), "0, 1, 2, 3, 4, 5 and 2 more");
        assert_eq!(listed(&names[..6]), "0, 1, 2, 3, 4, 5");
    }
}
