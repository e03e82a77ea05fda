//! HTTPS for what is served: given files, or an authority that lives as long as the process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::op_target;
use crate::cli::failure::Failure;
use crate::cli::input;
use crate::clock::Clock;
use crate::tls::{Acceptor, Identity, Roots, TestAuthority};
use crate::transport::ServerTls;

/// Arguments about TLS.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
pub struct ServedTls {
    /// Serve HTTPS with a certificate that an authority of this process issues; never for production
    #[arg(long)]
    tls: bool,
    /// Where the certificate of that authority is written, for those who are to trust it
    #[arg(long, value_name = "FILE", default_value = "ciba-bench-authority.pem")]
    tls_authority: PathBuf,
    /// Serve HTTPS with this certificate, in PEM, perhaps with its chain
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "tls")]
    tls_cert: Option<PathBuf>,
    /// Private key of that certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Authorities that are trusted when others are called, in PEM; default: the one of --tls, else the system's
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
}

/// What a listener shows, and whom the process trusts.
pub struct Shown {
    acceptor: Option<Acceptor>,
    authority: Option<(TestAuthority, PathBuf)>,
    trust: ServerTls,
}

impl ServedTls {
    /// Reads or makes what is needed to listen at this address; `always` stands for --tls.
    pub fn prepare(&self, listen: SocketAddr, always: bool) -> Result<Shown, Failure> {
        let clock = Clock::system();
        let now = clock.wall(clock.now());
        let authority = match self.tls || always {
            true => Some(TestAuthority::make(now).map_err(Failure::internal)?),
            false => None,
        };
        let identity = match (&authority, &self.tls_cert, &self.tls_key) {
            (Some(authority), ..) => {
                let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
                let own = Some(listen.ip().to_string()).filter(|own| !names.contains(own));
                let names: Vec<String> = names.into_iter().chain(own).collect();
                let issued = authority.server(&names).map_err(Failure::internal)?;
                Some(issued.identity().map_err(Failure::internal)?)
            }
            (None, Some(certificate), Some(key)) => Some(given(certificate, key, now)?),
            (None, _, _) => None,
        };
        let acceptor = identity.as_ref().map(Acceptor::new).transpose().map_err(Failure::internal)?;
        let roots = match (&self.trust, &authority) {
            (Some(path), _) => Some(roots(path)?),
            (None, Some(authority)) => Some(Roots::read(authority.certificate()).map_err(Failure::internal)?),
            (None, None) => None,
        };
        if let Some(authority) = &authority {
            let path = &self.tls_authority;
            op_target::write(path, authority.certificate()).map_err(|error| {
                Failure::usage(format!(
                    "--tls-authority {}: cannot be written: {error}; choose another place",
                    path.display()
                ))
            })?;
        }
        let authority = authority.map(|authority| (authority, self.tls_authority.clone()));
        Ok(Shown { acceptor, authority, trust: ServerTls { roots, ..ServerTls::default() } })
    }
}

impl Shown {
    /// What the listener needs; nothing for plain HTTP.
    pub fn acceptor(&self) -> Option<Acceptor> {
        self.acceptor.clone()
    }

    /// The authority of this process.
    pub fn authority(&self) -> Option<&TestAuthority> {
        self.authority.as_ref().map(|(authority, _)| authority)
    }

    /// Where its certificate was written.
    pub fn authority_file(&self) -> Option<&Path> {
        self.authority.as_ref().map(|(_, path)| path.as_path())
    }

    /// Whom the process trusts when it calls.
    pub fn trust(&self) -> ServerTls {
        self.trust.clone()
    }

    /// What is said of it at the start.
    pub fn in_words(&self) -> &'static str {
        match (&self.acceptor, &self.authority) {
            (None, _) => "no TLS",
            (Some(_), Some(_)) => "a certificate that nobody else trusts",
            (Some(_), None) => "TLS by the given certificate",
        }
    }
}

/// A certificate and its key from files.
fn given(certificate: &Path, key: &Path, now: std::time::Duration) -> Result<Identity, Failure> {
    let texts = (
        input::text(certificate, "the certificate", "check the path")?,
        input::text(key, "the private key", "check the path")?,
    );
    let identity = Identity::read(&texts.0, &texts.1).map_err(|error| {
        let (option, path) = match error.is_about_the_certificate() {
            true => ("--tls-cert", certificate),
            false => ("--tls-key", key),
        };
        Failure::usage(format!("{option} {}: {error}", path.display()))
    })?;
    identity
        .check_dates(now)
        .map_err(|error| Failure::usage(format!("--tls-cert {}: {error}", certificate.display())))?;
    Ok(identity)
}

fn roots(path: &Path) -> Result<Roots, Failure> {
    let text = input::text(path, "the trusted certificates", "check the path")?;
    Roots::read(&text).map_err(|error| Failure::usage(format!("--trust {}: {error}", path.display())))
}
