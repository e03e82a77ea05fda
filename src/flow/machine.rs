use super::{Conduct, PollSchedule};
use crate::ciba::{Behaviour, Breach, DeliveryMode, Interval, Outcome, Rule};
use std::time::Duration;

mod pushed;

pub use pushed::PushAnswer;

/// How far a server's clock and this one may disagree about the end of a request's life.
const EXPIRY_GUARD: Duration = Duration::from_secs(2);

/// A ping client that hears nothing for this many intervals starts to poll.
const SILENT_INTERVALS: u32 = 2;

/// Token requests that found no connection, in a row, before a flow gives up.
const CONNECT_FAILURES_MAX: u8 = 5;

/// Longest `Retry-After` that is followed.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);

/// Pause after 429 or 503 without `Retry-After`.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(1);

/// What happened to a flow. Times are since the run's start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FlowEvent {
    /// The consent that comes first was created (Open Banking).
    ConsentCreated,
    /// It was not.
    ConsentRefused {
        /// What the flow ends in.
        outcome: Outcome,
    },
    /// The authentication request was acknowledged (CIBA Core 1.0, 7.3).
    Acknowledged {
        /// The request was sent.
        sent: Duration,
        /// The acknowledgement was read.
        answered: Duration,
        /// The interval it names, in seconds.
        interval: Option<u64>,
        /// The lifetime it names, in seconds.
        expires_in: u64,
    },
    /// The authentication request ended in something else.
    NotAcknowledged {
        /// What the flow ends in.
        outcome: Outcome,
    },
    /// A token request was answered, or failed.
    TokenAnswer {
        /// The request was sent.
        sent: Duration,
        /// The answer was read.
        answered: Duration,
        /// What it says.
        answer: TokenAnswer,
    },
    /// The notification endpoint was called for this flow.
    Pinged {
        /// Arrival.
        at: Duration,
    },
    /// The result was pushed (CIBA Core 1.0, 10.3). It is handed in after the acknowledgement, since the push is read against it.
    Pushed {
        /// Arrival.
        at: Duration,
        /// What it says.
        answer: PushAnswer,
    },
    /// The time asked for with [`FlowAction::WaitUntil`] or [`FlowAction::AwaitNotification`] has come.
    Tick {
        /// Now.
        at: Duration,
    },
}

/// What a token request led to, as far as the flow cares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TokenAnswer {
    /// Tokens.
    Tokens,
    /// `authorization_pending`.
    Pending,
    /// `slow_down`.
    SlowDown,
    /// `access_denied`.
    Denied,
    /// `expired_token`.
    Expired,
    /// `invalid_grant`: the server does not know the request, or not any more.
    InvalidGrant,
    /// Any other error in the protocol's words: final (RFC 8628, 3.5).
    Refused,
    /// 429 or 503, which section 10.1 allows under load.
    Unavailable {
        /// `Retry-After`.
        retry_after: Option<Duration>,
        /// A random share, 0 to 1, by which the pause is stretched, so that clients do not return in step.
        jitter: f32,
    },
    /// No connection was made: the request cannot have succeeded and may be repeated.
    NotSent {
        /// As above.
        jitter: f32,
    },
    /// The request went out and no readable answer came back: it may have succeeded and is never repeated.
    Lost,
}

/// What the flow wants done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FlowAction {
    /// Create the consent that the authentication request will name (Open Banking).
    CreateConsent,
    /// Send the authentication request.
    SendAuthenticationRequest,
    /// Send a token request.
    SendTokenRequest,
    /// Nothing until this time, then [`FlowEvent::Tick`].
    WaitUntil(Duration),
    /// A notification is awaited, until this time at most, then [`FlowEvent::Tick`].
    AwaitNotification {
        /// When to stop waiting.
        until: Duration,
    },
    /// An exchange is under way; its answer comes next.
    AwaitAnswer,
    /// The flow is over.
    Finish(Outcome),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Fresh,
    AwaitingConsent,
    AwaitingAcknowledgement,
    Waiting,
    Polling,
    Done(Outcome),
}

/// One flow of one client. A few cache lines, since hundreds of thousands wait at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    mode: DeliveryMode,
    state: State,
    schedule: PollSchedule,
    expires_at: Duration,
    /// The next poll is not due before this, whatever the interval says.
    not_before: Duration,
    pinged_at: Option<Duration>,
    fell_back: bool,
    connect_failures: u8,
}

