use super::{Certificate, CertificateError, Identity, IdentityError};
use crate::ciba::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use serde_json::json;
use std::time::Duration;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The organisation that every certificate for tests names, so that nobody takes one for another.
const ORGANISATION: &str = "ciba-bench, for tests only";
/// Certificates are good from a day before they are made: the other side's clock may be behind.
const BACKDATED: Duration = Duration::from_secs(24 * 60 * 60);
/// How long certificates are good.
const LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A certificate authority for tests. It lives as long as this value; its key is written nowhere.
pub struct TestAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
    now: Duration,
}

/// A certificate that was made here, with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate in PEM.
    pub certificate: String,
    /// Its private key in PEM (PKCS #8).
    pub key: Secret<String>,
}

/// Why no certificate can be made.
#[derive(Debug, thiserror::Error)]
#[error("no certificate can be made for {what}: {source}")]
pub struct AuthorityError {
    what: String,
    source: rcgen::Error,
}

impl TestAuthority {
    /// Makes one, at a moment since the Unix epoch from which the dates of all its certificates are taken.
    ///
    /// # Errors
    /// No key can be made.
    pub fn make(now: Duration) -> Result<Self, AuthorityError> {
        let make = || {
            let key = KeyPair::generate()?;
            let mut params = params("test authority", &[], now)?;
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            let certificate = params.self_signed(&key)?.pem();
            Ok(TestAuthority { issuer: Issuer::new(params, key), certificate, now })
        };
        make().map_err(|source| AuthorityError { what: "the test authority".to_owned(), source })
    }

    /// Its own certificate in PEM, for those who are to trust it.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A server's certificate for these host names and IP addresses, the first of which is its common name.
    ///
    /// # Errors
    /// A name that no certificate can hold.
    pub fn server(&self, names: &[String]) -> Result<Issued, AuthorityError> {
        let common = names.first().map_or("localhost", String::as_str);
        self.issue(common, names, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A client's certificate; the name is its common name and its DNS name (RFC 8705, 2.1.2).
    ///
    /// # Errors
    /// A name that no certificate can hold.
    pub fn client(&self, name: &str) -> Result<Issued, AuthorityError> {
        self.issue(name, &[name.to_owned()], ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// A client's certificate that no authority has signed (RFC 8705, 2.2).
    ///
    /// # Errors
    /// A name that no certificate can hold.
    pub fn self_signed(name: &str, now: Duration) -> Result<Issued, AuthorityError> {
        let make = || {
            let key = KeyPair::generate()?;
            let mut params = params(name, &[name.to_owned()], now)?;
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            Ok(Issued { certificate: params.self_signed(&key)?.pem(), key: Secret::new(key.serialize_pem()) })
        };
        make().map_err(|source| AuthorityError { what: format!("{name:?}"), source })
    }

    fn issue(
        &self,
        common: &str,
        names: &[String],
        usage: ExtendedKeyUsagePurpose,
    ) -> Result<Issued, AuthorityError> {
        let make = || {
            let key = KeyPair::generate()?;
            let mut params = params(common, names, self.now)?;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![usage];
            params.use_authority_key_identifier_extension = true;
            let certificate = params.signed_by(&key, &self.issuer)?.pem();
            Ok(Issued { certificate, key: Secret::new(key.serialize_pem()) })
        };
        make().map_err(|source| AuthorityError { what: format!("{common:?}"), source })
    }
}

impl Issued {
    /// Both halves, ready for use.
    ///
    /// # Errors
    /// Never for what was made here, unless the crypto library refuses its own key.
    pub fn identity(&self) -> Result<Identity, IdentityError> {
        Identity::read(&self.certificate, self.key.expose())
    }

    /// The certificate as a public JWK with `x5c` (RFC 7517, 4.7), as clients register it (RFC 8705, 2.2.2).
    ///
    /// # Errors
    /// Never for what was made here.
    pub fn jwk(&self) -> Result<serde_json::Value, IdentityError> {
        let identity = self.identity()?;
        Ok(jwk(identity.certificate())?)
    }
}

/// The point of an EC key on P-256 (SEC 1, 2.3.3) as a JWK. Keys that are made here are such.
fn jwk(certificate: &Certificate) -> Result<serde_json::Value, CertificateError> {
    let (_, parsed) = X509Certificate::from_der(&certificate.der)
        .map_err(|error| CertificateError::Unreadable(error.to_string()))?;
    let point = &parsed.public_key().subject_public_key.data;
    let [0x04, coordinates @ ..] = point.as_ref() else {
        return Err(CertificateError::Unreadable("no key on P-256".to_owned()));
    };
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    Ok(json!({
        "kty": "EC",
        "crv": "P-256",
        "x": URL_SAFE_NO_PAD.encode(x),
        "y": URL_SAFE_NO_PAD.encode(y),
        "x5c": [STANDARD.encode(&certificate.der)],
    }))
}

fn params(common: &str, names: &[String], now: Duration) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names.to_vec())?;
    let moment = |since_epoch: Duration| OffsetDateTime::UNIX_EPOCH + since_epoch;
    params.not_before = moment(now.saturating_sub(BACKDATED));
    params.not_after = moment(now + LIFETIME);
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name.push(DnType::OrganizationName, ORGANISATION);
    params.distinguished_name = name;
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::{Acceptor, Roots};

    const NOW: Duration = Duration::from_secs(1_767_225_600);

    fn authority() -> TestAuthority {
        TestAuthority::make(NOW).unwrap()
    }

    #[test]
    fn what_is_made_can_be_served_and_names_its_dates() {
        let authority = authority();
        let server = authority.server(&["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let identity = server.identity().unwrap();
        Acceptor::new(&identity).unwrap();
        assert!(identity.certificate().subject.contains("CN=localhost"), "{identity:?}");
        assert!(identity.certificate().subject.contains(ORGANISATION), "{identity:?}");
        assert_eq!(identity.check_dates(NOW), Ok(()));
        assert_eq!(identity.check_dates(NOW - BACKDATED), Ok(()));
        let expired = identity.check_dates(NOW + LIFETIME + Duration::from_secs(1)).unwrap_err();
        assert!(expired.to_string().contains("expired at 2027-01-01T00:00:00Z"), "{expired}");
        let early = identity.check_dates(NOW - BACKDATED - Duration::from_secs(1)).unwrap_err();
        assert!(early.to_string().contains("good only from 2025-12-31T00:00:00Z on"), "{early}");
        assert_eq!(Roots::read(authority.certificate()).unwrap().certificates().len(), 1);
        assert!(!format!("{identity:?} {server:?}").contains("PRIVATE KEY"));
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let (one, other) =
            (authority().client("one").unwrap(), TestAuthority::self_signed("o", NOW).unwrap());
        let key = one.key.expose();
        let broken = one.certificate.replace("MII", "MIA");
        for (certificate, key, expected) in [
            (other.certificate.as_str(), key.as_str(), "does not belong to the certificate of CN=o"),
            (key.as_str(), key.as_str(), "holds no certificate; expected PEM"),
            (one.certificate.as_str(), one.certificate.as_str(), "holds no private key; expected PEM"),
            (broken.as_str(), key.as_str(), "holds a certificate that cannot be read"),
        ] {
            let error = Identity::read(certificate, key).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}, expected {expected}");
            assert!(!error.to_string().contains("BEGIN PRIVATE KEY-----\n"), "{error}");
        }
        assert_eq!(Certificate::read_all("").unwrap_err(), CertificateError::Absent);
    }
}
