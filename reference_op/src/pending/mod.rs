//! Authentication requests between acknowledgement and redemption.
//!
//! Decision, pace and redemption of one request sit behind one lock, so that a request is redeemed exactly once. The
//! store only finds requests; it never looks at all of them.

mod afterlife;
mod demand;
mod poll;
mod request;
mod store;

pub(crate) use demand::{Demand, Standing};
pub(crate) use poll::{PingHold, Poll};
pub(crate) use request::{Approval, AuthenticationRequest};
pub(crate) use store::{Full, PendingStore};
