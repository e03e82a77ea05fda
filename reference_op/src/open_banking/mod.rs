//! Consents of Open Banking UK 3.1 and Open Banking Brasil: clients create them before they ask a user, name them in the
//! authentication request, and the authentication service decides about them.
//!
//! `endpoint` is what clients call, `decision` what the authentication service calls, `intent` what an authentication request
//! says about a consent; `approval` keeps the
//! consent and the request that it is about in step. `uk` and `brasil` read and write the two vocabularies.

mod approval;
mod brasil;
mod consent;
mod date;
mod decision;
mod details;
mod endpoint;
mod field;
mod intent;
mod kind;
mod message;
mod refusal;
mod site;
mod store;
mod uk;

pub(crate) use approval::{approve, deny};
pub(crate) use decision::system_paths;
pub(crate) use details::details;
pub(crate) use endpoint::paths;
pub(crate) use intent::{Intent, intent, names_a_consent};
pub(crate) use site::OpenBanking;
