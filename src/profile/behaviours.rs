//! Shares of the flows that do something on purpose that a well-behaved client does not.

use super::document::{Reader, Section};
use super::mix::Mix;
use crate::ciba::{Behaviour, DeliveryMode, EndpointTrouble, Named as _};

/// Longest wait of an impatient flow, as a share of the interval.
const LATEST_IMPATIENCE: f64 = 0.99;
const DEFAULT_IMPATIENCE: f64 = 0.5;
/// Token requests at once.
const WAYS: std::ops::RangeInclusive<u32> = 2..=16;
const DEFAULT_WAYS: u32 = 4;
/// Sums of shares come out a little over 1.
const EPSILON: f64 = 1e-9;

/// Shares of the flows, 0 to 1. Each is of the flows that can behave so: of poll flows, of ping flows, or of those that are
/// notified. The shares of one delivery mode are 1 at most together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Behaviours {
    /// Poll and ping flows that never ask for their result.
    pub abandon: f64,
    /// Poll flows that poll early, and after which share of the interval.
    pub impatient: (f64, f32),
    /// Poll and ping flows that redeem twice, one after the other.
    pub redeem_again: f64,
    /// Poll and ping flows that redeem several times at once, and how many times.
    pub redeem_race: (f64, u8),
    /// Ping and push flows whose notification endpoint is in trouble, and in which.
    pub slow_endpoint: Option<(f64, EndpointTrouble)>,
}

impl Behaviours {
    /// The behaviour of a flow of that mode to which this share (0 to 1, evenly distributed) belongs.
    #[must_use]
    pub fn of(&self, mode: DeliveryMode, share: f32) -> Behaviour {
        let mut from = 0.0;
        for (width, behaviour) in self.shares(mode) {
            from += width;
            if f64::from(share) < from {
                return behaviour;
            }
        }
        Behaviour::Conformant
    }

    /// The share of the flows of that mode that keep to the standard and ask for their result.
    #[must_use]
    pub fn conformant(&self, mode: DeliveryMode) -> f64 {
        1.0 - self.shares(mode).map(|(share, _)| share).sum::<f64>()
    }

    /// What flows of that mode do, with their shares.
    pub fn shares(&self, mode: DeliveryMode) -> impl Iterator<Item = (f64, Behaviour)> {
        let (polls, redeems, is_notified) = match mode {
            DeliveryMode::Poll => (true, true, false),
            DeliveryMode::Ping => (false, true, true),
            DeliveryMode::Push => (false, false, true),
        };
        let (impatient, after) = self.impatient;
        let (race, ways) = self.redeem_race;
        let slow = self.slow_endpoint.map(|(share, trouble)| (share, Behaviour::SlowEndpoint(trouble)));
        let all = [
            redeems.then_some((self.abandon, Behaviour::Abandon)),
            polls.then_some((impatient, Behaviour::Impatient(after))),
            redeems.then_some((self.redeem_again, Behaviour::RedeemAgain)),
            redeems.then_some((race, Behaviour::RedeemRace(ways))),
            slow.filter(|_| is_notified),
        ];
        all.into_iter().flatten().filter(|(share, _)| *share > 0.0)
    }

