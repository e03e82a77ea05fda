use crate::ciba::Secret;
use crate::jose::SigningKey;

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
}

impl ClientAuthentication {
    /// The words in files, which are the standard's.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("client_secret_basic", Self::ClientSecretBasic),
        ("client_secret_post", Self::ClientSecretPost),
        ("client_secret_jwt", Self::ClientSecretJwt),
        ("private_key_jwt", Self::PrivateKeyJwt),
    ];

    /// The word in files and in metadata.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
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
        }
    }

    /// The secret, where the method uses one.
    #[must_use]
    pub fn secret(&self) -> Option<&Secret<String>> {
        match self {
            Credentials::SecretBasic(secret)
            | Credentials::SecretPost(secret)
            | Credentials::SecretJwt(secret) => Some(secret),
            Credentials::PrivateKeyJwt(_) => None,
        }
    }
}
