use super::simulated::{self, Server, probed};
use super::*;
use crate::record::{PolledAnswer, PollingProbe, PollingRecord};
use std::collections::BTreeSet;
use std::time::Duration;

const SEEDS: u64 = 20;

/// A server by the length of its window, in ms.
type OfWindow = fn(f64) -> Server;

fn record(interval_s: f64, server: impl Fn(f64) -> Server, with: PolledAnswer, seed: u64) -> PollingRecord {
    let interval = Duration::from_secs_f64(interval_s);
    let probes = probed(&probe_plan(interval), &mut server(interval_s * 1e3), with, seed);
    measured(interval, true, probes)
}

#[test]
fn names_and_words_tell_every_policy_from_every_other() {
    let policies = policies();
    let names: BTreeSet<_> = policies.iter().map(Policy::name).collect();
    let words: BTreeSet<_> = policies.iter().map(|policy| policy.words("5 s")).collect();
    assert_eq!((names.len(), words.len()), (policies.len(), policies.len()));
    assert!(policies.iter().all(|policy| Policy::from_name(&policy.name()) == Some(*policy)));
    let known = [
        "none",
        "fixed-window",
        "sliding-window",
        "from-accepted",
        "ratchet",
        "first-poll-throttled",
        "checked-before-decision",
        "per-client",
    ];
    assert_eq!(POLICIES.map(|policy| policy.name()), known);
}

