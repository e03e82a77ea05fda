//! Shares of the delivery modes.

use super::document::{Reader, Section};
use crate::ciba::DeliveryMode;

/// Largest weight.
const MOST_WEIGHT: u32 = 1_000_000;

/// Weights of the delivery modes; at least one is above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// Weight of flows that poll for their tokens.
    pub poll: u32,
    /// Weight of flows that wait for a notification and then fetch their tokens.
    pub ping: u32,
    /// Weight of flows that are sent their tokens.
    pub push: u32,
}

impl Mix {
    /// The mode of the flow with this number (from 0). Modes are interleaved as evenly as the weights allow, and depend
    /// on nothing but the number.
    #[must_use]
    pub fn mode_of(self, flow: u64) -> DeliveryMode {
        let [poll, ping, push] = [self.poll, self.ping, self.push].map(u128::from);
        // How many of the first `flows` are of a mode with this weight.
        let share = |flows: u128, weight: u128, total: u128| flows * weight / total.max(1);
        let flow = u128::from(flow);
        let pinged = share(flow, ping, poll + ping + push);
        if share(flow + 1, ping, poll + ping + push) > pinged {
            return DeliveryMode::Ping;
        }
        let other = flow - pinged;
        match share(other + 1, push, poll + push) > share(other, push, poll + push) {
            true => DeliveryMode::Push,
            false => DeliveryMode::Poll,
        }
    }

    /// Reads `[mix]`. Without it every flow polls; with it a mode that is not named has no weight.
    pub(super) fn read(root: &Section<'_>) -> Self {
        let section = root.table("mix");
        let weight = Reader::whole_small(0..=MOST_WEIGHT, " as weight");
        let given = ["poll", "ping", "push"].map(|mode| section.optional(mode, &weight));
        let mix = match given {
            [None, None, None] => Self { poll: 1, ping: 0, push: 0 },
            given => {
                let [poll, ping, push] = given.map(Option::unwrap_or_default);
                Self { poll, ping, push }
            }
        };
        if mix == (Self { poll: 0, ping: 0, push: 0 }) {
            root.problem("mix", "all weights are 0, expected at least one above 0; set poll = 1");
        }
        section.finish();
        mix
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::document::read_alone;

    #[test]
    fn settings() {
        let table = [
            ("", Ok((1, 0, 0))),
            ("mix.ping = 1", Ok((0, 1, 0))),
            ("mix.push = 2", Ok((0, 0, 2))),
            ("mix = { poll = 3, ping = 1 }", Ok((3, 1, 0))),
            ("mix = { poll = 0 }", Err("mix: all weights are 0, expected at least one above 0")),
            (
                "mix = { poll = -1, ping = 1 }",
                Err("mix.poll: value -1, expected a whole number as weight (0 to 1000000)"),
            ),
            ("mix = { pin = 1 }", Err("mix.pin: unknown key; did you mean ping")),
        ];
        for (text, expected) in table {
            let expected = expected.map(|(poll, ping, push)| Mix { poll, ping, push });
            read_alone(text, |root| Some(Mix::read(root))).assert(&expected);
        }
    }

    #[test]
    fn modes_are_interleaved_in_proportion() {
        use DeliveryMode::{Ping, Poll, Push};
        let mix = Mix { poll: 3, ping: 1, push: 0 };
        let modes: Vec<_> = (0..8).map(|flow| mix.mode_of(flow)).collect();
        assert_eq!(modes, [Poll, Poll, Poll, Ping, Poll, Poll, Poll, Ping]);
        assert_eq!(Mix { poll: 0, ping: 7, push: 0 }.mode_of(u64::MAX), Ping);
        assert_eq!(Mix { poll: 7, ping: 0, push: 0 }.mode_of(u64::MAX), Poll);
        let uneven = Mix { poll: 7, ping: 5, push: 0 };
        assert_eq!((0..1_200).filter(|flow| uneven.mode_of(*flow) == Ping).count(), 500);
        assert_eq!(Mix { poll: 0, ping: 0, push: 7 }.mode_of(u64::MAX), Push);
        let three = Mix { poll: 7, ping: 5, push: 3 };
        let count = |mode| (0..1_500).filter(|flow| three.mode_of(*flow) == mode).count();
        assert_eq!([Poll, Ping, Push].map(count), [700, 500, 300]);
        let equal = Mix { poll: 1, ping: 1, push: 1 };
        assert_eq!([0, 1, 2].map(|flow| equal.mode_of(flow)), [Poll, Push, Ping]);
    }
}
