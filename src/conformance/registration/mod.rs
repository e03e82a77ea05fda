//! Clients that checks register (RFC 7591, with the metadata of CIBA Core 1.0, 4): what they ask for, as recipes, and the
//! ledger of those that are to be deleted again.

mod ledger;
mod recipe;
mod step;

pub use ledger::{Outstanding, Registration};
pub use recipe::{ClientRecipe, Listed, Member, PAIRWISE_CLIENT, PING_CLIENT, POLL_CLIENT, PUSH_CLIENT};
pub use step::RegistrationStep;