impl Flow {
    /// A flow that has not begun.
    pub fn new(mode: DeliveryMode) -> Self {
        Flow {
            mode,
            state: State::Fresh,
            schedule: PollSchedule::new(Interval::DEFAULT, Duration::ZERO, Duration::ZERO),
            expires_at: Duration::MAX,
            not_before: Duration::ZERO,
            pinged_at: None,
            fell_back: false,
            connect_failures: 0,
        }
    }

    /// Begins the flow with the consent that its authentication request will name.
    pub fn begin_with_consent(&mut self) -> FlowAction {
        self.state = State::AwaitingConsent;
        FlowAction::CreateConsent
    }

    /// Begins the flow.
    pub fn begin(&mut self) -> FlowAction {
        self.state = State::AwaitingAcknowledgement;
        FlowAction::SendAuthenticationRequest
    }

    /// Takes an event and says what to do next. Rules that the server broke are added to `breaches`.
    ///
    /// Events that do not fit the state (a late ping, a tick for a time that is no longer awaited) change nothing.
    pub fn handle(&mut self, event: FlowEvent, conduct: &Conduct, breaches: &mut Vec<Breach>) -> FlowAction {
        match (self.state, event) {
            (State::Done(outcome), _) => FlowAction::Finish(outcome),
            (State::AwaitingConsent, FlowEvent::ConsentCreated) => self.begin(),
            (State::AwaitingConsent, FlowEvent::ConsentRefused { outcome }) => self.finish(outcome),
            (
                State::AwaitingAcknowledgement,
                FlowEvent::Acknowledged { sent, answered, interval, expires_in },
            ) => self.acknowledged(sent, answered, interval, expires_in, conduct),
            (State::AwaitingAcknowledgement, FlowEvent::NotAcknowledged { outcome }) => self.finish(outcome),
            (State::Polling, FlowEvent::TokenAnswer { sent, answered, answer }) => {
                self.token_answer(sent, answered, answer, conduct, breaches)
            }
            (state, FlowEvent::Pinged { at }) => {
                self.pinged_at.get_or_insert(at);
                match state {
                    State::Waiting => self.next(at, conduct),
                    State::Fresh
                    | State::AwaitingConsent
                    | State::AwaitingAcknowledgement
                    | State::Polling
                    | State::Done(_) => FlowAction::AwaitAnswer,
                }
            }
            (State::Waiting, FlowEvent::Pushed { at, answer }) => self.pushed(at, answer, breaches),
            (State::Waiting, FlowEvent::Tick { at }) => self.next(at, conduct),
            (State::Waiting, _) => self.wait(conduct),
            (State::Fresh | State::AwaitingConsent | State::AwaitingAcknowledgement | State::Polling, _) => {
                FlowAction::AwaitAnswer
            }
        }
    }

