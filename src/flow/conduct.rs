use crate::ciba::{Behaviour, FirstPoll, PollFrom};
use std::time::Duration;

/// How a client conducts its flows. One copy serves all flows of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conduct {
    /// When the first poll is due.
    pub first_poll: FirstPoll,
    /// What the interval is counted from.
    pub poll_from: PollFrom,
    /// Added to every interval, so that clocks and networks do not make a conformant client look early. Up to half of it makes up
    /// for what the poll before took.
    pub guard: Duration,
    /// Whether a ping client that has heard nothing for two intervals starts to poll.
    pub fall_back_to_polling: bool,
    /// How the client treats the protocol.
    pub behaviour: Behaviour,
}

impl Default for Conduct {
    fn default() -> Self {
        Conduct {
            first_poll: FirstPoll::AfterInterval,
            poll_from: PollFrom::Answer,
            guard: Duration::from_millis(50),
            fall_back_to_polling: true,
            behaviour: Behaviour::Conformant,
        }
    }
}
