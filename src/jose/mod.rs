//! JWTs: ID tokens with the issuer's keys, the signature, the claims and the subject, judged by pure functions; and the keys
//! by which clients sign what they send.
//!
//! Floor 1: no I/O and no clock. Keys come in as bytes, the present as an argument, and what breaks the standard goes
//! out as a [`Breach`]. Fetching a key set, counting breaches and deciding what they mean for a run is deliberately
//! not here; neither are encrypted ID tokens (JWE) and those signed with a shared secret (HS256), which this tool does
//! not read and does not hold against a server.

mod algorithm;
mod breach;
mod claims;
mod generated_key;
mod id_token;
mod jwt_id;
mod key_set;
mod private_key;
mod signing_algorithm;
mod signing_key;
mod subject;
mod unsigned;

#[cfg(test)]
mod forged_tokens;
#[cfg(test)]
mod published_keys;
#[cfg(test)]
mod signed_tokens;

pub use algorithm::is_verifiable;
pub use claims::{CLOCK_SKEW, Expected, ISSUED_AT_AGE_MAX};
pub use generated_key::{GeneratedKey, GenerationError};
pub use id_token::{ID_TOKEN_BYTES_MAX, IdToken, Judged, judge, judge_claims, signature_fault};
pub use jwt_id::jwt_id;
pub use key_set::{JWKS_BYTES_MAX, KEYS_MAX, KeySet, KeySetError, SkippedKey, Unusable};
pub use private_key::PrivateKeyError;
pub use signing_algorithm::SigningAlgorithm;
pub use signing_key::{SigningError, SigningKey, SigningKeyError};
pub use subject::{LEDGER_USERS_MAX, SubjectLedger, SubjectRule};
pub use unsigned::{encrypted_in_form, unsigned};
