//! ID tokens: the issuer's keys, the signature, the claims and the subject, judged by pure functions.
//!
//! Floor 1: no I/O and no clock. Keys come in as bytes, the present as an argument, and what breaks the standard goes
//! out as a [`Breach`]. Fetching a key set, counting breaches and deciding what they mean for a run is deliberately
//! not here; neither are encrypted ID tokens (JWE) and those signed with a shared secret (HS256), which this tool does
//! not read and does not hold against a server.

mod algorithm;
mod breach;
mod claims;
mod id_token;
mod key_set;
mod subject;

#[cfg(test)]
mod forged_tokens;
#[cfg(test)]
mod published_keys;

pub use algorithm::is_verifiable;
pub use claims::{CLOCK_SKEW, Expected, ISSUED_AT_AGE_MAX};
pub use id_token::{ID_TOKEN_BYTES_MAX, IdToken, Judged, judge};
pub use key_set::{JWKS_BYTES_MAX, KEYS_MAX, KeySet, KeySetError, SkippedKey, Unusable};
pub use subject::{LEDGER_USERS_MAX, SubjectLedger, SubjectRule};
