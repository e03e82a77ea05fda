//! Secrets from the environment and from files.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::target::file::SecretSource;

/// Randomness of a secret that is made here, in bytes.
const RANDOM_BYTES: usize = 24;
/// Longest file that holds a secret, in bytes.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// The real environment and the real file system.
pub struct Secrets {
    folder: PathBuf,
}

impl Secrets {
    /// Relative paths are taken from the folder of the file that names them.
    pub fn beside(file: &Path) -> Self {
        Secrets { folder: file.parent().map(Path::to_owned).unwrap_or_default() }
    }

    /// Relative paths are taken from the current folder.
    pub fn here() -> Self {
        Secrets { folder: PathBuf::new() }
    }
}

impl SecretSource for Secrets {
    #[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
    fn env(&self, name: &str) -> Result<String, String> {
        std::env::var(name).map_err(|error| match error {
            std::env::VarError::NotPresent => {
                format!("the environment variable is not set; export {name}=..")
            }
            std::env::VarError::NotUnicode(_) => "the environment variable is not UTF-8".to_owned(),
        })
    }

    fn file(&self, path: &str) -> Result<String, String> {
        let path = self.folder.join(path);
        let cannot = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
        let mut text = String::new();
        let file = File::open(&path).map_err(cannot)?;
        file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
        if text.len() as u64 > SECRET_BYTES_MAX {
            return Err(format!(
                "{} is longer than {SECRET_BYTES_MAX} bytes, expected a file with nothing but the secret",
                path.display()
            ));
        }
        Ok(text)
    }
}

/// A secret of our own making.
pub fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<RANDOM_BYTES>())
}

/// A number that no other run has.
pub fn random_number() -> u64 {
    u64::from_le_bytes(random_bytes())
}

fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness from the operating system there is no TLS and no signature either.
    #[expect(clippy::expect_used, reason = "the random generator is seeded")]
    aws_lc_rs::rand::fill(&mut bytes).expect("the random generator is seeded");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_beside_the_file_that_names_them() {
        let secrets = Secrets::beside(Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/profiles/targets/embedded.toml"
        )));
        assert!(secrets.file("../smoke.toml").unwrap().contains("Smoke"));
        let error = secrets.file("missing.txt").unwrap_err();
        assert!(error.contains("profiles/targets/missing.txt cannot be read"), "{error}");
    }

    #[test]
    fn a_variable_that_is_not_set_is_named_with_what_to_do() {
        let error = Secrets::here().env("CIBA_BENCH_NO_SUCH_VARIABLE").unwrap_err();
        assert!(error.contains("export CIBA_BENCH_NO_SUCH_VARIABLE="), "{error}");
        assert!(Secrets::here().env("CARGO_MANIFEST_DIR").unwrap().len() > 1);
    }
}
