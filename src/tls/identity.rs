use super::{Certificate, CertificateError};
use crate::ciba::Secret;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::time::Duration;

/// A certificate with its chain and its private key: what a server shows, and what a client proves itself by (RFC 8705).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its own certificate, then those that lead to an authority.
    chain: Vec<Certificate>,
    /// Chain and key in PEM.
    pem: Secret<String>,
}

/// Why a certificate and a key are no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The certificate.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// The text that should hold the key holds none.
    #[error("holds no private key; expected PEM with -----BEGIN PRIVATE KEY-----, unencrypted")]
    NoKey,
    /// A key that cannot serve TLS.
    #[error(
        "holds a private key that TLS cannot use ({0}); expected RSA, EC on P-256, P-384 or P-521, or Ed25519"
    )]
    KeyRefused(String),
    /// Key and certificate are of different pairs.
    #[error(
        "holds a private key that does not belong to the certificate of {subject}; expected the key that the certificate \
         was made for"
    )]
    Mismatch {
        /// Whose certificate it is.
        subject: String,
    },
}

impl IdentityError {
    /// Whether the certificate is at fault, and not the key.
    #[must_use]
    pub fn is_about_the_certificate(&self) -> bool {
        matches!(self, IdentityError::Certificate(_))
    }
}

impl Identity {
    /// Reads a certificate, perhaps with its chain, and its key; both in PEM.
    ///
    /// # Errors
    /// Either cannot be used, or they do not belong together.
    pub fn read(certificate: &str, key: &str) -> Result<Self, IdentityError> {
        let chain = Certificate::read_all(certificate)?;
        PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| IdentityError::NoKey)?;
        let identity =
            Identity { chain, pem: Secret::new(format!("{}\n{}\n", certificate.trim(), key.trim())) };
        identity.certified_key()?;
        Ok(identity)
    }

    /// Its own certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        // It was read with at least one.
        &self.chain[0]
    }

    /// Chain and key in PEM, for the wire.
    #[must_use]
    pub fn pem(&self) -> &Secret<String> {
        &self.pem
    }

    /// Whether every certificate of the chain is good at a moment since the Unix epoch.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check_dates(&self, now: Duration) -> Result<(), CertificateError> {
        self.chain.iter().try_for_each(|certificate| certificate.check_dates(now))
    }

    /// What rustls serves.
    pub(super) fn certified_key(&self) -> Result<CertifiedKey, IdentityError> {
        let key =
            PrivateKeyDer::from_pem_slice(self.pem.expose().as_bytes()).map_err(|_| IdentityError::NoKey)?;
        let chain = self.chain.iter().map(|one| CertificateDer::from(one.der.to_vec())).collect();
        CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| {
            if matches!(error, rustls::Error::InconsistentKeys(_)) {
                IdentityError::Mismatch { subject: self.certificate().subject.clone() }
            } else {
                IdentityError::KeyRefused(error.to_string())
            }
        })
    }
}
