//! Open Banking: the consents that a third party creates at a bank before it asks a user, as data.
//!
//! Floor 0: no I/O and no clock. A [`ConsentType`] says where a consent is created, with which token, what is sent, and how the
//! authentication request names it; each is one file in [`consent_types`]. Sending it is the business of
//! [`crate::relying_party`].

pub mod consent_types;

mod consent_type;
mod created;

pub use consent_type::{CONSENT_TYPES, ConsentMedia, ConsentReference, ConsentTerms, ConsentType, IntentId};
pub use created::{CONSENT_ID_LENGTH_MAX, consent_id, jwt_payload, refusal_words};
