//! TLS on both sides of a connection: certificates with their keys, the authorities that are trusted, and what a listener
//! needs.
//!
//! Floor 1. Everything is read once, with all that can be wrong with it: [`Identity`] is a certificate whose key fits,
//! [`Roots`] are authorities. [`Acceptor`] is the one way to serve TLS, with a floor of TLS 1.2; it asks clients for a
//! certificate and trusts none, since whether a certificate proves anything is the server's to say ([`PeerCertificate`]).
//! [`TestAuthority`] makes certificates for tests. Nothing here opens a connection.

mod acceptor;
mod authority;
mod certificate;
mod client_config;
mod identity;
mod roots;
mod shown;

pub use acceptor::{Acceptor, HANDSHAKE_TIMEOUT, PeerCertificate};
pub use authority::{AuthorityError, Issued, TestAuthority};
pub use certificate::{Certificate, CertificateError};
pub use client_config::{ClientConfigError, TlsConfig, Trust, client_config};
pub use identity::{Identity, IdentityError};
pub use roots::Roots;
pub use shown::{ForeignCertificate, ShownCertificate};
