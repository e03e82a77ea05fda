//! What a target file says about TLS: whom we trust, and by what we prove who we are.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::commented::{Text, quoted};
use super::parse::{Secrets, address};
use super::{AuthenticationService, FileSecret, ServerUrl, TargetFile};
use crate::profile::document::{Reader, Section};
use crate::tls::{Acceptor, CertificateError, Identity, Roots};
use crate::transport::ServerTls;

/// A certificate and its key as a file refers to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    /// Where the certificate stands.
    pub certificate: FileSecret,
    /// Where its key stands.
    pub key: FileSecret,
    /// Both.
    pub identity: Arc<Identity>,
}

/// How the server is reached and trusted: `[tls]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsEntry {
    /// Where the certificates of the trusted authorities stand, and what they are; the system's where absent.
    pub roots: Option<(FileSecret, Roots)>,
    /// Where the issuer's host is reached instead.
    pub connect_to: Option<SocketAddr>,
    /// Whether HTTP/2 is offered.
    pub http2: bool,
}

impl FileIdentity {
    /// Reads `certificate` and `certificate_key`; neither, or both.
    pub(super) fn read(section: &Section<'_>, secrets: &Secrets<'_>, required: bool) -> Option<Self> {
        if !required && !section.has("certificate") && !section.has("certificate_key") {
            return None;
        }
        let certificate = section.required("certificate", &secrets.key());
        let key = section.required("certificate_key", &secrets.key());
        let (certificate, key) = (certificate?, key?);
        match Identity::read(certificate.value.expose(), key.value.expose()) {
            Ok(identity) => Some(FileIdentity { certificate, key, identity: Arc::new(identity) }),
            Err(error) => {
                let (name, text) = match error.is_about_the_certificate() {
                    true => ("certificate", &certificate),
                    false => ("certificate_key", &key),
                };
                section.problem(name, &format!("{:?} {error}", text.reference));
                None
            }
        }
    }

    pub(super) fn write(identity: Option<&Self>, text: &mut Text) {
        let reference = |of: fn(&Self) -> &FileSecret| identity.map(|own| quoted(&of(own).expose_text()));
        text.optional("certificate", reference(|own| &own.certificate));
        text.optional("certificate_key", reference(|own| &own.key));
    }

    /// What a listener needs to show the certificate. The key was tried when it was read.
    #[must_use]
    pub fn acceptor(&self) -> Option<Acceptor> {
        Acceptor::new(&self.identity).ok()
    }
}

impl TlsEntry {
    pub(super) fn read(root: &Section<'_>, secrets: &Secrets<'_>, issuer: Option<&ServerUrl>) -> Self {
        let section = root.table("tls");
        let roots = section.optional("roots", &secrets.key());
        let roots = roots.and_then(|text| match Roots::read(text.value.expose()) {
            Ok(roots) => Some((text, roots)),
            Err(error) => {
                section.problem("roots", &format!("{:?} {error}", text.reference));
                None
            }
        });
        let connect_to = section.optional("connect_to", &address());
        // Whoever connects takes a port that the URL names from there.
        let port = issuer.and_then(|issuer| issuer.url().port());
        if let (Some(address), Some(port)) = (connect_to, port)
            && address.port() != port
        {
            section.problem(
                "connect_to",
                &format!("value {address}, expected port {port}, since the issuer names that port itself"),
            );
        }
        let http2 = section.or("http2", &Reader::boolean(), false);
        section.finish();
        TlsEntry { roots, connect_to, http2 }
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.table("tls");
        text.optional("roots", self.roots.as_ref().map(|(reference, _)| quoted(&reference.expose_text())));
        text.optional("connect_to", self.connect_to.map(|address| quoted(&address.to_string())));
        text.or("http2", self.http2, false);
    }
}

impl TargetFile {
    /// How the server is reached and trusted.
    #[must_use]
    pub fn server_tls(&self) -> ServerTls {
        ServerTls {
            roots: self.tls.roots.as_ref().map(|(_, roots)| roots.clone()),
            connect_to: self.tls.connect_to.map(|address| (self.issuer.host().to_owned(), address)),
            http2: self.tls.http2,
            unverified: false,
        }
    }

    /// Whether every certificate of the file is good at a moment since the Unix epoch.
    ///
    /// # Errors
    /// The first that is not: its key in the file, and what is wrong.
    pub fn check_certificates(&self, now: Duration) -> Result<(), (String, CertificateError)> {
        for (key, identity) in self.identities() {
            identity.identity.check_dates(now).map_err(|error| (key, error))?;
        }
        let roots = self.tls.roots.iter().flat_map(|(_, roots)| roots.certificates());
        for root in roots {
            root.check_dates(now).map_err(|error| ("tls.roots".to_owned(), error))?;
        }
        Ok(())
    }

