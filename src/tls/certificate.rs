use bytes::Bytes;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::time::Duration;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// What a certificate says of itself (RFC 5280, 4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate, in DER.
    pub der: Bytes,
    /// Subject, as text.
    pub subject: String,
    /// First moment at which it is good, since the Unix epoch.
    pub not_before: Duration,
    /// Last moment at which it is good, since the Unix epoch.
    pub not_after: Duration,
}

/// Why a text holds no certificate that can be used, as the end of a sentence that begins with where the text stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// No certificate.
    #[error("holds no certificate; expected PEM with -----BEGIN CERTIFICATE-----")]
    Absent,
    /// Something that calls itself a certificate and is none.
    #[error("holds a certificate that cannot be read ({0}); expected X.509 in PEM")]
    Unreadable(String),
    /// It was good once.
    #[error("holds the certificate of {subject}, which expired at {at}; expected one that is good now")]
    Expired {
        /// Whose it is.
        subject: String,
        /// When it expired.
        at: String,
    },
    /// It will be good.
    #[error(
        "holds the certificate of {subject}, which is good only from {at} on; expected one that is good now"
    )]
    Early {
        /// Whose it is.
        subject: String,
        /// From when on it is good.
        at: String,
    },
}

impl Certificate {
    /// Reads all certificates of a PEM text, at least one, in their order.
    ///
    /// # Errors
    /// There is none, or one of them cannot be read.
    pub fn read_all(pem: &str) -> Result<Vec<Self>, CertificateError> {
        let unreadable = |error: &dyn std::fmt::Display| CertificateError::Unreadable(error.to_string());
        let certificates = CertificateDer::pem_slice_iter(pem.as_bytes())
            .map(|der| Self::of_der(der.map_err(|error| unreadable(&error))?.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        if certificates.is_empty() { Err(CertificateError::Absent) } else { Ok(certificates) }
    }

    /// Reads one certificate.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of_der(der: &[u8]) -> Result<Self, CertificateError> {
        let (_, certificate) = X509Certificate::from_der(der)
            .map_err(|error| CertificateError::Unreadable(error.to_string()))?;
        let since_epoch = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let validity = certificate.validity();
        Ok(Certificate {
            der: Bytes::copy_from_slice(der),
            subject: certificate.subject().to_string(),
            not_before: since_epoch(validity.not_before.timestamp()),
            not_after: since_epoch(validity.not_after.timestamp()),
        })
    }

    /// Whether it is good at a moment since the Unix epoch.
    ///
    /// # Errors
    /// It has expired, or is not good yet; the message holds the date.
    pub fn check_dates(&self, now: Duration) -> Result<(), CertificateError> {
        let subject = self.subject.clone();
        if now > self.not_after {
            return Err(CertificateError::Expired { subject, at: date(self.not_after) });
        }
        if now < self.not_before {
            return Err(CertificateError::Early { subject, at: date(self.not_before) });
        }
        Ok(())
    }
}

/// A moment as people read it, in UTC.
fn date(since_epoch: Duration) -> String {
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| format!("{seconds} s after 1970-01-01"), |moment| moment.to_string())
}
