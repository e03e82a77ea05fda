use crate::transport::{BoxError, Failure, Outgoing, Transport, outgoing};
use bytes::Bytes;
use http::Request;
use mock_auth_service::NotConnected;
use reference_op::AnyCertificate;
use std::sync::Arc;
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt as _, service_fn};

/// The OP's way out, and the one for calls in which it takes any certificate.
pub(super) fn of_op(transport: Arc<dyn Transport>, unverified: Arc<dyn Transport>) -> reference_op::Outgoing {
    let (verified, unverified): (Outgoing, Outgoing) = (outgoing(transport), outgoing(unverified));
    BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
        let any = request.extensions().get::<AnyCertificate>().is_some();
        if any { unverified.clone() } else { verified.clone() }.oneshot(request)
    }))
}

/// The authentication service's way out: it repeats a request only when it is told that it was never sent.
pub fn of_auth_service(transport: Arc<dyn Transport>) -> mock_auth_service::Outgoing {
    let out: Outgoing = outgoing(transport);
    BoxCloneSyncService::new(out.map_err(|error: BoxError| match error.downcast_ref() {
        Some(Failure::Connect(_) | Failure::Blocked(_)) => Box::new(NotConnected(error)) as BoxError,
        Some(Failure::TimedOut(_) | Failure::Broken(_) | Failure::TooLarge) | None => error,
    }))
}
