//! Requests of checks as recipes: valid ones, and what is different about them.

mod recipe;
mod words;

pub use recipe::{
    ASSERTING, By, CERTIFIED, Change, ClaimValue, Manner, OWNER, PING_OWNER, Proof, REGISTERED,
    REGISTERED_SECOND, Request, SECOND, SIGNING, Seal, TokenForm, VALID, VALID_PING, VALID_PUSH, Value,
    WITH_USER_CODE,
};
