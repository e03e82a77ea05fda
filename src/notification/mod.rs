//! The client notification endpoint (CIBA Core 1.0, 9, 10.2 and 10.3): where an OP's pings and pushes arrive.
//!
//! Floor 2. A flow registers its notification token before its request is sent; a call with a known token is stamped,
//! answered and only then read, and handed to a [`NotificationSink`]. What the notification means for its flow (is the
//! `auth_req_id` the flow's own, had the user decided) is for the sink's owner to say. Nothing is logged here.
//!
//! A scenario may wait for a token of any form ([`Receiver::register_text`]), answer as it likes, and see whether a redirect
//! was followed: a call to [`Receiver::redirected_path`] is a [`Stranger`] with that path. It may publish documents beside the
//! endpoint, too ([`Receiver::publish`]).

mod answer;
mod body;
mod documents;
mod inbox;
mod receiver;
mod registry;
mod serve;
mod sink;
mod texts;
mod token;

#[cfg(test)]
mod calls;
#[cfg(test)]
mod stranger_calls;

pub use answer::{Answer, ConnectionReset};
pub use body::{BODY_BYTES_MAX, BODY_TIMEOUT};
pub use documents::{DOCUMENTS_MAX, DocumentsFull};
pub use inbox::{INBOX_MAX, Inbox};
pub use receiver::Receiver;
pub use registry::{REGISTERED_MAX, RegistryFull};
pub use serve::{CONNECTIONS_MAX, SHUTDOWN_GRACE, serve};
pub use sink::{Cause, METHOD_SHOWN, Notification, NotificationSink, PATH_SHOWN, Presented, Stranger};
pub use texts::{TEXTS_MAX, TextRefused};
pub use token::{NotificationToken, RANDOM_BYTES};
