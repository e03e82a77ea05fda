//! The page for people who decide by hand, `/device` on the management listener: what waits, each with Allow and Deny.
//!
//! As open as the management API beside it: whoever reaches the listener may decide, so it listens on loopback only. What
//! other sites can make a browser do is refused. Deliberately absent: scripts, and sessions on this side.

mod consent;
mod endpoint;
mod page;
mod seal;

pub(crate) use endpoint::router;
