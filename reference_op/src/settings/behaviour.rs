//! Where servers differ from each other.

use serde::Deserialize;

/// Name of the member of `/authentication/start` that the decision must echo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateField {
    /// `login_state`.
    #[default]
    LoginState,
    /// `state`.
    State,
    /// Both members, with the same value.
    Both,
}

/// When `/authentication/start` is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartOrder {
    /// Concurrently with the acknowledgement: either may arrive first.
    #[default]
    Asynchronous,
    /// The acknowledgement waits until the authentication service has answered.
    BeforeAcknowledgement,
}

/// When the ping of an accept or a reject is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PingOrder {
    /// The decision is answered after the client has answered the ping.
    BeforeAcceptAnswer,
    /// The decision is answered without waiting for the ping.
    #[default]
    AfterAcceptAnswer,
}
