use super::{Identity, IdentityError, ShownCertificate};
use bytes::Bytes;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs::default_provider, verify_tls12_signature,
    verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Longest time that a handshake may take; then the connection is closed.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The certificate of whoever is at the other end of a connection, in DER: an extension of each of its requests. That the
/// other end holds its key was proved by the handshake, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate(pub Bytes);

/// Takes TLS 1.2 and 1.3, HTTP/1.1 only.
#[derive(Clone)]
pub struct Acceptor {
    own: TlsAcceptor,
    shown: ShownCertificate,
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acceptor").finish_non_exhaustive()
    }
}

impl Acceptor {
    /// An acceptor that shows this certificate.
    ///
    /// # Errors
    /// The key cannot be used.
    pub fn new(identity: &Identity) -> Result<Self, IdentityError> {
        Ok(Acceptor { own: tls_acceptor(identity)?, shown: ShownCertificate::own() })
    }

    /// The switch by which it shows another certificate for a time.
    pub fn shown(&self) -> ShownCertificate {
        self.shown.clone()
    }

    /// The handshake, within [`HANDSHAKE_TIMEOUT`].
    ///
    /// # Errors
    /// It failed, or took too long.
    pub async fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<(TlsStream<TcpStream>, Option<PeerCertificate>)> {
        let acceptor = self.shown.foreign().unwrap_or_else(|| self.own.clone());
        let stream = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await??;
        let peer = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let peer = peer.map(|der| PeerCertificate(Bytes::copy_from_slice(der)));
        Ok((stream, peer))
    }
}

/// With its sessions to itself: none that another certificate began is resumed.
pub(super) fn tls_acceptor(identity: &Identity) -> Result<TlsAcceptor, IdentityError> {
    let provider = Arc::new(default_provider());
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| IdentityError::KeyRefused(error.to_string()))?
        .with_client_cert_verifier(Arc::new(AnyCertificate::of(&provider)))
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified_key()?)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Asks for a certificate and takes any, or none; only possession of its key is verified.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl AnyCertificate {
    fn of(provider: &CryptoProvider) -> Self {
        AnyCertificate(provider.signature_verification_algorithms)
    }
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
