//! Files that a profile names.

/// Reads a file whole that a profile names, by the path as it stands there; the error says why it cannot be read.
pub type Files<'f> = dyn Fn(&str) -> Result<Vec<u8>, String> + 'f;

/// Longest path, in characters.
pub const LONGEST_PATH: usize = 4_000;

/// No files, for profiles that come without a folder of their own.
///
/// # Errors
///
/// Always.
pub fn no_files(path: &str) -> Result<Vec<u8>, String> {
    Err(format!("{path} cannot be read: this profile is no file, so no file lies beside it"))
}
