//! From what was observed to findings: pure functions, a file for each part of a deployment.

mod channel;
mod client;
mod clock;
mod consents;
mod decision;
mod endpoint;
mod flow;
mod known;
mod metadata;
mod own_side;
mod ping;
mod push;
mod request;

pub(super) use channel::{user_prompt, user_verification};
pub(super) use client::{Role, client};
pub(super) use clock::{Sample, clock};
pub(super) use consents::{ConsentTried, consents};
pub(super) use decision::{correlation, decision};
pub(super) use endpoint::{endpoint, keys};
pub(super) use flow::{poll_flow, subject, unknown_user};
pub(super) use known::Known;
pub(super) use metadata::{delivery_modes, issuer, metadata, texts};
pub(super) use own_side::{authentication_service, notification_endpoint, target_file};
pub(super) use ping::ping_flow;
pub(super) use push::push_flow;
pub(super) use request::authentication_request;

#[cfg(test)]
mod fixtures;
