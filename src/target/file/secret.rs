//! Secrets that a target file holds or refers to.

use crate::ciba::Secret;

/// Where a secret stands.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretReference {
    /// In an environment variable: `env:NAME`.
    Env(String),
    /// In a file of its own: `file:PATH`.
    File(String),
    /// In the target file itself, which only a loopback issuer's may do.
    Inline,
}

/// A secret and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSecret {
    /// Where it stands.
    pub reference: SecretReference,
    /// What it is.
    pub value: Secret<String>,
}

/// Fetches what a target file refers to. The command line has the real one.
pub trait SecretSource {
    /// The value of an environment variable.
    ///
    /// # Errors
    ///
    /// Why there is none, as the end of a sentence that begins with the reference.
    fn env(&self, name: &str) -> Result<String, String>;

    /// The content of a file.
    ///
    /// # Errors
    ///
    /// Why there is none, as the end of a sentence that begins with the reference.
    fn file(&self, path: &str) -> Result<String, String>;
}

impl SecretReference {
    /// Reads a reference; any text that is none is the secret itself.
    #[must_use]
    pub fn of(text: &str) -> Self {
        match text.split_once(':') {
            Some(("env", name)) => Self::Env(name.to_owned()),
            Some(("file", path)) => Self::File(path.to_owned()),
            Some(_) | None => Self::Inline,
        }
    }
}

impl std::fmt::Debug for SecretReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
            Self::Inline => write!(f, "inline"),
        }
    }
}

impl FileSecret {
    /// A secret that stands in the file itself.
    #[must_use]
    pub fn inline(value: String) -> Self {
        Self { reference: SecretReference::Inline, value: Secret::new(value) }
    }

    /// Resolves the text that stands in the file.
    ///
    /// # Errors
    ///
    /// Why that gave no secret. The message holds the reference, never the secret.
    pub fn resolve(text: &str, source: &dyn SecretSource) -> Result<Self, String> {
        let reference = SecretReference::of(text);
        let value = match &reference {
            SecretReference::Env(name) => source.env(name),
            // Editors end files with a line break that belongs to no secret.
            SecretReference::File(path) => {
                source.file(path).map(|content| content.trim_end_matches(['\r', '\n']).to_owned())
            }
            SecretReference::Inline => Ok(text.to_owned()),
        };
        let value = value.map_err(|reason| format!("{reference:?} gave no secret: {reason}"))?;
        if value.is_empty() {
            return Err(format!("{reference:?} gave no secret: it is empty"));
        }
        Ok(Self { reference, value: Secret::new(value) })
    }

    /// The text that stands in the file. It is the secret itself where that is inline.
    #[must_use]
    pub fn expose_text(&self) -> String {
        match &self.reference {
            SecretReference::Env(_) | SecretReference::File(_) => format!("{:?}", self.reference),
            SecretReference::Inline => self.value.expose().clone(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::TargetFile;
    use super::*;
    use crate::tls::{Issued, TestAuthority};
    use std::sync::LazyLock;
    use std::time::Duration;

    /// An EC key on P-256.
    pub(in super::super) const TEST_KEY: &str = include_str!("../../jose/samples/sec1.pem");

    /// Good from 2025-12-31 on, for a year.
    pub(in super::super) static TEST_CERTIFICATE: LazyLock<Issued> = LazyLock::new(|| {
        TestAuthority::self_signed("client.example", Duration::from_secs(1_767_225_600)).unwrap()
    });

    /// The least target file, and more.
    pub(in super::super) fn parse(more: &str) -> Result<TargetFile, String> {
        const LEAST: &str =
            "issuer = \"http://127.0.0.1:9/t\"\nclients.poll = { client_id = \"c\", client_secret = \"s\" }";
        TargetFile::parse("t.toml", &format!("{LEAST}\n{more}"), &TestSource)
            .map_err(|problems| problems.to_string())
    }

    /// Knows `CIBA_SECRET`, `secret.txt` and `key.pem`.
    pub(in super::super) struct TestSource;

    impl SecretSource for TestSource {
        fn env(&self, name: &str) -> Result<String, String> {
            match name {
                "CIBA_SECRET" => Ok("from-the-environment".to_owned()),
                _ => Err("the variable is not set; export it".to_owned()),
            }
        }

        fn file(&self, path: &str) -> Result<String, String> {
            match path {
                "secret.txt" => Ok("from-a-file\r\n".to_owned()),
                "key.pem" | "assertion-client.pem" | "signing-client.pem" | "hint-tokens.pem" => {
                    Ok(TEST_KEY.to_owned())
                }
                "tls.pem"
                | "authority.pem"
                | "notification.pem"
                | "authentication-service.pem"
                | "certificate-client.pem" => Ok(TEST_CERTIFICATE.certificate.clone()),
                "tls.key" | "notification.key" | "authentication-service.key" | "certificate-client.key" => {
                    Ok(TEST_CERTIFICATE.key.expose().clone())
                }
                "empty.txt" => Ok("\n".to_owned()),
                _ => Err("no such file".to_owned()),
            }
        }
    }

    #[test]
    fn references_are_resolved_and_written_back() {
        let table = [
            ("env:CIBA_SECRET", Ok("from-the-environment")),
            ("file:secret.txt", Ok("from-a-file")),
            ("pass:word", Ok("pass:word")),
            ("env:NONE", Err("env:NONE gave no secret: the variable is not set; export it")),
            ("file:none", Err("file:none gave no secret: no such file")),
            ("file:empty.txt", Err("file:empty.txt gave no secret: it is empty")),
        ];
        for (text, expected) in table {
            match (FileSecret::resolve(text, &TestSource), expected) {
                (Ok(secret), Ok(value)) => {
                    assert_eq!(secret.value.expose(), value);
                    assert_eq!(secret.expose_text(), text);
                    assert!(!format!("{secret:?}").contains(value), "{secret:?}");
                }
                (resolved, expected) => {
                    assert_eq!(resolved.map(|_| ()), expected.map(|_| ()).map_err(str::to_owned))
                }
            }
        }
    }
}
