//! How decisions travel between the server and the authentication service, and how they find back to their flows.
//!
//! Floor 3. The authentication service tells what reaches it and when ([`mock_auth_service::Observer`]); [`Traces`] puts
//! that together with the flow that caused it. `/authentication/start` carries no `auth_req_id`, so a flow is found by
//! its [`Marker`] in the binding message, or by its user while that user has one pending flow. [`Logins`] and [`Decisions`]
//! are for scenarios with a handful of flows, which wait for a login and decide it by hand, or have a [`Person`] do so. Where no
//! server tells the service of a login, an [`Announcer`] does.

mod announcer;
mod decisions;
mod logins;
mod marker;
mod observer;
mod person;
mod traces;
mod waiting;

pub use announcer::Announcer;
pub use decisions::{Confirmed, DECISION_TIMEOUT, Decisions, NotConfirmed, hand_plan};
pub use logins::{LOGINS_MAX, Login, Logins, Started};
pub use marker::Marker;
pub use mock_auth_service::Announcement;
pub use person::{Decided, PERSON_TIMEOUT, Person};
pub use traces::{SpanSink, Trace, Traces};
pub use waiting::{FoundBy, Sought};
