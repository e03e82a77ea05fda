//! The nouns of the specification: OpenID Connect Client-Initiated Backchannel Authentication Core 1.0 ("CIBA Core").
//!
//! Floor 0: plain data, no I/O, no time, no knowledge of how a flow is driven, measured or reported.

mod auth_req_id;
mod behaviour;
mod breach;
mod clause;
mod decision;
mod delivery_mode;
mod error_code;
mod hint;
mod interval;
mod named;
mod outcome;
mod polling;
mod rule;
mod secret;

pub use auth_req_id::{AuthReqId, AuthReqIdError};
pub use behaviour::{Behaviour, EndpointTrouble};
pub use breach::Breach;
pub use clause::{Clause, Level};
pub use decision::Decision;
pub use delivery_mode::DeliveryMode;
pub use error_code::ErrorCode;
pub use hint::{Hint, HintKind};
pub use interval::Interval;
pub use named::Named;
pub(crate) use named::named;
pub use outcome::Outcome;
pub use polling::{FirstPoll, PollFrom};
pub use rule::Rule;
pub use secret::Secret;

/// The grant type by which poll and ping clients ask for the result (CIBA Core 1.0, 4 and 10.1).
pub const CIBA_GRANT_TYPE: &str = "urn:openid:params:grant-type:ciba";
