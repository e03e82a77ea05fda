//! What flows of a profile do, one exchange after the other, against a server that answers at once.

use crate::ciba::{Behaviour, DeliveryMode, FirstPoll};
use crate::profile::{Answer, Profile};
use std::time::Duration;

/// What `slow_down` adds to an interval, in seconds (CIBA Core 1.0, 11).
const SLOWED_DOWN_BY_S: f64 = 5.0;

/// A ping flow that hears nothing for so many intervals begins to poll.
const SILENT_INTERVALS: f64 = 2.0;

/// How long after the end of a request's life a flow still waits, in seconds.
const EXPIRY_GUARD_S: f64 = 2.0;

/// What is taken for granted about a server.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assumed {
    /// The `interval` of its acknowledgements.
    pub interval: Duration,
    /// Their `expires_in`, where the profile asks for none.
    pub life: Duration,
    /// RSA signatures that an authentication request needs in the mean: the request's own, its assertion, its hint.
    pub rsa_of_authentication: f64,
    /// RSA signatures that a token request needs in the mean: its assertion.
    pub rsa_of_poll: f64,
}

impl Default for Assumed {
    /// The standard's interval (CIBA Core 1.0, 7.3), the embedded OP's life, no signatures.
    fn default() -> Self {
        Assumed {
            interval: Duration::from_secs(5),
            life: Duration::from_secs(120),
            rsa_of_authentication: 0.0,
            rsa_of_poll: 0.0,
        }
    }
}

impl Assumed {
    /// RSA signatures for so many requests.
    pub(super) fn rsa_signatures(&self, authentication_requests: f64, polls: f64) -> f64 {
        authentication_requests * self.rsa_of_authentication + polls * self.rsa_of_poll
    }
}

/// A way that a flow may take.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Course {
    /// How likely it is for the flow, 0 to 1.
    pub weight: f64,
    /// When the flow ends, in seconds after its start.
    pub length_s: f64,
    /// When token requests are sent, in seconds after the start, and how many at once.
    pub token_requests: Vec<(f64, f64)>,
    /// When the notification endpoint is called.
    pub notified_s: Option<f64>,
    /// Whether it ends with tokens.
    pub has_tokens: bool,
}

/// The ways that the n-th flow may take, by its behaviours.
pub(super) fn courses(profile: &Profile, assumed: &Assumed, flow: u64) -> Vec<Course> {
    let mode = profile.mix.mode_of(flow);
    let answer = profile.answer_of(flow);
    let conformant = (profile.behaviours.conformant(mode).max(0.0), Behaviour::Conformant);
    let behaviours = profile.behaviours.shares(mode).chain([conformant]);
    behaviours
        .map(|(weight, behaviour)| course(profile, assumed, (mode, behaviour), answer, weight))
        .collect()
}

fn course(
    profile: &Profile,
    assumed: &Assumed,
    (mode, behaviour): (DeliveryMode, Behaviour),
    answer: Answer,
    weight: f64,
) -> Course {
    let life = profile.flow.requested_expiry.map_or(assumed.life, Duration::from_secs).as_secs_f64();
    let (decided, approves) = match answer {
        Answer::Unknown => return Course::empty(weight),
        Answer::Ignored => (None, false),
        Answer::Approved(after) => (Some(after.as_secs_f64()).filter(|after| *after < life), true),
        Answer::Denied(after) => (Some(after.as_secs_f64()).filter(|after| *after < life), false),
    };
    let known = Known { interval: assumed.interval.as_secs_f64(), life, decided };
    let notified_s = decided.filter(|_| mode != DeliveryMode::Poll);
    let has_tokens = approves && decided.is_some() && behaviour != Behaviour::Abandon;
    let (length_s, mut token_requests) = match (mode, behaviour) {
        (DeliveryMode::Push, _) => (decided.unwrap_or(life + EXPIRY_GUARD_S), Vec::new()),
        (DeliveryMode::Poll, Behaviour::Abandon) => (known.interval, Vec::new()),
        (DeliveryMode::Ping, Behaviour::Abandon) => (decided.unwrap_or(life + EXPIRY_GUARD_S), Vec::new()),
        (DeliveryMode::Poll, Behaviour::Impatient(after)) => known.impatient(f64::from(after)),
        (DeliveryMode::Poll, _) => known.polling(profile),
        (DeliveryMode::Ping, _) => known.pinged(profile),
    };
    if let Some((_, times)) = token_requests.last_mut().filter(|_| has_tokens) {
        *times += f64::from(further_redemptions(behaviour));
    }
    Course { weight, length_s, token_requests, notified_s, has_tokens }
}

/// Token requests beyond the one that brings the tokens.
fn further_redemptions(behaviour: Behaviour) -> u8 {
    match behaviour {
        Behaviour::RedeemAgain => 1,
        Behaviour::RedeemRace(ways) => ways.saturating_sub(1),
        Behaviour::Conformant | Behaviour::Impatient(_) | Behaviour::Abandon | Behaviour::SlowEndpoint(_) => {
            0
        }
    }
}

impl Course {
    fn empty(weight: f64) -> Self {
        Course { weight, length_s: 0.0, token_requests: Vec::new(), notified_s: None, has_tokens: false }
    }
}

/// What decides when a flow polls, in seconds.
struct Known {
    interval: f64,
    life: f64,
    decided: Option<f64>,
}

