//! Profiles and target files, found and read.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::secrets::Secrets;
use super::unreadable;
use crate::clock::Clock;
use crate::profile::Profile;
use crate::profile::document::nearest;
use crate::target::file::TargetFile;

/// Longest profile, target file or settings file, in bytes.
const TEXT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Longest file of start times or users that a profile names, in bytes.
const TABLE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A profile with its text as it was read.
#[derive(Debug)]
pub struct ChosenProfile {
    /// The profile.
    pub profile: Profile,
    /// Its text.
    pub text: String,
}

/// A target file with its path.
#[derive(Debug, Clone)]
pub struct ChosenTarget {
    /// The target.
    pub file: TargetFile,
    /// Where it was read.
    pub path: PathBuf,
}

/// The built-in profile of that name, or the profile in that file.
pub fn profile(choice: &str) -> Result<ChosenProfile, Failure> {
    if let (Some(profile), Some(text)) = (Profile::builtin(choice), Profile::builtin_text(choice)) {
        return Ok(ChosenProfile { profile: profile.map_err(Failure::internal)?, text: text.to_owned() });
    }
    let path = Path::new(choice);
    if !path.exists() && !looks_like_a_path(choice) {
        return Err(Failure::usage(unknown_profile(choice)));
    }
    let text = text(path, "the profile", "`ciba-bench list profiles` names those that are built in")?;
    let name = path.file_stem().map_or_else(|| choice.to_owned(), |stem| stem.to_string_lossy().into_owned());
    let folder = path.parent().unwrap_or(Path::new(""));
    let profile = Profile::parse_with(&name, choice, &text, &|named| table(&folder.join(named)))
        .map_err(Failure::usage)?;
    Ok(ChosenProfile { profile, text })
}

/// The target in that file.
pub fn target(path: &Path) -> Result<ChosenTarget, Failure> {
    let text =
        text(path, "the target file", "`ciba-bench target init --issuer URL --out FILE` writes a first one")?;
    let file =
        TargetFile::parse(&path.to_string_lossy(), &text, &Secrets::beside(path)).map_err(Failure::usage)?;
    let clock = Clock::system();
    file.check_certificates(clock.wall(clock.now())).map_err(|(key, error)| {
        Failure::usage(format!("{}: {key}: {error}; make or order another one", path.display()))
    })?;
    Ok(ChosenTarget { file, path: path.to_owned() })
}

/// The text of a file; `what` names its purpose in errors, and `otherwise` says what to do where it is not there.
pub fn text(path: &Path, what: &str, otherwise: &str) -> Result<String, Failure> {
    let cannot = |error: std::io::Error| Failure::usage(unreadable::file(path, what, &error, otherwise));
    let mut text = String::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(TEXT_BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
    if text.len() as u64 > TEXT_BYTES_MAX {
        let problem = format!("{}: longer than {TEXT_BYTES_MAX} bytes; is this {what}?", path.display());
        return Err(Failure::usage(problem));
    }
    Ok(text)
}

/// The bytes of a table that a profile names.
fn table(path: &Path) -> Result<Vec<u8>, String> {
    let cannot =
        |error: std::io::Error| format!("{} cannot be read: {error}; check the path", path.display());
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(TABLE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > TABLE_BYTES_MAX {
        return Err(format!(
            "{} is longer than {TABLE_BYTES_MAX} bytes, expected a shorter file",
            path.display()
        ));
    }
    Ok(bytes)
}

/// Whether that is meant as a path, and not as the name of something built in.
pub fn looks_like_a_path(choice: &str) -> bool {
    choice.contains(['/', '\\']) || choice.ends_with(".toml")
}

fn unknown_profile(choice: &str) -> String {
    let names = Profile::builtin_names();
    let file = format!("{choice}.toml");
    let hint = match nearest(choice, &names) {
        _ if Path::new(&file).is_file() => format!("did you mean {file:?}?"),
        Some(meant) => format!("did you mean {meant:?}?"),
        None => "give a path to use a profile of your own".to_owned(),
    };
    format!(
        "PROFILE {choice:?}: no built-in profile has this name and there is no such file, expected one of {} or the path of a \
         TOML file; {hint}",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_found_by_name_and_by_path() {
        assert_eq!(profile("smoke").unwrap().profile.name, "smoke");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/ramp.toml");
        let chosen = profile(path).unwrap();
        assert_eq!(chosen.profile.name, "ramp");
        assert_eq!(chosen.text, Profile::builtin_text("ramp").unwrap());
    }

    #[test]
    fn what_is_not_found_is_named_with_a_hint() {
        for (choice, expected) in [
            ("smok", "did you mean \"smoke\"?"),
            ("zzz", "expected one of smoke, baseline, ramp, open_banking_uk, open_banking_uk_payment"),
            ("zzz", "annotated or the path of a TOML file"),
            ("no/such/file.toml", "no/such/file.toml: the profile cannot be read: No such file"),
            ("missing.toml", "missing.toml: the profile cannot be read"),
        ] {
            let lines = profile(choice).unwrap_err().lines();
            assert!(lines[0].contains(expected), "{choice}: {lines:?}");
        }
    }
}
