use crate::ciba::Secret;
use crate::jose::SigningKey;
use crate::tls::Identity;
use std::sync::Arc;

/// How a client proves who it is, at the backchannel authentication endpoint and at the token endpoint alike (CIBA Core
/// 1.0, 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// `client_secret_basic`: HTTP Basic (RFC 6749, 2.3.1).
    ClientSecretBasic,
    /// `client_secret_post`: the secret in the form.
    ClientSecretPost,
    /// `client_secret_jwt`: an assertion that the secret makes by HS256 (OpenID Connect Core 1.0, 9).
    ClientSecretJwt,
    /// `private_key_jwt`: an assertion that a private key signs (OpenID Connect Core 1.0, 9).
    PrivateKeyJwt,
    /// `tls_client_auth`: a certificate that an authority has issued (RFC 8705, 2.1).
    TlsClientAuth,
    /// `self_signed_tls_client_auth`: a certificate that is registered itself (RFC 8705, 2.2).
    SelfSignedTlsClientAuth,
}

/// Whom the assertions of a client are addressed to: the `aud`, always a single text. The issuer is what CIBA Core 1.0,
/// 7.1 recommends and the only value that its errata leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AssertionAudience {
    /// The issuer.
    #[default]
    Issuer,
    /// The token endpoint, at whichever endpoint the assertion is used.
    TokenEndpoint,
    /// The endpoint at which the assertion is used.
    Endpoint,
}

/// A method, with what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// `client_secret_basic`.
    SecretBasic(Secret<String>),
    /// `client_secret_post`.
    SecretPost(Secret<String>),
    /// `client_secret_jwt`.
    SecretJwt(Secret<String>),
    /// `private_key_jwt`.
    PrivateKeyJwt(SigningKey),
    /// `tls_client_auth`.
    Tls(Arc<Identity>),
    /// `self_signed_tls_client_auth`.
    SelfSignedTls(Arc<Identity>),
}

impl ClientAuthentication {
    /// The words in files, which are the standard's.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("client_secret_basic", Self::ClientSecretBasic),
        ("client_secret_post", Self::ClientSecretPost),
        ("client_secret_jwt", Self::ClientSecretJwt),
        ("private_key_jwt", Self::PrivateKeyJwt),
        ("tls_client_auth", Self::TlsClientAuth),
        ("self_signed_tls_client_auth", Self::SelfSignedTlsClientAuth),
    ];

    /// The word in files and in metadata.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        }
    }

    /// Whether it is by the certificate of the connection (RFC 8705).
    #[must_use]
    pub fn is_by_certificate(self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }
}

impl AssertionAudience {
    /// The words in files.
    pub const WORDS: [(&'static str, Self); 3] =
        [("issuer", Self::Issuer), ("token_endpoint", Self::TokenEndpoint), ("endpoint", Self::Endpoint)];
}

impl Credentials {
    /// The method.
    #[must_use]
    pub fn method(&self) -> ClientAuthentication {
        match self {
            Credentials::SecretBasic(_) => ClientAuthentication::ClientSecretBasic,
            Credentials::SecretPost(_) => ClientAuthentication::ClientSecretPost,
            Credentials::SecretJwt(_) => ClientAuthentication::ClientSecretJwt,
            Credentials::PrivateKeyJwt(_) => ClientAuthentication::PrivateKeyJwt,
            Credentials::Tls(_) => ClientAuthentication::TlsClientAuth,
            Credentials::SelfSignedTls(_) => ClientAuthentication::SelfSignedTlsClientAuth,
        }
    }

    /// The secret, where the method uses one.
    #[must_use]
    pub fn secret(&self) -> Option<&Secret<String>> {
        match self {
            Credentials::SecretBasic(secret)
            | Credentials::SecretPost(secret)
            | Credentials::SecretJwt(secret) => Some(secret),
            Credentials::PrivateKeyJwt(_) | Credentials::Tls(_) | Credentials::SelfSignedTls(_) => None,
        }
    }

    /// The certificate, where the method uses one.
    #[must_use]
    pub fn identity(&self) -> Option<&Arc<Identity>> {
        match self {
            Credentials::Tls(identity) | Credentials::SelfSignedTls(identity) => Some(identity),
            Credentials::SecretBasic(_)
            | Credentials::SecretPost(_)
            | Credentials::SecretJwt(_)
            | Credentials::PrivateKeyJwt(_) => None,
        }
    }
}
