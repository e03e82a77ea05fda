use super::replay::{UNCERTAINTY, decided, fate_of};
use super::window::Fate;
use super::{Policy, Scope};
use crate::ciba::Interval;
use crate::record::{PolicyFound, PollSequence, PolledAnswer, PolledOnce, PollingProbe};
use std::collections::BTreeSet;
use std::time::Duration;

/// Other candidates that are named at most.
const OTHERS_MAX: usize = 3;

/// What was found and seen, in plain words: the policy first, then what a client's author wants to know.
pub fn sentences(
    interval: Duration,
    announced: bool,
    probes: &[PollingProbe],
    found: &PolicyFound,
) -> Vec<String> {
    let policy = found.name.as_deref().and_then(Policy::from_name);
    let shared = policy.is_some_and(|policy| policy.scope != Scope::Flow);
    let seen = Seen::new(interval, probes, shared);
    let mut sentences = vec![policy_words(interval, policy, found, seen.any)];
    sentences.extend(not_told_apart(found));
    sentences.extend(length(interval, announced, found));
    if !announced {
        let interval_s = seconds(interval.as_secs_f64());
        sentences
            .push(format!("The server announces no interval, so {interval_s} s hold (CIBA Core 1.0, 7.3)."));
    }
    sentences.extend(seen.words());
    if seen.any && !probes.iter().any(|probe| probe.alone && probe.sequences.len() > 1) {
        sentences.push("Whether flows share a throttle was not tried.".to_owned());
    }
    sentences
}

fn policy_words(interval: Duration, policy: Option<Policy>, found: &PolicyFound, any: bool) -> String {
    match (policy, found.window) {
        (Some(policy), None) => policy.words(&format!("{} s", seconds(interval.as_secs_f64()))),
        (Some(policy), Some(window)) => {
            policy.words(&format!("between {} and {} s", seconds(window.from_s), seconds(window.to_s)))
        }
        (None, _) if any => "fits none of the known policies".to_owned(),
        (None, _) => "no poll was answered in a way that tells anything about throttling".to_owned(),
    }
}

