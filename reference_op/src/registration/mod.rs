//! Dynamic registration of clients (RFC 7591, RFC 7592; OpenID Connect Dynamic Client Registration 1.0), with the metadata
//! of CIBA Core 1.0, 4.

mod address;
mod application;
mod document;
mod endpoint;
mod member;
mod pairwise;
mod store;

pub(crate) use endpoint::paths;
pub(crate) use pairwise::sector_of_subject;
pub(crate) use store::RegisteredClients;