    /// Reads `[behaviours]`. Without it every flow keeps to the standard.
    pub(super) fn read(root: &Section<'_>, mix: Mix) -> Self {
        let section = root.table("behaviours");
        let share = Reader::number(0.0..=1.0, " as a share of the flows");
        let impatient = section.table("impatient");
        let race = section.table("redeem_race");
        let slow = section.table("slow_endpoint");
        let of = |table: &Section<'_>| match table.is_present() {
            true => table.required("share", &share).unwrap_or_default(),
            false => 0.0,
        };
        let after = Reader::number(0.0..=LATEST_IMPATIENCE, " as a share of the interval");
        let ways = Reader::whole_small(WAYS, " of token requests at once");
        let troubles: Vec<_> =
            EndpointTrouble::ALL.iter().map(|trouble| (trouble.name(), *trouble)).collect();
        let how = Reader::choice(&troubles);
        let behaviours = Self {
            abandon: section.or("abandon", &share, 0.0),
            #[expect(clippy::cast_possible_truncation, reason = "a share needs no more digits")]
            impatient: (of(&impatient), impatient.or("after", &after, DEFAULT_IMPATIENCE) as f32),
            redeem_again: section.or("redeem_again", &share, 0.0),
            redeem_race: (of(&race), u8::try_from(race.or("ways", &ways, DEFAULT_WAYS)).unwrap_or(u8::MAX)),
            slow_endpoint: Some((of(&slow), slow.or("how", &how, EndpointTrouble::Hang)))
                .filter(|(share, _)| *share > 0.0),
        };
        for table in [impatient, race, slow] {
            table.finish();
        }
        behaviours.check(&section, mix);
        section.finish();
        behaviours
    }

    /// Shares that no flow could have.
    fn check(&self, section: &Section<'_>, mix: Mix) {
        use DeliveryMode::{Ping, Poll, Push};
        let modes = [(Poll, mix.poll), (Ping, mix.ping), (Push, mix.push)];
        for (mode, _) in modes {
            let sum: f64 = self.shares(mode).map(|(share, _)| share).sum();
            if sum > 1.0 + EPSILON {
                let message = format!(
                    "the shares of {} flows are {sum} together, expected at most 1; lower one",
                    mode.name()
                );
                section.problem_at("", &message);
                return;
            }
        }
        let weight =
            |wanted: &[DeliveryMode]| modes.iter().any(|(mode, weight)| wanted.contains(mode) && *weight > 0);
        let needs = |key: &'static str, share: f64, modes: &[DeliveryMode], remedy: &str| {
            if share > 0.0 && !weight(modes) {
                section.problem(
                    key,
                    &format!("no flow of the mix can behave so, expected {remedy} above 0; add it to [mix]"),
                );
            }
        };
        needs("abandon", self.abandon, &[Poll, Ping], "mix.poll or mix.ping");
        needs("impatient", self.impatient.0, &[Poll], "mix.poll");
        needs("redeem_again", self.redeem_again, &[Poll, Ping], "mix.poll or mix.ping");
        needs("redeem_race", self.redeem_race.0, &[Poll, Ping], "mix.poll or mix.ping");
        needs(
            "slow_endpoint",
            self.slow_endpoint.map_or(0.0, |(share, _)| share),
            &[Ping, Push],
            "mix.ping or mix.push",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::document::read_alone;

    const BOTH: Mix = Mix { poll: 1, ping: 1, push: 0 };
    const DEFAULTS: Behaviours = Behaviours {
        abandon: 0.0,
        impatient: (0.0, 0.5),
        redeem_again: 0.0,
        redeem_race: (0.0, 4),
        slow_endpoint: None,
    };

    #[test]
    fn settings() {
        for (text, expected) in [
            ("", DEFAULTS),
            ("behaviours.abandon = 0.25", Behaviours { abandon: 0.25, ..DEFAULTS }),
            ("behaviours.impatient.share = 1", Behaviours { impatient: (1.0, 0.5), ..DEFAULTS }),
            (
                "behaviours.impatient = { share = 0.1, after = 0.2 }",
                Behaviours { impatient: (0.1, 0.2), ..DEFAULTS },
            ),
            ("behaviours.redeem_again = 0.01", Behaviours { redeem_again: 0.01, ..DEFAULTS }),
            (
                "behaviours.redeem_race = { share = 0.02, ways = 16 }",
                Behaviours { redeem_race: (0.02, 16), ..DEFAULTS },
            ),
            (
                "behaviours.slow_endpoint = { share = 0.1, how = \"reset\" }",
                Behaviours { slow_endpoint: Some((0.1, EndpointTrouble::Reset)), ..DEFAULTS },
            ),
        ] {
            read_alone(text, |root| Some(Behaviours::read(root, BOTH))).assert(&Ok(expected));
        }
    }

    #[test]
    fn mistakes() {
        let poll = Mix { poll: 1, ping: 0, push: 0 };
        let ping = Mix { poll: 0, ping: 1, push: 0 };
        for (mix, text, expected) in [
            (
                BOTH,
                "behaviours.abandon = 1.5",
                "behaviours.abandon: value 1.5, expected a number as a share of the flows (0 to 1)",
            ),
            (BOTH, "behaviours.abondon = 0.5", "behaviours.abondon: unknown key; did you mean abandon"),
            (
                BOTH,
                "behaviours.impatient = {}",
                "behaviours.impatient.share: missing, expected a number as a share",
            ),
            (BOTH, "behaviours.impatient = 0.5", "behaviours.impatient: value 0.5, expected a table"),
            (
                BOTH,
                "behaviours.redeem_race = { share = 0.1, ways = 17 }",
                "behaviours.redeem_race.ways: value 17, expected a whole number of token requests at once (2 to 16)",
            ),
            (
                BOTH,
                "behaviours.slow_endpoint = { share = 0.1, how = \"hand\" }",
                "behaviours.slow_endpoint.how: value \"hand\", expected \"hang\" or \"error\" or \"reset\"; did you mean \"hang\"",
            ),
            (
                BOTH,
                "behaviours = { abandon = 0.75, redeem_again = 0.5 }",
                "the shares of poll flows are 1.25 together, expected at most 1",
            ),
            (
                ping,
                "behaviours.impatient.share = 0.5",
                "behaviours.impatient: no flow of the mix can behave so, expected mix.poll",
            ),
            (
                poll,
                "behaviours.slow_endpoint.share = 0.5",
                "behaviours.slow_endpoint: no flow of the mix can behave so",
            ),
        ] {
            read_alone(text, |root| Some(Behaviours::read(root, mix))).assert(&Err(expected));
        }
    }

    #[test]
    fn each_mode_has_the_behaviours_that_it_can_have() {
        use DeliveryMode::{Ping, Poll, Push};
        let all = Behaviours {
            abandon: 0.1,
            impatient: (0.2, 0.5),
            redeem_again: 0.1,
            redeem_race: (0.1, 2),
            slow_endpoint: Some((0.3, EndpointTrouble::Error)),
        };
        let slow = Behaviour::SlowEndpoint(EndpointTrouble::Error);
        for (mode, share, expected) in [
            (Poll, 0.05, Behaviour::Abandon),
            (Poll, 0.15, Behaviour::Impatient(0.5)),
            (Poll, 0.35, Behaviour::RedeemAgain),
            (Poll, 0.45, Behaviour::RedeemRace(2)),
            (Poll, 0.55, Behaviour::Conformant),
            (Ping, 0.15, Behaviour::RedeemAgain),
            (Ping, 0.55, slow),
            (Ping, 0.65, Behaviour::Conformant),
            (Push, 0.05, slow),
            (Push, 0.35, Behaviour::Conformant),
        ] {
            assert_eq!(all.of(mode, share), expected, "{mode:?} {share}");
        }
        assert!((all.conformant(Poll) - 0.5).abs() < 1e-9);
    }
}
