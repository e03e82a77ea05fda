//! Consents of Open Banking: which API a login is decided by, where it is, and what is said there.

mod accounts;
mod api;
mod details;
mod settings;

pub(crate) use accounts::debtor_account;
pub(crate) use api::ConsentApi;
pub(crate) use details::details;
pub use settings::{ConsentPaths, OpenBanking};