fn not_told_apart(found: &PolicyFound) -> Option<String> {
    let others = found.candidates.get(1..).filter(|others| !others.is_empty())?;
    let named = others.iter().take(OTHERS_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match others.len().saturating_sub(OTHERS_MAX) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(format!("It could not be told apart from: {named}{more}."))
}

fn length(interval: Duration, announced: bool, found: &PolicyFound) -> Option<String> {
    let window = found.window?;
    let interval_s = interval.as_secs_f64();
    let than = match window {
        window if window.to_s < interval_s => "shorter than",
        window if window.from_s > interval_s => "longer than",
        _ => "not exactly",
    };
    let which = if announced { "announced" } else { "default" };
    Some(format!("The window is {than} the {which} interval of {} s.", seconds(interval_s)))
}

/// Facts that hold whatever the policy is.
#[derive(Default)]
struct Seen {
    any: bool,
    /// First polls before the interval since the acknowledgement had passed: all, and throttled.
    first_polls: (u32, u32),
    /// Early polls of a decided request: all, and throttled.
    decided_early: (u32, u32),
    /// Polls that kept the interval and 5 s more for each throttled one: all, and throttled.
    kept: (u32, u32),
    throttled_with: BTreeSet<PolledAnswer>,
    retry_after_s: BTreeSet<u64>,
}

impl Seen {
    fn new(interval: Duration, probes: &[PollingProbe], shared: bool) -> Self {
        let mut seen = Seen::default();
        let interval_ms = interval.as_secs_f64() * 1e3;
        for probe in probes {
            // Flows that share a throttle are early although each keeps the interval.
            let undisturbed = usize::from(!shared || probe.alone);
            let flows = if shared { undisturbed } else { probe.sequences.len() };
            for (number, sequence) in probe.sequences.iter().enumerate() {
                seen.answers(sequence);
                if number < flows {
                    seen.first_poll(interval_ms, sequence);
                    seen.later_polls(interval_ms, sequence, shared);
                }
            }
        }
        seen
    }

    fn answers(&mut self, sequence: &PollSequence) {
        for poll in &sequence.polls {
            self.any |= fate_of(poll.answer) != Fate::Unknown;
            if poll.answer.throttles() {
                self.throttled_with.insert(poll.answer);
                self.retry_after_s.extend(poll.retry_after_s);
            }
        }
    }

    fn first_poll(&mut self, interval_ms: f64, sequence: &PollSequence) {
        let Some(first) = sequence.polls.first() else { return };
        let since_ms = first.at_ms - sequence.acknowledged_ms;
        if since_ms < interval_ms - UNCERTAINTY.as_secs_f64() * 1e3 {
            count(&mut self.first_polls, first);
        } else if since_ms >= interval_ms {
            count(&mut self.kept, first);
        }
    }

    fn later_polls(&mut self, interval_ms: f64, sequence: &PollSequence, shared: bool) {
        let mut owed_ms = interval_ms;
        for pair in sequence.polls.windows(2) {
            let (before, poll) = (&pair[0], &pair[1]);
            if before.answer.throttles() {
                owed_ms += Interval::SLOW_DOWN_STEP.as_secs_f64() * 1e3;
            }
            if poll.at_ms - before.answered_ms >= owed_ms {
                if !shared {
                    count(&mut self.kept, poll);
                }
            } else if decided(sequence, poll)
                && poll.answered_ms - before.at_ms < interval_ms
                && !before.answer.throttles()
            {
                count(&mut self.decided_early, poll);
            }
        }
    }

    fn words(&self) -> Vec<String> {
        let said = [self.first_poll_words(), self.decided_words(), self.kept_words(), self.answer_words()];
        said.into_iter().flatten().collect()
    }

    fn first_poll_words(&self) -> Option<String> {
        Some(match self.first_polls {
            (0, _) => return None,
            (_, 0) => "The first poll is answered at once.".to_owned(),
            (all, throttled) if all == throttled => {
                "A first poll within the interval of the acknowledgement is throttled.".to_owned()
            }
            (all, throttled) => {
                format!(
                    "Of {all} first polls within the interval of the acknowledgement, {throttled} were throttled."
                )
            }
        })
    }

    fn decided_words(&self) -> Option<String> {
        let with = self.throttled_names();
        Some(match self.decided_early {
            (0, _) => return None,
            (_, 0) => "Tokens are not hidden behind slow_down.".to_owned(),
            (all, throttled) if all == throttled => {
                format!("Tokens and refusals are hidden behind {with} until the interval has passed.")
            }
            (all, throttled) => {
                format!("Of {all} early polls after a decision, {throttled} were answered with {with}.")
            }
        })
    }

    fn kept_words(&self) -> Option<String> {
        Some(match self.kept {
            (0, _) => return None,
            (_, 0) => "A client that keeps the interval, and adds 5 s after each throttled poll, is never throttled."
                .to_owned(),
            (all, throttled) => format!(
                "Of {all} polls that kept the interval, with 5 s more after each throttled one, {throttled} were throttled."
            ),
        })
    }

    fn answer_words(&self) -> Option<String> {
        if self.throttled_with.is_empty() {
            return None;
        }
        let retry = match (self.retry_after_s.first(), self.retry_after_s.last()) {
            (Some(least), Some(most)) if least == most => format!(", with a Retry-After of {least} s"),
            (Some(least), Some(most)) => format!(", with a Retry-After of {least} to {most} s"),
            _ => String::new(),
        };
        Some(format!("A throttled poll is answered with {}{retry}.", self.throttled_names()))
    }

    fn throttled_names(&self) -> String {
        let name = |answer: &PolledAnswer| match answer {
            PolledAnswer::TooManyRequests => "status 429".to_owned(),
            PolledAnswer::Unavailable => "status 503".to_owned(),
            PolledAnswer::InvalidRequest => {
                "invalid_request, after which a client must give up (CIBA Core 1.0, 11)".to_owned()
            }
            PolledAnswer::Pending
            | PolledAnswer::SlowDown
            | PolledAnswer::Tokens
            | PolledAnswer::Denied
            | PolledAnswer::Expired
            | PolledAnswer::InvalidGrant
            | PolledAnswer::Other
            | PolledAnswer::None => answer.to_string(),
        };
        self.throttled_with.iter().map(name).collect::<Vec<_>>().join(" or ")
    }
}

fn count((all, throttled): &mut (u32, u32), poll: &PolledOnce) {
    match fate_of(poll.answer) {
        Fate::Accepted => *all += 1,
        Fate::Throttled => {
            *all += 1;
            *throttled += 1;
        }
        Fate::Unknown => {}
    }
}

/// Seconds with at most two decimals, and none where there is no need for them.
fn seconds(value: f64) -> String {
    ((value * 100.0).round() / 100.0).to_string()
}