    /// How the flow ended, if it has.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.state {
            State::Done(outcome) => Some(outcome),
            State::Fresh
            | State::AwaitingConsent
            | State::AwaitingAcknowledgement
            | State::Waiting
            | State::Polling => None,
        }
    }

    /// The delivery mode.
    pub fn mode(&self) -> DeliveryMode {
        self.mode
    }

    /// The poll schedule, for what is measured on it.
    pub fn schedule(&self) -> &PollSchedule {
        &self.schedule
    }

    /// When the first notification came.
    pub fn pinged_at(&self) -> Option<Duration> {
        self.pinged_at
    }

    /// Whether a ping client gave up waiting and polls.
    pub fn fell_back(&self) -> bool {
        self.fell_back
    }

    fn acknowledged(
        &mut self,
        sent: Duration,
        answered: Duration,
        interval: Option<u64>,
        expires_in: u64,
        conduct: &Conduct,
    ) -> FlowAction {
        let interval = interval.map_or(Interval::DEFAULT, Interval::from_secs);
        self.schedule = PollSchedule::new(interval, sent, answered);
        self.expires_at = answered.saturating_add(Duration::from_secs(expires_in));
        self.state = State::Waiting;
        self.next(answered, conduct)
    }

    /// What to do at `now`, in the state `Waiting`.
    fn next(&mut self, now: Duration, conduct: &Conduct) -> FlowAction {
        let leaves = conduct.behaviour == Behaviour::Abandon;
        if leaves && (self.mode == DeliveryMode::Push || self.pinged_at.is_some()) {
            return self.finish(Outcome::Abandoned);
        }
        let wait = self.wait(conduct);
        let until = match wait {
            FlowAction::WaitUntil(until) | FlowAction::AwaitNotification { until } => until,
            FlowAction::CreateConsent
            | FlowAction::SendAuthenticationRequest
            | FlowAction::SendTokenRequest
            | FlowAction::AwaitAnswer
            | FlowAction::Finish(_) => return wait,
        };
        if until > now {
            return wait;
        }
        if self.mode == DeliveryMode::Push || leaves {
            return self.finish(if leaves { Outcome::Abandoned } else { Outcome::Expired });
        }
        if self.mode == DeliveryMode::Ping && self.pinged_at.is_none() {
            self.fell_back = true;
        }
        self.state = State::Polling;
        FlowAction::SendTokenRequest
    }

    /// What is awaited, and until when.
    fn wait(&self, conduct: &Conduct) -> FlowAction {
        let over = self.expires_at.saturating_add(EXPIRY_GUARD);
        let leaves = conduct.behaviour == Behaviour::Abandon;
        if self.mode == DeliveryMode::Push || (leaves && self.mode == DeliveryMode::Ping) {
            return FlowAction::AwaitNotification { until: over };
        }
        if leaves {
            // When it should poll: until then the server may still ask its user.
            let interval = self.schedule.interval().as_duration();
            return FlowAction::WaitUntil(self.schedule.last_answered() + interval);
        }
        let awaits_ping = self.mode == DeliveryMode::Ping && self.pinged_at.is_none() && !self.fell_back;
        if !awaits_ping {
            // A result that is ready is fetched at once; after an earlier poll the interval holds all the same, since
            // servers may check it before they look at the result.
            let ready =
                self.mode == DeliveryMode::Ping && self.schedule.polls() == 0 && self.pinged_at.is_some();
            let due = if ready { Duration::ZERO } else { self.schedule.due(conduct) };
            return FlowAction::WaitUntil(due.max(self.not_before));
        }
        let until = if conduct.fall_back_to_polling {
            let silence = self.schedule.interval().as_duration() * SILENT_INTERVALS;
            over.min(self.schedule.last_answered() + silence)
        } else {
            over
        };
        FlowAction::AwaitNotification { until }
    }

    fn token_answer(
        &mut self,
        sent: Duration,
        answered: Duration,
        answer: TokenAnswer,
        conduct: &Conduct,
        breaches: &mut Vec<Breach>,
    ) -> FlowAction {
        if answer != TokenAnswer::SlowDown || conduct.behaviour.keeps_pace() {
            self.judge(sent, answer, breaches);
        }
        let first = self.schedule.polls() == 0;
        self.schedule.polled(sent, answered, conduct);
        self.state = State::Waiting;
        match answer {
            TokenAnswer::Tokens => return self.finish(Outcome::Tokens),
            TokenAnswer::Denied => return self.finish(Outcome::Denied),
            TokenAnswer::Expired => return self.finish(Outcome::Expired),
            TokenAnswer::InvalidGrant | TokenAnswer::Refused => return self.finish(Outcome::Refused),
            TokenAnswer::Lost => return self.finish(Outcome::TransportFailed),
            TokenAnswer::Pending => {}
            TokenAnswer::SlowDown => self.schedule.slow_down(),
            TokenAnswer::Unavailable { retry_after, jitter } => {
                let pause = retry_after.unwrap_or(RETRY_AFTER_DEFAULT).min(RETRY_AFTER_MAX);
                self.not_before = answered + pause.mul_f32(1.0 + jitter.clamp(0.0, 1.0));
            }
            TokenAnswer::NotSent { jitter } => {
                self.connect_failures += 1;
                if self.connect_failures >= CONNECT_FAILURES_MAX {
                    return self.finish(Outcome::TransportFailed);
                }
                let pause = RETRY_AFTER_DEFAULT * (1 << self.connect_failures);
                self.not_before = answered + pause.mul_f32(1.0 + jitter.clamp(0.0, 1.0));
            }
        }
        if !matches!(answer, TokenAnswer::NotSent { .. }) {
            self.connect_failures = 0;
        }
        // The first poll after the request's life should have been told so. What still answers is left to itself.
        if sent >= self.expires_at.saturating_add(EXPIRY_GUARD) && !first {
            return self.finish(Outcome::Expired);
        }
        self.next(answered, conduct)
    }

    /// Holds a token answer against the standard, before it changes the schedule.
    fn judge(&self, sent: Duration, answer: TokenAnswer, breaches: &mut Vec<Breach>) {
        let mut breach = |rule, detail| breaches.push(Breach { rule, detail });
        match answer {
            // Nothing says how long a client has to wait before its first poll.
            TokenAnswer::SlowDown
                if self.schedule.polls() == 0
                    && sent < self.schedule.last_answered() + self.schedule.interval().as_duration() =>
            {
                breach(
                    Rule::FirstPollThrottled,
                    "the first poll of the flow was answered slow_down".to_owned(),
                );
            }
            TokenAnswer::SlowDown if self.schedule.permits(sent) => {
                let gap = sent.saturating_sub(self.schedule.last_answered());
                breach(
                    Rule::ConformantPollerThrottled,
                    format!(
                        "slow_down for a poll sent {:.3} s after the previous answer, the interval is {:.0} s",
                        gap.as_secs_f64(),
                        self.schedule.interval().as_duration().as_secs_f64()
                    ),
                );
            }
            // A lost token request ends the flow, so nobody has redeemed what the server no longer knows.
            TokenAnswer::Expired | TokenAnswer::InvalidGrant if sent + EXPIRY_GUARD < self.expires_at => {
                let left = self.expires_at.saturating_sub(sent);
                let code = if answer == TokenAnswer::Expired { "expired_token" } else { "invalid_grant" };
                breach(Rule::ExpiredEarly, format!("{code} {:.1} s before the end", left.as_secs_f64()));
            }
            TokenAnswer::Pending | TokenAnswer::SlowDown | TokenAnswer::Tokens
                if sent >= self.expires_at.saturating_add(EXPIRY_GUARD) =>
            {
                let late = sent.saturating_sub(self.expires_at);
                breach(
                    Rule::AliveAfterExpiry,
                    format!(
                        "{answer:?} for a poll sent {:.1} s after the request expired",
                        late.as_secs_f64()
                    ),
                );
            }
            TokenAnswer::Pending => {
                if let Some(pinged_at) = self.pinged_at.filter(|pinged_at| *pinged_at <= sent) {
                    let after = sent.saturating_sub(pinged_at);
                    breach(
                        Rule::PendingAfterPing,
                        format!(
                            "authorization_pending for a poll sent {:.1} ms after the ping",
                            after.as_secs_f64() * 1e3
                        ),
                    );
                }
            }
            TokenAnswer::SlowDown
            | TokenAnswer::Tokens
            | TokenAnswer::Denied
            | TokenAnswer::Expired
            | TokenAnswer::InvalidGrant
            | TokenAnswer::Refused
            | TokenAnswer::Unavailable { .. }
            | TokenAnswer::NotSent { .. }
            | TokenAnswer::Lost => {}
        }
    }

    fn finish(&mut self, outcome: Outcome) -> FlowAction {
        self.state = State::Done(outcome);
        FlowAction::Finish(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::{FirstPoll, PollFrom};
    use proptest::prelude::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn acknowledged(expires_in: u64) -> FlowEvent {
        FlowEvent::Acknowledged { sent: ms(0), answered: ms(10), interval: Some(5), expires_in }
    }

    fn answer(sent: u64, answer: TokenAnswer) -> FlowEvent {
        FlowEvent::TokenAnswer { sent: ms(sent), answered: ms(sent + 10), answer }
    }

    /// Runs a flow through events; gives every action and every rule that was broken.
    fn run(mode: DeliveryMode, conduct: Conduct, events: &[FlowEvent]) -> (Vec<FlowAction>, Vec<Rule>) {
        let mut flow = Flow::new(mode);
        let mut breaches = Vec::new();
        let mut actions = vec![flow.begin()];
        actions.extend(events.iter().map(|event| flow.handle(*event, &conduct, &mut breaches)));
        (actions, breaches.into_iter().map(|breach| breach.rule).collect())
    }

    #[test]
    fn a_poll_flow_waits_polls_and_ends_with_tokens() {
        let (actions, rules) = run(
            DeliveryMode::Poll,
            Conduct::default(),
            &[
                acknowledged(120),
                FlowEvent::Tick { at: ms(5060) },
                answer(5060, TokenAnswer::Pending),
                FlowEvent::Tick { at: ms(10_120) },
                answer(10_120, TokenAnswer::Tokens),
            ],
        );
        assert_eq!(
            actions,
            [
                FlowAction::SendAuthenticationRequest,
                FlowAction::WaitUntil(ms(5060)),
                FlowAction::SendTokenRequest,
                FlowAction::WaitUntil(ms(10_110)),
                FlowAction::SendTokenRequest,
                FlowAction::Finish(Outcome::Tokens),
            ]
        );
        assert_eq!(rules, []);
    }

    #[test]
    fn a_ping_flow_fetches_at_once_even_when_the_ping_comes_before_the_acknowledgement() {
        for events in [
            [acknowledged(120), FlowEvent::Pinged { at: ms(700) }],
            [FlowEvent::Pinged { at: ms(5) }, acknowledged(120)],
        ] {
            let (actions, rules) = run(DeliveryMode::Ping, Conduct::default(), &events);
            assert_eq!((actions.last(), rules.len()), (Some(&FlowAction::SendTokenRequest), 0), "{events:?}");
        }
    }

    #[test]
    fn a_ping_client_falls_back_to_polling_after_two_silent_intervals() {
        let mut flow = Flow::new(DeliveryMode::Ping);
        flow.begin();
        let conduct = Conduct::default();
        let awaited = flow.handle(acknowledged(120), &conduct, &mut Vec::new());
        assert_eq!(awaited, FlowAction::AwaitNotification { until: ms(10_010) });
        let action = flow.handle(FlowEvent::Tick { at: ms(10_010) }, &conduct, &mut Vec::new());
        assert_eq!((action, flow.fell_back()), (FlowAction::SendTokenRequest, true));
        let action = flow.handle(answer(10_010, TokenAnswer::Pending), &conduct, &mut Vec::new());
        assert_eq!(action, FlowAction::WaitUntil(ms(15_045)), "from here on it polls");
        let action = flow.handle(FlowEvent::Pinged { at: ms(12_000) }, &conduct, &mut Vec::new());
        assert_eq!(
            action,
            FlowAction::WaitUntil(ms(15_045)),
            "a late ping does not make it break the interval"
        );

        let patient = Conduct { fall_back_to_polling: false, ..conduct };
        let (actions, _) = run(DeliveryMode::Ping, patient, &[acknowledged(120)]);
        assert_eq!(actions[1], FlowAction::AwaitNotification { until: ms(122_010) });
    }

    #[test]
    fn answers_and_what_follows() {
        use TokenAnswer::*;
        for (name, given, expected, rules) in [
            ("denied", Denied, FlowAction::Finish(Outcome::Denied), &[][..]),
            ("refused", Refused, FlowAction::Finish(Outcome::Refused), &[]),
            ("lost requests are never repeated", Lost, FlowAction::Finish(Outcome::TransportFailed), &[]),
            (
                "first poll throttled although it waited",
                SlowDown,
                FlowAction::WaitUntil(ms(15_110)),
                &[Rule::ConformantPollerThrottled],
            ),
            ("expired early", Expired, FlowAction::Finish(Outcome::Expired), &[Rule::ExpiredEarly]),
            ("forgotten", InvalidGrant, FlowAction::Finish(Outcome::Refused), &[Rule::ExpiredEarly]),
            ("not sent: backs off", NotSent { jitter: 0.0 }, FlowAction::WaitUntil(ms(10_110)), &[]),
            (
                "Retry-After longer than the interval, stretched",
                Unavailable { retry_after: Some(Duration::from_secs(20)), jitter: 0.5 },
                FlowAction::WaitUntil(ms(35_070)),
                &[],
            ),
            (
                "Retry-After shorter than the interval does not shorten it",
                Unavailable { retry_after: Some(Duration::from_secs(1)), jitter: 0.0 },
                FlowAction::WaitUntil(ms(10_110)),
                &[],
            ),
        ] {
            let events = [acknowledged(120), FlowEvent::Tick { at: ms(5060) }, answer(5060, given)];
            let (actions, broken) = run(DeliveryMode::Poll, Conduct::default(), &events);
            assert_eq!((actions.last(), broken.as_slice()), (Some(&expected), rules), "{name}");
        }
    }

    #[test]
    fn throttling_a_conformant_poller_is_a_breach_and_throttling_an_early_one_is_not() {
        let polls = |second: u64| {
            [
                acknowledged(120),
                FlowEvent::Tick { at: ms(5060) },
                answer(5060, TokenAnswer::Pending),
                FlowEvent::Tick { at: ms(second) },
                answer(second, TokenAnswer::SlowDown),
            ]
        };
        let (_, rules) = run(DeliveryMode::Poll, Conduct::default(), &polls(10_120));
        assert_eq!(rules, [Rule::ConformantPollerThrottled]);
        let impatient = Conduct { behaviour: Behaviour::Impatient(0.5), ..Conduct::default() };
        let (actions, rules) = run(DeliveryMode::Poll, impatient, &polls(7600));
        assert_eq!(rules, []);
        assert_eq!(actions.last(), Some(&FlowAction::WaitUntil(ms(7610 + 5000))), "half of ten seconds");
    }

    #[test]
    fn a_first_poll_that_did_not_wait_is_throttled_with_a_warning_only() {
        let at_once = Conduct { first_poll: FirstPoll::AtOnce, ..Conduct::default() };
        let (_, rules) =
            run(DeliveryMode::Poll, at_once, &[acknowledged(120), answer(10, TokenAnswer::SlowDown)]);
        assert_eq!(rules, [Rule::FirstPollThrottled]);
    }

    #[test]
    fn what_has_expired_may_be_forgotten() {
        for answered in [TokenAnswer::Expired, TokenAnswer::InvalidGrant] {
            let events = [acknowledged(6), FlowEvent::Tick { at: ms(7060) }, answer(7060, answered)];
            let (_, rules) = run(DeliveryMode::Poll, Conduct::default(), &events);
            assert_eq!(rules, [], "{answered:?}");
        }
    }

    #[test]
    fn life_after_expiry_is_a_breach_and_ends_the_flow() {
        let mut events = vec![acknowledged(6)];
        for sent in [5060, 10_120] {
            events.extend([FlowEvent::Tick { at: ms(sent) }, answer(sent, TokenAnswer::Pending)]);
        }
        let (actions, rules) = run(DeliveryMode::Poll, Conduct::default(), &events);
        assert_eq!(
            (actions.last(), rules.as_slice()),
            (Some(&FlowAction::Finish(Outcome::Expired)), &[Rule::AliveAfterExpiry][..])
        );
    }

    #[test]
    fn pending_after_a_ping_is_a_breach() {
        let events =
            [acknowledged(120), FlowEvent::Pinged { at: ms(700) }, answer(701, TokenAnswer::Pending)];
        let (actions, rules) = run(DeliveryMode::Ping, Conduct::default(), &events);
        assert_eq!(rules, [Rule::PendingAfterPing]);
        assert_eq!(actions.last(), Some(&FlowAction::WaitUntil(ms(711 + 5050))));
    }

    #[test]
    fn a_flow_that_leaves_sends_no_poll() {
        let leaving = Conduct { behaviour: Behaviour::Abandon, ..Conduct::default() };
        let (actions, _) =
            run(DeliveryMode::Poll, leaving, &[acknowledged(120), FlowEvent::Tick { at: ms(5010) }]);
        assert_eq!(actions[1..], [FlowAction::WaitUntil(ms(5010)), FlowAction::Finish(Outcome::Abandoned)]);
    }

    #[test]
    fn a_ping_flow_that_leaves_is_there_for_its_ping() {
        let leaving = Conduct { behaviour: Behaviour::Abandon, ..Conduct::default() };
        for last in [FlowEvent::Pinged { at: ms(9000) }, FlowEvent::Tick { at: ms(122_010) }] {
            let (actions, _) = run(DeliveryMode::Ping, leaving, &[acknowledged(120), last]);
            let waits = FlowAction::AwaitNotification { until: ms(122_010) };
            assert_eq!(actions[1..], [waits, FlowAction::Finish(Outcome::Abandoned)]);
        }
    }

    #[test]
    fn an_impatient_flow_is_throttled_rightly() {
        let impatient = Conduct { behaviour: Behaviour::Impatient(0.5), ..Conduct::default() };
        let early =
            [acknowledged(120), FlowEvent::Tick { at: ms(2510) }, answer(2510, TokenAnswer::SlowDown)];
        let (actions, rules) = run(DeliveryMode::Poll, impatient, &early);
        assert_eq!((rules, actions.last()), (vec![], Some(&FlowAction::WaitUntil(ms(2520 + 5000)))));
    }

    #[test]
    fn no_connection_five_times_in_a_row_ends_the_flow() {
        let mut flow = Flow::new(DeliveryMode::Poll);
        flow.begin();
        let conduct = Conduct::default();
        let mut action = flow.handle(acknowledged(100_000), &conduct, &mut Vec::new());
        for failures in 1..=CONNECT_FAILURES_MAX {
            let FlowAction::WaitUntil(due) = action else { panic!("{action:?} before failure {failures}") };
            assert_eq!(
                flow.handle(FlowEvent::Tick { at: due }, &conduct, &mut Vec::new()),
                FlowAction::SendTokenRequest
            );
            let event = FlowEvent::TokenAnswer {
                sent: due,
                answered: due,
                answer: TokenAnswer::NotSent { jitter: 0.0 },
            };
            action = flow.handle(event, &conduct, &mut Vec::new());
        }
        assert_eq!(action, FlowAction::Finish(Outcome::TransportFailed));
    }

    fn any_answer() -> impl Strategy<Value = TokenAnswer> {
        prop_oneof![
            Just(TokenAnswer::Pending),
            Just(TokenAnswer::SlowDown),
            Just(TokenAnswer::Tokens),
            Just(TokenAnswer::Denied),
            Just(TokenAnswer::Lost),
            (0u64..1000).prop_map(|s| TokenAnswer::Unavailable {
                retry_after: Some(Duration::from_secs(s)),
                jitter: 0.3
            }),
            Just(TokenAnswer::NotSent { jitter: 0.9 }),
        ]
    }

    proptest! {
        /// Any server leads to an end, polls never overlap, and a conformant client never polls early.
        #[test]
        fn every_flow_ends(
            answers in proptest::collection::vec((any_answer(), 0u64..40_000), 200),
            ping in any::<bool>(), from_send in any::<bool>(), expires_in in 1u64..600,
        ) {
            let conduct = Conduct {
                poll_from: if from_send { PollFrom::Send } else { PollFrom::Answer },
                first_poll: FirstPoll::AfterInterval,
                ..Conduct::default()
            };
            let mut flow = Flow::new(if ping { DeliveryMode::Ping } else { DeliveryMode::Poll });
            flow.begin();
            let mut breaches = Vec::new();
            let mut action = flow.handle(acknowledged(expires_in), &conduct, &mut breaches);
            let mut now = ms(10);
            for (answer, took) in answers {
                match action {
                    FlowAction::WaitUntil(until) | FlowAction::AwaitNotification { until } => {
                        prop_assert!(until > now);
                        now = until;
                        action = flow.handle(FlowEvent::Tick { at: now }, &conduct, &mut breaches);
                        prop_assert_eq!(action, FlowAction::SendTokenRequest);
                    }
                    FlowAction::SendTokenRequest => {}
                    FlowAction::Finish(_) => break,
                    FlowAction::CreateConsent | FlowAction::SendAuthenticationRequest | FlowAction::AwaitAnswer => {
                        prop_assert!(false, "{:?}", action)
                    }
                }
                prop_assert!(flow.schedule().permits(now));
                let sent = now;
                now += ms(took);
                action = flow.handle(FlowEvent::TokenAnswer { sent, answered: now, answer }, &conduct, &mut breaches);
            }
            prop_assert!(flow.outcome().is_some(), "still alive: {:?}", flow);
        }
    }
}