    /// Every certificate with a key, with its place in the file.
    fn identities(&self) -> Vec<(String, &FileIdentity)> {
        let clients = self.clients.named().into_iter().filter_map(|(name, client)| {
            Some((format!("clients.{name}.certificate"), client?.identity.as_ref()?))
        });
        let own = [
            ("authentication_service.certificate", self.authentication_service.identity()),
            ("notification.certificate", self.notification.identity.as_ref()),
        ];
        let own = own.into_iter().filter_map(|(key, identity)| Some((key.to_owned(), identity?)));
        clients.chain(own).collect()
    }
}

impl AuthenticationService {
    /// What our authentication service shows, where it is called over TLS.
    #[must_use]
    pub fn identity(&self) -> Option<&FileIdentity> {
        match self {
            AuthenticationService::Embedded(service) => service.identity.as_ref(),
            AuthenticationService::Keycloak(_)
            | AuthenticationService::ApprovalUrl(_)
            | AuthenticationService::None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::secret::tests::TestSource;
    use super::*;

    const HEAD: &str = "issuer = \"https://127.0.0.1:9/t\"\nclients.poll.client_id = \"c\"\n";

    fn parse(text: &str) -> Result<TargetFile, String> {
        TargetFile::parse("t.toml", text, &TestSource).map_err(|problems| problems.to_string())
    }

    #[test]
    fn certificates_and_roots_are_read_and_what_does_not_fit_is_told() {
        let by_certificate = format!("{HEAD}clients.poll.authentication = \"tls_client_auth\"\n");
        let both =
            "clients.poll.certificate = \"file:tls.pem\"\nclients.poll.certificate_key = \"file:tls.key\"\n";
        let rest = "[tls]\nroots = \"file:authority.pem\"\nconnect_to = \"127.0.0.2:9\"\nhttp2 = true";
        let target = parse(&format!("{by_certificate}{both}{rest}")).unwrap();
        let client = target.clients.poll.as_ref().unwrap();
        let prepared = client.client(crate::ciba::DeliveryMode::Poll);
        assert_eq!(prepared.identity(), client.credentials().identity());
        assert!(prepared.identity().is_some());
        assert!(!format!("{target:?}").contains("PRIVATE"));
        let tls = target.server_tls();
        assert!(tls.http2 && tls.roots.is_some());
        assert_eq!(tls.connect_to, Some(("127.0.0.1".to_owned(), "127.0.0.2:9".parse().unwrap())));
        let late = Duration::from_secs(1_900_000_000);
        let (key, error) = target.check_certificates(late).unwrap_err();
        assert!(key == "clients.poll.certificate" && error.to_string().contains("expired at 20"), "{error}");
        for (text, expected) in [
            (by_certificate.clone(), "clients.poll.certificate: missing"),
            (
                format!("{by_certificate}{}", both.replace("tls.key", "key.pem")),
                "clients.poll.certificate_key: file:key.pem holds a private key that does not belong to the certificate",
            ),
            (
                format!("{by_certificate}{}", both.replace("tls.pem", "key.pem")),
                "clients.poll.certificate: file:key.pem holds no certificate; expected PEM",
            ),
            (
                format!("{by_certificate}{}", both.replace("tls.key", "secret.txt")),
                "clients.poll.certificate_key: file:secret.txt holds no private key",
            ),
            (
                format!("{by_certificate}{}", both.replace("tls.key", "none.key")),
                "file:none.key gave no secret: no such file",
            ),
            (
                format!("{by_certificate}{both}clients.poll.client_secret = \"s\""),
                "client_secret: means nothing for tls_client_auth",
            ),
            (
                format!("{by_certificate}{both}[tls]\nroots = \"file:key.pem\""),
                "tls.roots: file:key.pem holds no certificate",
            ),
            (
                format!("{by_certificate}{both}[tls]\nconnect_to = \"127.0.0.1:10\""),
                "tls.connect_to: value 127.0.0.1:10, expected port 9",
            ),
            (
                format!("{by_certificate}{both}[notification]\ncertificate = \"file:tls.pem\""),
                "notification.certificate_key: missing",
            ),
        ] {
            let problem = parse(&text).unwrap_err();
            assert!(problem.contains(expected), "{text}\n  gave     {problem}\n  expected {expected}");
        }
    }
}
