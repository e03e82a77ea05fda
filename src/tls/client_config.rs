use super::{Identity, IdentityError, Roots};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt as _;
use std::sync::Arc;

/// Whom a client trusts.
#[derive(Debug, Clone, Copy)]
pub enum Trust<'a> {
    /// Whomever the system trusts.
    System,
    /// These authorities and nobody else.
    Only(&'a Roots),
    /// Everybody: how a client behaves that verifies nothing.
    Anybody,
}

/// Why a client cannot speak TLS.
#[derive(Debug, thiserror::Error)]
pub enum ClientConfigError {
    /// The TLS library refuses its set-up, or the system names no authorities.
    #[error("TLS cannot be set up: {0}")]
    Refused(#[from] rustls::Error),
    /// The client's certificate cannot be shown.
    #[error("the client's certificate {0}")]
    Identity(#[from] IdentityError),
}

/// How a client speaks TLS. Clones share it, and the sessions that it may resume.
pub type TlsConfig = Arc<ClientConfig>;

/// What a client needs to speak TLS, of version 1.2 or later. It shows its certificate to whoever asks for one.
///
/// # Errors
/// An authority is refused, the system has none, or the certificate cannot be shown.
pub fn client_config(
    trust: Trust<'_>,
    identity: Option<&Identity>,
    http2: bool,
) -> Result<TlsConfig, ClientConfigError> {
    let provider = Arc::new(default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let builder = match trust {
        Trust::System => builder.with_platform_verifier()?,
        Trust::Only(roots) => {
            let mut store = RootCertStore::empty();
            for root in roots.certificates() {
                store.add(CertificateDer::from(root.der.to_vec()))?;
            }
            builder.with_root_certificates(store)
        }
        Trust::Anybody => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))),
    };
    let mut config = match identity {
        Some(identity) => {
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified_key()?)))
        }
        None => builder.with_no_client_auth(),
    };
    let protocols: &[&str] = if http2 { &["h2", "http/1.1"] } else { &["http/1.1"] };
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    Ok(Arc::new(config))
}

/// Finds no fault with any certificate; whoever shows one still has to hold its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
