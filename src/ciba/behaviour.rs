use super::named::named;

/// How a client treats the protocol during one flow. Everything but [`Behaviour::Conformant`] does something on purpose that
/// a well-behaved client does not.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Behaviour {
    /// Waits the interval, adds five seconds after `slow_down`, stops at a final answer.
    #[default]
    Conformant,
    /// Polls after this share of the interval, for example 0.5.
    Impatient(f32),
    /// Sends the authentication request and never asks for the result.
    Abandon,
    /// Asks for tokens once more when it has them.
    RedeemAgain,
    /// Sends so many token requests at once when its user has decided.
    RedeemRace(u8),
    /// Has a notification endpoint in trouble.
    SlowEndpoint(EndpointTrouble),
}

named! {
    /// What a notification endpoint in trouble does with a call.
    pub enum EndpointTrouble {
        /// Holds its answer back for 30 s.
        Hang => "hang",
        /// Answers 500.
        Error => "error",
        /// Resets the connection.
        Reset => "reset",
    }
}

impl Behaviour {
    /// Whether the flow's polls keep to the interval, so that throttling them says something about the server.
    pub fn keeps_pace(self) -> bool {
        match self {
            Behaviour::Impatient(_) | Behaviour::RedeemRace(_) => false,
            Behaviour::Conformant
            | Behaviour::Abandon
            | Behaviour::RedeemAgain
            | Behaviour::SlowEndpoint(_) => true,
        }
    }
}
