//! What the checks claim, one file per operation of the contract.

mod answers;
mod decisions;
mod starts;
mod tokens;
mod verification;

pub(super) use answers::{UNAUTHORIZED_START, UNAUTHORIZED_VERIFY};
pub(super) use decisions::{
    DECIDED_ONCE, LOGIN_NAMED, NO_DECISION, NOT_ACCEPTED, NOTHING_BEYOND, OPENID, REJECTED, STATE_ECHOED,
    TOOK_TIME, WITH_JSON,
};
pub(super) use starts::{ACKNOWLEDGED, IN_TIME_START, NOT_HELD, REFUSED_START};
pub(super) use tokens::{ASKED_WITH_SCOPE, FETCHED_ONCE, ISSUED_HERE, RENEWED};
pub(super) use verification::{
    BOOLEAN, CHALLENGE, IN_TIME_VERIFY, INVALID, JSON, READ, REFUSED_VERIFY, VALID,
};
