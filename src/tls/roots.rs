use super::{Certificate, CertificateError};

/// The authorities that are trusted in place of the system's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    certificates: Vec<Certificate>,
}

impl Roots {
    /// Reads certificates in PEM, at least one.
    ///
    /// # Errors
    /// There is none, or one of them cannot be read.
    pub fn read(pem: &str) -> Result<Self, CertificateError> {
        Ok(Roots { certificates: Certificate::read_all(pem)? })
    }

    /// The authorities.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }
}
