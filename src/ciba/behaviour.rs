/// How a client treats the protocol during one flow. Everything but [`Behaviour::Conformant`] breaks the standard, or
/// leaves the flow, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Behaviour {
    /// Waits the interval, adds five seconds after `slow_down`, stops at a final answer.
    #[default]
    Conformant,
    /// Polls after this share of the interval, for example 0.5.
    Impatient(f32),
    /// Sends the authentication request and never polls.
    Abandon,
}
