use serde::Deserialize;

/// How a client gets its result (CIBA Core 1.0, 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryMode {
    /// The client polls the token endpoint.
    Poll,
    /// The client is notified, then calls the token endpoint.
    Ping,
    /// The client is sent its tokens.
    Push,
}

impl DeliveryMode {
    /// The value on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            DeliveryMode::Poll => "poll",
            DeliveryMode::Ping => "ping",
            DeliveryMode::Push => "push",
        }
    }
}
