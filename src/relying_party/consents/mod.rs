//! Open Banking: the consents that a client creates before it asks a user, and deletes when it is done.

mod client_token;
mod create;
mod delete;
mod ledger;

pub use client_token::ClientTokenAnswered;
pub use create::{ConsentSettings, Consented};
pub use delete::{ConsentsDeleted, DELETIONS_AT_ONCE, delete_all};
pub use ledger::CONSENTS_KEPT_MAX;

pub(in crate::relying_party) use create::Consents;
