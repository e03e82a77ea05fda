//! How decisions travel between the server and the authentication service, and how they find back to their flows.
//!
//! Floor 3. The authentication service tells what reaches it and when ([`mock_auth_service::Observer`]); [`Traces`] puts
//! that together with the flow that caused it. `/authentication/start` carries no `auth_req_id`, so a flow is found by
//! its [`Marker`] in the binding message, or by its user while that user has one pending flow.

mod marker;
mod observer;
mod traces;

pub use marker::Marker;
pub use traces::{SpanSink, Trace, Traces};
