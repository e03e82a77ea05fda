//! The authentication device as a web page, `{workspace}/cibasimulator`: whoever opens it plays the user.
//!
//! A workspace has it when its authentication service is the SIMULATOR. It asks for a login hint, lists what is pending for
//! it, and takes an Allow or a Deny. Nobody is authenticated. Deliberately absent: scripts, sessions on this side, Open
//! Banking consents.

mod address;
mod endpoint;
mod fields;
mod page;
mod seal;

pub(crate) use endpoint::paths;
