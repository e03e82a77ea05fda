use serde::{Deserialize, Serialize};
use std::fmt;

/// How a client learns the result; fixed when the client is registered (CIBA Core 1.0, 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryMode {
    /// The client asks the token endpoint again and again.
    Poll,
    /// The OP calls the client's notification endpoint, then the client asks the token endpoint.
    Ping,
    /// The OP sends the tokens to the client's notification endpoint.
    Push,
}

impl DeliveryMode {
    /// The name in metadata and in files.
    pub fn name(self) -> &'static str {
        match self {
            DeliveryMode::Poll => "poll",
            DeliveryMode::Ping => "ping",
            DeliveryMode::Push => "push",
        }
    }
}

impl fmt::Display for DeliveryMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
