//! The checks, one file per operation of the contract.

mod decision;
mod start;
mod token;
mod verify;

pub(super) use decision::SECTION as DECISION;
pub(super) use start::SECTION as START;
pub(super) use token::SECTION as TOKEN;
pub(super) use verify::SECTION as VERIFY;