#[test]
fn the_known_policies_are_named_in_spite_of_jitter() {
    let servers: [(&str, OfWindow); 11] = [
        ("none", |_| simulated::none()),
        ("fixed-window", simulated::slots),
        ("sliding-window", simulated::sliding),
        ("from-accepted", simulated::from_accepted),
        ("ratchet", |w| simulated::ratchet(w, false)),
        ("first-poll-throttled", simulated::first_poll_throttled),
        ("checked-before-decision", simulated::before_decision),
        ("per-client", simulated::per_client),
        ("ratchet-and-checked-before-decision", |w| simulated::ratchet(w, true)),
        ("sliding-window-and-checked-before-decision", simulated::sliding_before_decision),
        ("every-poll-throttled", |_| simulated::always()),
    ];
    let mut problems = Vec::new();
    for (name, server) in servers {
        for interval_s in [5.0, 2.0] {
            for seed in 0..SEEDS {
                let found = record(interval_s, server, PolledAnswer::SlowDown, seed).policy;
                if found.candidates != [name] {
                    problems.push(format!(
                        "{name}, interval {interval_s}, seed {seed}: {:?} {:?}",
                        found.candidates, found.contradictions
                    ));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{} of 440:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn real_servers_in_words() {
    let servers: [(OfWindow, &[&str]); 6] = [
        (
            simulated::from_accepted,
            &[
                "fixed window of 5 s from the last accepted poll; the interval does not grow",
                "The first poll is answered at once.",
                "Tokens are not hidden behind slow_down.",
                "A client that keeps the interval, and adds 5 s after each throttled poll, is never throttled.",
                "A throttled poll is answered with slow_down.",
            ],
        ),
        (
            simulated::before_decision,
            &[
                "fixed window of 5 s from the last accepted poll; the interval does not grow; it is checked before the \
                 user's decision",
                "The first poll is answered at once.",
                "Tokens and refusals are hidden behind slow_down until the interval has passed.",
                "A client that keeps the interval, and adds 5 s after each throttled poll, is never throttled.",
                "A throttled poll is answered with slow_down.",
            ],
        ),
        (
            |w| simulated::ratchet(w, true),
            &[
                "window of 5 s from the last accepted poll; each throttled poll makes the interval 5 s longer for good; \
                 it is checked before the user's decision",
                "The first poll is answered at once.",
                "Tokens and refusals are hidden behind slow_down until the interval has passed.",
                "A client that keeps the interval, and adds 5 s after each throttled poll, is never throttled.",
                "A throttled poll is answered with slow_down.",
            ],
        ),
        (
            simulated::sliding_before_decision,
            &[
                "window of 5 s from the last poll, accepted or not; the interval does not grow; it is checked before \
                 the user's decision",
                "The first poll is answered at once.",
                "Tokens and refusals are hidden behind slow_down until the interval has passed.",
                "A client that keeps the interval, and adds 5 s after each throttled poll, is never throttled.",
                "A throttled poll is answered with slow_down.",
            ],
        ),
        (
            simulated::first_poll_throttled,
            &[
                "fixed window of 5 s from the last accepted poll; the first window begins at the acknowledgement; the \
                 interval does not grow",
                "A first poll within the interval of the acknowledgement is throttled.",
                "Tokens are not hidden behind slow_down.",
                "A client that keeps the interval, and adds 5 s after each throttled poll, is never throttled.",
                "A throttled poll is answered with slow_down.",
            ],
        ),
        (
            |_| simulated::none(),
            &[
                "no throttling: every poll is answered, however early",
                "The first poll is answered at once.",
                "Tokens are not hidden behind slow_down.",
                "A client that keeps the interval, and adds 5 s after each throttled poll, is never throttled.",
            ],
        ),
    ];
    for (server, expected) in servers {
        let found = record(5.0, server, PolledAnswer::SlowDown, 1);
        assert_eq!(found.sentences, expected);
    }
}

#[test]
fn flows_of_one_client_that_share_a_window() {
    let found = record(5.0, simulated::per_client, PolledAnswer::SlowDown, 1);
    let expected = "fixed window of 5 s from the last accepted poll; the interval does not grow; all flows of a client \
                    share it";
    assert_eq!(found.sentences[..2], [expected, "The first poll is answered at once."]);
}

#[test]
fn without_a_second_client_nobody_knows_whether_a_throttle_is_for_everybody() {
    let mut probes = record(5.0, simulated::per_client, PolledAnswer::SlowDown, 1).probes;
    probes.iter_mut().for_each(|probe| probe.sequences.truncate(2));
    let found = measured(Duration::from_secs(5), true, probes);
    assert_eq!(found.policy.candidates, ["per-client", "for-everybody"]);
    assert_eq!(found.sentences[1], "It could not be told apart from: for-everybody.");
}

#[test]
fn a_server_without_a_rule_fits_none() {
    for seed in 0..SEEDS {
        let servers = [
            ("every third", record(5.0, |_| simulated::every_third(), PolledAnswer::SlowDown, seed)),
            ("by chance", record(5.0, |_| simulated::by_chance(seed), PolledAnswer::SlowDown, seed)),
        ];
        for (name, found) in servers {
            let policy = &found.policy;
            assert_eq!((policy.name.as_deref(), policy.candidates.len()), (None, 0), "{name}, seed {seed}");
            assert_eq!(found.sentences[0], "fits none of the known policies");
            assert_eq!(policy.contradictions.len(), POLICIES.len());
            let named = |(known, text): (&Policy, &String)| text.starts_with(&format!("{}: ", known.name()));
            assert!(POLICIES.iter().zip(&policy.contradictions).all(named), "{policy:?}");
        }
    }
    let found = record(5.0, |_| simulated::every_third(), PolledAnswer::SlowDown, 1).policy;
    let none = &found.contradictions[0];
    assert!(none.starts_with("none: probe shared, flow 1, poll 3 at 13."), "{none}");
    assert!(none.ends_with(" s was answered slow_down, but it does not throttle there"), "{none}");
}

#[test]
fn other_answers_than_slow_down() {
    for (with, words) in [
        (
            PolledAnswer::TooManyRequests,
            "A throttled poll is answered with status 429, with a Retry-After of 5 s.",
        ),
        (PolledAnswer::Unavailable, "A throttled poll is answered with status 503."),
        (
            PolledAnswer::InvalidRequest,
            "A throttled poll is answered with invalid_request, after which a client must give up (CIBA Core 1.0, 11).",
        ),
    ] {
        let found = record(5.0, simulated::from_accepted, with, 3);
        assert_eq!(found.policy.candidates, ["from-accepted"]);
        assert_eq!(found.sentences.last().map(String::as_str), Some(words));
        assert_eq!(found.curve[0].answer, with);
    }
}

#[test]
fn a_shorter_window_than_announced_is_bracketed_and_then_found() {
    let announced = Duration::from_secs(5);
    let zeroid = || simulated::from_accepted(2000.0);
    for seed in 0..SEEDS {
        let first = record(5.0, |_| zeroid(), PolledAnswer::SlowDown, seed);
        let window = first.policy.window.unwrap();
        assert!(window.from_s <= 2.0 && window.to_s >= 2.0 && window.to_s < 3.5, "{window:?}");
        assert!(first.policy.candidates.contains(&"from-accepted".to_owned()));
        let shorter = "The window is shorter than the announced interval of 5 s.";
        assert!(first.sentences.iter().any(|sentence| sentence == shorter), "{:?}", first.sentences);

        let second = probed(&probe_plan(Duration::from_secs(2)), &mut zeroid(), PolledAnswer::SlowDown, seed);
        let both = [first.probes, second.clone()].concat();
        let found = infer(announced, &both);
        assert_eq!(found.name.as_deref(), Some("from-accepted"));
        assert_eq!(infer(Duration::from_secs(2), &second).candidates, ["from-accepted"]);
        let window = found.window.unwrap();
        assert!(
            window.from_s <= 2.0 && window.to_s >= 2.0 && window.to_s - window.from_s < 1.0,
            "{window:?}"
        );
    }
}

#[test]
fn the_curve_follows_the_window() {
    let curve = record(5.0, simulated::from_accepted, PolledAnswer::SlowDown, 7).curve;
    let fractions: Vec<f64> = curve.iter().map(|point| point.fraction).collect();
    assert_eq!(fractions, CURVE_FRACTIONS);
    assert!(curve[..4].iter().all(|point| point.answer == PolledAnswer::SlowDown));
    let never_accepted = record(5.0, |_| simulated::always(), PolledAnswer::SlowDown, 7);
    assert_eq!(never_accepted.curve, []);
}

fn without(probes: &mut [PollingProbe], at: impl Fn(usize) -> bool) {
    let polls = probes.iter_mut().flat_map(|probe| &mut probe.sequences).flat_map(|flow| &mut flow.polls);
    polls
        .enumerate()
        .filter(|(number, _)| at(*number))
        .for_each(|(_, poll)| poll.answer = PolledAnswer::None);
}

#[test]
fn lost_answers_are_no_evidence_against_a_policy() {
    let interval = Duration::from_secs(5);
    for lost in 0..7 {
        let found = record(5.0, |w| simulated::ratchet(w, true), PolledAnswer::SlowDown, lost as u64);
        let mut probes = found.probes;
        without(&mut probes, |number| number % 7 == lost);
        let candidates = infer(interval, &probes).candidates;
        assert!(
            candidates.iter().any(|name| name == "ratchet-and-checked-before-decision"),
            "{lost}: {candidates:?}"
        );
        without(&mut probes, |_| true);
        let found = measured(interval, false, probes);
        assert_eq!((found.policy.name, found.policy.candidates.len()), (None, 0));
        assert_eq!(
            found.sentences,
            [
                "no poll was answered in a way that tells anything about throttling",
                "The server announces no interval, so 5 s hold (CIBA Core 1.0, 7.3)."
            ]
        );
    }
}

#[test]
fn what_no_probe_shows_is_said() {
    let mut probes = record(5.0, simulated::before_decision, PolledAnswer::SlowDown, 2).probes;
    probes.retain(|probe| !probe.name.starts_with("early-after") && probe.name != "shared");
    let found = measured(Duration::from_secs(5), true, probes);
    assert_eq!(found.policy.name.as_deref(), Some("from-accepted"));
    assert!(found.policy.candidates.contains(&"checked-before-decision".to_owned()));
    assert!(found.sentences[1].starts_with("It could not be told apart from: "), "{:?}", found.sentences);
}

#[test]
fn the_plan_is_short_and_its_names_are_unique() {
    let plan = probe_plan(Duration::from_secs(5));
    let names: BTreeSet<_> = plan.iter().map(|probe| &probe.name).collect();
    assert_eq!(names.len(), plan.len());
    let longest =
        |alone| plan.iter().filter(|probe| probe.alone == alone).map(ProbePlan::longest).max().unwrap();
    assert!(longest(false) <= Duration::from_secs(35), "{:?}", longest(false));
    assert!(longest(true) <= Duration::from_secs(20), "{:?}", longest(true));
    assert!(longest(true) + longest(false) <= Duration::from_secs(60));
    assert_eq!(plan.iter().filter(|probe| probe.alone).count(), 1);
}

#[test]
fn a_record_survives_its_json_form() {
    let found = record(5.0, simulated::from_accepted, PolledAnswer::TooManyRequests, 1);
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<PollingRecord>(&json).unwrap(), found);
}
