use crate::transport::{BoxError, Failure, Outgoing, Transport, outgoing};
use mock_auth_service::NotConnected;
use std::sync::Arc;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

/// The OP's way out.
pub(super) fn of_op(transport: Arc<dyn Transport>) -> reference_op::Outgoing {
    outgoing(transport)
}

/// The authentication service's way out: it repeats a request only when it is told that it was never sent.
pub fn of_auth_service(transport: Arc<dyn Transport>) -> mock_auth_service::Outgoing {
    let out: Outgoing = outgoing(transport);
    BoxCloneSyncService::new(out.map_err(|error: BoxError| match error.downcast_ref() {
        Some(Failure::Connect(_) | Failure::Blocked(_)) => Box::new(NotConnected(error)) as BoxError,
        Some(Failure::TimedOut(_) | Failure::Broken(_) | Failure::TooLarge) | None => error,
    }))
}
