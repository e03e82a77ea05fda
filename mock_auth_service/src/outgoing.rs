//! The way out: one HTTP exchange, given from outside.

use std::{error::Error, io};

use bytes::Bytes;
use thiserror::Error;
use tower::util::BoxCloneSyncService;

/// An error of whatever kind.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Sends a request with an absolute URI and reads the whole answer.
///
/// The service must not follow redirects, must bound what it reads, and should wrap an error in [`NotConnected`] if the
/// request did not leave this machine: only then may it be sent again.
pub type Outgoing = BoxCloneSyncService<http::Request<Bytes>, http::Response<Bytes>, BoxError>;

/// No connection came about, so that the server has seen nothing of the request.
#[derive(Debug, Error)]
#[error("no connection to the server")]
pub struct NotConnected(#[source] pub BoxError);

/// Whether `error` says that the request cannot have reached the server.
pub(crate) fn never_left(error: &(dyn Error + 'static)) -> bool {
    let mut link = Some(error);
    while let Some(current) = link {
        let refused = current
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        if refused || current.is::<NotConnected>() {
            return true;
        }
        link = current.source();
    }
    false
}

/// `error` with its causes, in one line.
pub(crate) fn in_one_line(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut link = error.source();
    while let Some(current) = link {
        text.push_str(": ");
        text.push_str(&current.to_string());
        link = current.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::{BoxError, NotConnected, in_one_line, never_left};

    #[test]
    fn only_a_failed_connect_may_be_repeated() {
        let reset = || Box::new(Error::from(ErrorKind::ConnectionReset));
        let refused = || Box::new(Error::from(ErrorKind::ConnectionRefused));
        let nested: BoxError = Box::new(Error::other(NotConnected(refused())));
        for (error, expected) in [
            (reset() as BoxError, false),
            (Box::new(Error::from(ErrorKind::TimedOut)), false),
            (refused(), true),
            (Box::new(NotConnected(reset())), true),
            (nested, true),
        ] {
            assert_eq!(never_left(error.as_ref()), expected, "{error:?}");
        }
        let text = in_one_line(&NotConnected(refused()));
        assert_eq!(text, "no connection to the server: connection refused");
    }
}
