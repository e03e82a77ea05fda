use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Approval;

/// The answer to a token request (CIBA Core 1.0, 10.1.1 and 11).
#[derive(Debug)]
pub(crate) enum Poll {
    Tokens(Approval),
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    AccessDenied,
    /// Redeemed before; under a fault the access token of that time is to be revoked.
    Redeemed(Option<Arc<str>>),
    /// Refused for nothing; only a fault says so.
    Refused,
}

/// What a ping that is under way means for polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PingHold {
    /// Nothing.
    Free,
    /// A poll waits a moment for the ping's answer, which may end the request.
    Waits,
    /// A poll waits a moment, and is pending while there is no answer.
    Pends,
}

/// One poll in a count of those under way, until it is dropped.
pub(super) struct UnderWay<'a> {
    count: &'a AtomicUsize,
    pub(super) is_first: bool,
}

impl<'a> UnderWay<'a> {
    pub(super) fn new(count: &'a AtomicUsize) -> Self {
        Self { count, is_first: count.fetch_add(1, Ordering::Relaxed) == 0 }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}
