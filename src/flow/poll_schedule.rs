use super::Conduct;
use crate::ciba::{Behaviour, FirstPoll, Interval, PollFrom};
use std::time::Duration;

/// When the next poll of one flow is due. Times are since the run's start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PollSchedule {
    interval: Interval,
    /// Sent and answered, of the last poll, or of the authentication request before the first one.
    last_sent: Duration,
    last_answered: Duration,
    /// How much later than it could have been the last poll was sent or answered, as far as the next guard makes up for it.
    late: Duration,
    polls: u32,
}

impl PollSchedule {
    /// The schedule after an acknowledgement.
    pub fn new(interval: Interval, sent: Duration, answered: Duration) -> Self {
        PollSchedule { interval, last_sent: sent, last_answered: answered, late: Duration::ZERO, polls: 0 }
    }

    /// When the next poll is due: an interval and the guard later. Half of the guard makes up for what the last poll took. So a flow
    /// keeps its place among all the others, and flows that were once held up together do not stay together ever after.
    pub fn due(&self, conduct: &Conduct) -> Duration {
        let first = self.polls == 0;
        if first && conduct.first_poll == FirstPoll::AtOnce {
            return self.last_answered;
        }
        let pause = match conduct.behaviour {
            Behaviour::Conformant
            | Behaviour::Abandon
            | Behaviour::RedeemAgain
            | Behaviour::RedeemRace(_)
            | Behaviour::SlowEndpoint(_) => self.interval.as_duration() + conduct.guard,
            Behaviour::Impatient(share) => self.interval.as_duration().mul_f32(share.max(0.0)),
        };
        match conduct.poll_from {
            PollFrom::Answer => (self.last_answered + pause).saturating_sub(self.late),
            PollFrom::Send => (self.last_sent + pause).saturating_sub(self.late).max(self.last_answered),
        }
    }

    /// Whether a poll sent at `at` keeps the standard's interval, whatever this client's conduct are (CIBA Core 1.0,
    /// 10.1: counted from the sending of the previous request).
    pub fn permits(&self, at: Duration) -> bool {
        self.polls == 0 || at >= self.last_sent + self.interval.as_duration()
    }

    /// Notes a poll and its answer.
    pub fn polled(&mut self, sent: Duration, answered: Duration, conduct: &Conduct) {
        let counts_from = match conduct.poll_from {
            PollFrom::Answer => answered,
            PollFrom::Send => sent,
        };
        // Whoever polls too early on purpose has no guard.
        let makes_up = if matches!(conduct.behaviour, Behaviour::Impatient(_)) {
            Duration::ZERO
        } else {
            conduct.guard / 2
        };
        self.late = counts_from.saturating_sub(self.due(conduct)).min(makes_up);
        self.last_sent = sent;
        self.last_answered = answered;
        self.polls = self.polls.saturating_add(1);
    }

    /// Notes a `slow_down`.
    pub fn slow_down(&mut self) {
        self.interval = self.interval.slowed_down();
    }

    /// The interval in force.
    pub fn interval(&self) -> Interval {
        self.interval
    }

    /// Polls so far.
    pub fn polls(&self) -> u32 {
        self.polls
    }

    /// Answer of the last poll, or of the authentication request.
    pub fn last_answered(&self) -> Duration {
        self.last_answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: Duration = Duration::from_millis(1);

    fn schedule(polls: &[(u32, u32)], conduct: &Conduct) -> PollSchedule {
        let mut schedule = PollSchedule::new(Interval::DEFAULT, 100 * MS, 200 * MS);
        for (sent, answered) in polls {
            schedule.polled(*sent * MS, *answered * MS, conduct);
        }
        schedule
    }

    #[test]
    fn due_times() {
        let conformant = Conduct::default();
        let at_once = Conduct { first_poll: FirstPoll::AtOnce, ..conformant };
        let from_send = Conduct { poll_from: PollFrom::Send, ..conformant };
        let impatient = Conduct { behaviour: Behaviour::Impatient(0.5), ..conformant };
        for (name, conduct, polls, due_ms) in [
            ("one interval and the guard after the acknowledgement", conformant, &[][..], 5250),
            ("at once", at_once, &[], 200),
            ("at once holds for the first poll only", at_once, &[(200, 300)], 5325),
            ("from the sending", from_send, &[], 5150),
            ("an answer slower than the interval is followed at once", from_send, &[(1000, 31_000)], 31_000),
            ("from the answer it is not", conformant, &[(1000, 31_000)], 36_025),
            ("half the interval, and no guard", impatient, &[(1000, 1100)], 3600),
        ] {
            assert_eq!(schedule(polls, &conduct).due(&conduct), due_ms * MS, "{name}");
        }
    }

    #[test]
    fn flows_that_were_held_up_together_part_again() {
        let conduct = Conduct::default();
        let mut places = [0, 3, 7].map(|place| PollSchedule::new(Interval::DEFAULT, place * MS, place * MS));
        let due = |places: &[PollSchedule; 3]| places.map(|schedule| schedule.due(&conduct));
        assert_eq!(due(&places), [5050, 5053, 5057].map(|ms| ms * MS));
        // All are answered at once.
        for schedule in &mut places {
            schedule.polled(5060 * MS, 5062 * MS, &conduct);
        }
        assert_eq!(due(&places), [10_100, 10_103, 10_107].map(|ms| ms * MS));
        // Half of the guard is left, however long it took.
        for schedule in &mut places {
            schedule.polled(10_200 * MS, 10_300 * MS, &conduct);
        }
        assert_eq!(due(&places), [15_325 * MS; 3]);
    }

    #[test]
    fn slow_down_stays_and_adds_up() {
        let conduct = Conduct::default();
        let mut schedule = schedule(&[(1000, 1100)], &conduct);
        schedule.slow_down();
        schedule.slow_down();
        schedule.polled(20_000 * MS, 20_100 * MS, &conduct);
        assert_eq!(schedule.due(&conduct), 35_125 * MS);
    }

    proptest! {
        /// The client's own promise: whatever the server's answers take, a conformant client never polls early.
        #[test]
        fn a_conformant_client_is_never_early(
            exchanges in proptest::collection::vec((0u32..20_000, any::<bool>()), 1..40),
            from_send in any::<bool>(),
            at_once in any::<bool>(),
        ) {
            let conduct = Conduct {
                poll_from: if from_send { PollFrom::Send } else { PollFrom::Answer },
                first_poll: if at_once { FirstPoll::AtOnce } else { FirstPoll::AfterInterval },
                ..Conduct::default()
            };
            let mut schedule = PollSchedule::new(Interval::DEFAULT, Duration::ZERO, 10 * MS);
            for (took_ms, slow_down) in exchanges {
                let sent = schedule.due(&conduct);
                prop_assert!(schedule.permits(sent));
                prop_assert!(sent >= schedule.last_answered(), "polls overlap");
                schedule.polled(sent, sent + took_ms * MS, &conduct);
                if slow_down {
                    schedule.slow_down();
                }
            }
        }
    }
}
