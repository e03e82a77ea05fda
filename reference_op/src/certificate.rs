//! Clients that prove themselves by the certificate of their connection (RFC 8705).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Extensions;
use serde_json::Value;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::client::Client;
use crate::fault::{Fault, FaultSet};
use crate::settings::ClientAuthMethod;

/// The certificate of whoever made the connection, in DER: an extension of each request, set by whoever runs the listener
/// once the handshake has proved that the other side holds its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate(pub Bytes);

impl PeerCertificate {
    /// The certificate of a request's connection.
    pub(crate) fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// `x5t#S256`: SHA-256 of the certificate in base64url (RFC 8705, 3.1).
    pub(crate) fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, &self.0))
    }
}

/// Whether this certificate is the client's, as the client is registered. `now` is in seconds since 1970.
pub(crate) fn proves(
    peer: Option<&PeerCertificate>,
    client: &Client,
    authorities: &[Bytes],
    now: u64,
    faults: FaultSet,
) -> bool {
    let Some(PeerCertificate(der)) = peer else { return faults.has(Fault::ClientCertificateOptional) };
    if faults.has(Fault::ClientCertificateUnchecked) {
        return true;
    }
    match client.method {
        ClientAuthMethod::SelfSignedTlsClientAuth => client.certificates.contains(der),
        ClientAuthMethod::TlsClientAuth => X509Certificate::from_der(der).is_ok_and(|(_, certificate)| {
            is_good(&certificate, now)
                && authorities.iter().any(|authority| issued(&certificate, authority, now))
                && is_named(&certificate, client)
        }),
        ClientAuthMethod::ClientSecretBasic
        | ClientAuthMethod::ClientSecretPost
        | ClientAuthMethod::ClientSecretJwt
        | ClientAuthMethod::PrivateKeyJwt => false,
    }
}

/// The certificate of an authority in PEM; `None` for a text that is none.
pub(crate) fn authority(pem: &str) -> Option<Bytes> {
    let (_, pem) = parse_x509_pem(pem.as_bytes()).ok()?;
    pem.parse_x509().ok()?;
    Some(pem.contents.into())
}

/// The certificate that a key of a client's set names first (RFC 7517, 4.7).
pub(crate) fn of_jwk(jwk: &Value) -> Option<Bytes> {
    let first = jwk.get("x5c")?.get(0)?.as_str()?;
    STANDARD.decode(first).ok().map(Bytes::from)
}

fn is_good(certificate: &X509Certificate<'_>, now: u64) -> bool {
    let validity = certificate.validity();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&now)
}

/// Whether the authority itself has signed the certificate; chains with something in between are not followed.
fn issued(certificate: &X509Certificate<'_>, authority: &Bytes, now: u64) -> bool {
    X509Certificate::from_der(authority).is_ok_and(|(_, authority)| {
        is_good(&authority, now)
            && certificate.issuer() == authority.subject()
            && certificate.verify_signature(Some(authority.public_key())).is_ok()
    })
}

/// Whether the certificate has the one name by which the client is registered (RFC 8705, 2.1.2).
fn is_named(certificate: &X509Certificate<'_>, client: &Client) -> bool {
    if let Some(registered) = &client.subject_dn {
        let presented = certificate.subject().to_string();
        let (presented, mut registered) = (attributes(&presented), attributes(registered));
        // RFC 4514 writes a name from its end to its beginning, others from its beginning.
        return presented == registered || {
            registered.reverse();
            presented == registered
        };
    }
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map_or(&[][..], |extension| &extension.value.general_names);
    names
        .iter()
        .any(|name| matches!(name, GeneralName::DNSName(name) if client.san_dns.as_deref() == Some(*name)))
}

/// The attributes of a distinguished name. Names with escaped commas are not known here.
fn attributes(name: &str) -> Vec<&str> {
    name.split(',').map(str::trim).collect()
}