/// When a flow ends, and its token requests.
type Polls = (f64, Vec<(f64, f64)>);

impl Known {
    /// A poll flow learns of its decision, or of its end, at its next poll.
    fn polling(&self, profile: &Profile) -> Polls {
        let step = self.interval + profile.flow.poll_guard.as_secs_f64();
        let first = match profile.flow.first_poll {
            FirstPoll::AfterInterval => step,
            FirstPoll::AtOnce => 0.0,
        };
        self.every(first, step)
    }

    /// A ping flow asks when it was told to; where it is told nothing for too long it polls.
    fn pinged(&self, profile: &Profile) -> Polls {
        let silence = self.interval * SILENT_INTERVALS;
        match self.decided {
            Some(decided) if !profile.flow.fall_back_to_polling || decided <= silence => {
                (decided, vec![(decided, 1.0)])
            }
            None if !profile.flow.fall_back_to_polling => {
                let over = self.life + EXPIRY_GUARD_S;
                (over, vec![(over, 1.0)])
            }
            Some(_) | None => self.every(silence, self.interval + profile.flow.poll_guard.as_secs_f64()),
        }
    }

    fn every(&self, first: f64, step: f64) -> Polls {
        let until = self.decided.unwrap_or(self.life);
        let polls = 1 + ((until - first) / step).ceil().max(0.0) as u64;
        let times: Vec<(f64, f64)> = (0..polls).map(|poll| (first + poll as f64 * step, 1.0)).collect();
        (times.last().map_or(0.0, |(at, _)| *at), times)
    }

    /// Each poll that is too early is throttled and makes the next one later, until none is too early any more.
    fn impatient(&self, after: f64) -> Polls {
        let until = self.decided.unwrap_or(self.life);
        let (mut at, mut interval, mut times) = (0.0, self.interval, Vec::new());
        loop {
            let pause = interval * after;
            at += pause;
            times.push((at, 1.0));
            let is_early = pause < self.interval;
            if (at >= until && !is_early) || at > self.life {
                return (at, times);
            }
            if is_early {
                interval += SLOWED_DOWN_BY_S;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Length and token requests of the first flow.
    fn first(text: &str) -> Course {
        let text = format!("{text}\n[[workload.stages]]\nduration = \"1s\"\nrate = 1\n");
        let profile = Profile::parse("t", "t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
        courses(&profile, &Assumed::default(), 0).remove(0)
    }

    #[test]
    fn what_a_flow_sends_follows_from_mode_decision_and_behaviour() {
        let ping = "mix.ping = 1\n";
        for (text, length_s, polls) in [
            (String::new(), 5.05, vec![5.05]),
            ("decisions.delay.constant = \"6s\"".to_owned(), 10.1, vec![5.05, 10.1]),
            (
                "flow.first_poll = \"at_once\"\ndecisions.delay.constant = \"6s\"".to_owned(),
                10.1,
                vec![0.0, 5.05, 10.1],
            ),
            ("decisions.unknown_users = 1.0".to_owned(), 0.0, vec![]),
            (
                "decisions.shares.ignore = 1\nflow.requested_expiry = \"9s\"".to_owned(),
                10.1,
                vec![5.05, 10.1],
            ),
            (format!("{ping}decisions.delay.constant = \"2s\""), 2.0, vec![2.0]),
            (format!("{ping}decisions.delay.constant = \"12s\""), 15.05, vec![10.0, 15.05]),
            (
                format!("{ping}flow.fall_back_to_polling = false\ndecisions.delay.constant = \"12s\""),
                12.0,
                vec![12.0],
            ),
            ("mix.push = 1\ndecisions.delay.constant = \"2s\"".to_owned(), 2.0, vec![]),
            ("behaviours.abandon = 1".to_owned(), 5.0, vec![]),
            (format!("{ping}behaviours.abandon = 1\ndecisions.delay.constant = \"2s\""), 2.0, vec![]),
            ("behaviours.impatient = { share = 1, after = 0.5 }".to_owned(), 7.5, vec![2.5, 7.5]),
            (
                "behaviours.impatient = { share = 1, after = 0.5 }\ndecisions.delay.constant = \"8s\""
                    .to_owned(),
                12.5,
                vec![2.5, 7.5, 12.5],
            ),
        ] {
            let course = first(&text);
            let sent: Vec<f64> = course.token_requests.iter().map(|(at, _)| *at).collect();
            assert!((course.length_s - length_s).abs() < 1e-6, "{text}: {course:?}");
            assert!(
                sent.len() == polls.len() && sent.iter().zip(&polls).all(|(a, b)| (a - b).abs() < 1e-6),
                "{text}: {course:?}"
            );
        }
    }

    #[test]
    fn redemptions_are_counted_and_notifications_told() {
        let requests = |text: &str| first(text).token_requests.iter().map(|(_, times)| times).sum::<f64>();
        assert_eq!(requests("behaviours.redeem_again = 1"), 2.0);
        assert_eq!(requests("behaviours.redeem_race = { share = 1, ways = 7 }"), 7.0);
        assert_eq!(requests("behaviours.redeem_again = 1\ndecisions.shares.deny = 1"), 1.0);
        assert_eq!(first("mix.ping = 1\ndecisions.delay.constant = \"2s\"").notified_s, Some(2.0));
        assert_eq!(first("mix.ping = 1\ndecisions.shares.ignore = 1").notified_s, None);
        assert_eq!(first("").notified_s, None);
    }
}
