use serde::{Deserialize, Serialize};

/// What the user does on the authentication device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// The user authenticates and agrees.
    Approve,
    /// The user refuses.
    Deny,
    /// The user never reacts; the request expires.
    Ignore,
}
