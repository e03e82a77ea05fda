use crate::tls;
use axum::Router;
use axum::extract::Request;
use reference_op::PeerCertificate;
use tower::util::MapRequestLayer;

/// Tells the OP whose certificate a connection showed.
pub(super) fn with_peer(router: Router) -> Router {
    router.layer(MapRequestLayer::new(|mut request: Request| {
        if let Some(tls::PeerCertificate(der)) = request.extensions_mut().remove() {
            request.extensions_mut().insert(PeerCertificate(der));
        }
        request
    }))
}
