//! The throttling policy of the embedded OP as the probes show it: from planned polls to a name, in virtual time.

use ciba_bench::conformance::{
    Ran, RunOptions, Surface, SurfaceClients, Users, every_check, probe, run, run_and_probe,
};
use ciba_bench::record::{PolledAnswer, PollingClient, PollingProbe, PollingRecord, Verdict};
use ciba_bench::selftest::{ProvingGround, virtual_time};
use ciba_bench::transport::{Call, Exchanged, Failure, Timeline, Transport};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reference_op::{Fault, FaultSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Time that a suite may take against the embedded OP.
const SUITE_MAX: Duration = Duration::from_secs(45);

fn options() -> RunOptions {
    // The sender is gone at once, which means that nobody interrupts.
    let (_, stop) = watch::channel(false);
    RunOptions { jobs: 64, order_seed: None, budget: None, stop }
}

/// What is found under these faults.
fn found(faults: &[Fault]) -> PollingRecord {
    virtual_time(async {
        let ground = ProvingGround::new(faults.iter().copied().collect::<FaultSet>()).await.unwrap();
        probe(ground.surface(), &options()).await.unwrap()
    })
}

/// What is found without faults, but with something else about the surface.
fn found_with(change: impl FnOnce(&mut Surface), options: &RunOptions) -> (Option<PollingRecord>, Duration) {
    virtual_time(async {
        let ground = ProvingGround::new(FaultSet::NONE).await.unwrap();
        let mut surface = again(ground.surface());
        change(&mut surface);
        let began = surface.clock.now();
        let found = probe(&Arc::new(surface), options).await;
        (found, ground.surface().clock.now() - began)
    })
}

fn again(known: &Surface) -> Surface {
    Surface {
        transport: known.transport.clone(),
        clock: known.clock,
        facts: known.facts.clone(),
        keys: known.keys.clone(),
        clients: known.clients.clone(),
        hints: known.hints.clone(),
        users: users(64),
        unknown_user: known.unknown_user.clone(),
        names_unknown_user: false,
        decisions: known.decisions.clone(),
        notifications: known.notifications.clone(),
        bank: known.bank.clone(),
        registration: None,
        subject: known.subject,
        enforcement: known.enforcement,
        strict: known.strict,
        fapi_ciba: known.fapi_ciba,
        marker: known.marker,
        flows: AtomicU64::new(1),
    }
}

fn users(count: usize) -> Users {
    Users::new((1..=count).map(|number| format!("user-{number:02}")).collect())
}

fn probe_of<'a>(found: &'a PollingRecord, name: &str) -> &'a PollingProbe {
    found.probes.iter().find(|probe| probe.name == name).unwrap()
}

#[test]
fn the_embedded_op_ratchets_from_the_last_accepted_poll() {
    let (found, took) = found_with(|_| (), &options());
    let found = found.unwrap();
    assert_eq!(found.policy.candidates, ["ratchet"], "{:?}", found.policy);
    assert_eq!((found.interval_s, found.announced), (5.0, true));
    let answers: Vec<(f64, PolledAnswer)> =
        found.curve.iter().map(|point| (point.fraction, point.answer)).collect();
    let (slowed, pending) = (PolledAnswer::SlowDown, PolledAnswer::Pending);
    assert_eq!(
        answers,
        [(0.1, slowed), (0.25, slowed), (0.5, slowed), (0.75, slowed), (0.9, slowed), (1.0, pending)]
    );
    assert_eq!(
        found.sentences,
        [
            "window of 5 s from the last accepted poll; each throttled poll makes the interval 5 s longer for good",
            "The first poll is answered at once.",
            "Tokens are not hidden behind slow_down.",
            "A client that keeps the interval, and adds 5 s after each throttled poll, is never throttled.",
            "A throttled poll is answered with slow_down.",
        ]
    );
    // What is beside the checks, and what has to be alone.
    assert_eq!(took, Duration::from_millis(18_850 + 15_500));
    for probe in &found.probes {
        let clients: Vec<PollingClient> = probe.sequences.iter().map(|sequence| sequence.client).collect();
        let (first, second) = (PollingClient::First, PollingClient::Second);
        let expected = if probe.alone { vec![first, first, second] } else { vec![second] };
        assert_eq!(clients, expected, "{}", probe.name);
    }
    let moved = &probe_of(&found, "moved").sequences[0].polls;
    let sent: Vec<f64> = moved.iter().map(|poll| poll.at_ms).collect();
    assert_eq!(sent, [0.0, 3250.0, 6500.0, 9750.0, 13_000.0]);
    assert_eq!(probe_of(&found, "early-after-approval").sequences[0].polls[1].answer, PolledAnswer::Tokens);
    assert_eq!(probe_of(&found, "early-after-denial").sequences[0].polls[1].answer, PolledAnswer::Denied);
}

#[test]
fn each_fault_of_the_throttle_is_another_policy_or_none() {
    let cases: &[(&[Fault], Option<&str>)] = &[
        (&[Fault::NeverThrottles], Some("none")),
        (&[Fault::FirstPollThrottled], Some("first-poll-throttled-and-ratchet")),
        (&[Fault::ThrottlePerClient], Some("per-client")),
        (&[Fault::ThrottleGlobal], Some("for-everybody")),
        (
            &[Fault::ThrottleHidesTokens, Fault::ThrottleHidesDenial],
            Some("ratchet-and-checked-before-decision"),
        ),
        (&[Fault::EarlyPoll429Bare], Some("ratchet")),
        (&[Fault::SlowDown429Json], Some("ratchet")),
        (&[Fault::ThrottleHidesTokens], None),
        (&[Fault::ThrottleHidesDenial], None),
        (&[Fault::SlowDownToConformantPoller], None),
        (&[Fault::SlowDownKills], None),
    ];
    for (faults, expected) in cases {
        let found = found(faults);
        let policy = &found.policy;
        assert_eq!(policy.name.as_deref(), *expected, "{faults:?}: {policy:?}");
        assert_eq!(policy.candidates.len(), usize::from(expected.is_some()), "{faults:?}: {policy:?}");
        assert_eq!(policy.contradictions.is_empty(), expected.is_some(), "{faults:?}: {policy:?}");
    }
    let bare = found(&[Fault::EarlyPoll429Bare]);
    assert_eq!(bare.sentences.last().unwrap(), "A throttled poll is answered with status 429.");
    let hidden = found(&[Fault::ThrottleHidesTokens]);
    let halves = "Of 3 early polls after a decision, 2 were answered with slow_down.";
    assert!(hidden.sentences.iter().any(|sentence| sentence == halves), "{:?}", hidden.sentences);
    assert!(!found(&[Fault::IntervalZero]).announced, "0 is no interval");
}

#[test]
fn probes_run_beside_the_checks_and_leave_their_verdicts_alone() {
    let entries: Vec<_> = every_check().collect();
    let verdicts = |ran: &Ran| -> Vec<(String, Verdict)> {
        ran.checks.iter().map(|check| (check.id.clone(), check.verdict.clone())).collect()
    };
    let alone = virtual_time(async {
        let ground = ProvingGround::new(FaultSet::NONE).await.unwrap();
        verdicts(&run(ground.surface().clone(), &entries, &options(), &|_| {}).await)
    });
    let ran = virtual_time(async {
        let ground = ProvingGround::new(FaultSet::NONE).await.unwrap();
        run_and_probe(ground.surface().clone(), &entries, &options(), &|_| {}).await
    });
    assert_eq!(verdicts(&ran), alone);
    assert!(alone.iter().filter(|(_, verdict)| *verdict == Verdict::Pass).count() > 29);
    assert_eq!(ran.polling.unwrap().policy.candidates, ["ratchet"]);
    assert!(ran.took > Duration::from_secs(34) && ran.took <= SUITE_MAX, "{:?}", ran.took);
}

#[test]
fn what_the_target_does_not_offer_is_left_out() {
    let without_second = |surface: &mut Surface| {
        surface.clients = SurfaceClients { second: None, ..surface.clients.clone() };
    };
    let found = found_with(without_second, &options()).0.unwrap();
    let clients = found.probes.iter().flat_map(|probe| &probe.sequences).map(|sequence| sequence.client);
    assert!(clients.into_iter().all(|client| client == PollingClient::First));
    assert_eq!(probe_of(&found, "shared").sequences.len(), 2);
    assert_eq!(found.policy.name.as_deref(), Some("ratchet"));

    let found = found_with(|surface| surface.decisions = None, &options()).0.unwrap();
    let decided = |probe: &PollingProbe| probe.sequences.iter().any(|sequence| sequence.decided_ms.is_some());
    assert!(!found.probes.iter().any(decided));
    assert!(found.policy.candidates.contains(&"ratchet-and-checked-before-decision".to_owned()));

    let (found, took) = found_with(|surface| surface.users = users(2), &options());
    let found = found.unwrap();
    assert!(!found.probes.iter().any(|probe| probe.alone), "it needs three users");
    assert_eq!(found.policy.candidates, ["ratchet"]);
    assert!(took > Duration::from_secs(100), "one after another: {took:?}");
    assert_eq!(found_with(|surface| surface.users = users(0), &options()).0, None);
}

#[test]
fn a_budget_and_an_interrupt_are_kept() {
    let budget = Some(Duration::from_secs(20));
    let (found, took) = found_with(|_| (), &RunOptions { budget, ..options() });
    assert!(!found.unwrap().probes.is_empty() && took <= Duration::from_secs(20), "{took:?}");

    let (stopped, stop) = watch::channel(false);
    let (found, took) = virtual_time(async {
        let ground = ProvingGround::new(FaultSet::NONE).await.unwrap();
        let began = ground.surface().clock.now();
        let options = RunOptions { stop, ..options() };
        let (found, ()) = tokio::join!(probe(ground.surface(), &options), async {
            tokio::time::sleep(Duration::from_secs(11)).await;
            stopped.send(true).unwrap();
        });
        (found.unwrap(), ground.surface().clock.now() - began)
    });
    assert_eq!(took, Duration::from_secs(11));
    let names: Vec<&str> = found.probes.iter().map(|probe| probe.name.as_str()).collect();
    assert!(names.contains(&"growth") && !names.contains(&"conformant"), "what was over is kept: {names:?}");
}

#[test]
fn lost_and_late_polls_are_no_guesses() {
    let lossy = |surface: &mut Surface| {
        surface.transport = Disturbed::network_of(surface, Disturbance::LosesEveryFifth)
    };
    let found = found_with(lossy, &options()).0.unwrap();
    let polls =
        || found.probes.iter().flat_map(|probe| &probe.sequences).flat_map(|sequence| &sequence.polls);
    assert!(polls().filter(|poll| poll.answer == PolledAnswer::None).count() > 5);
    assert!(found.policy.candidates.contains(&"ratchet".to_owned()), "{:?}", found.policy);

    // Each poll leaves half a second after it was due.
    let late =
        |surface: &mut Surface| surface.transport = Disturbed::network_of(surface, Disturbance::Delays);
    let found = found_with(late, &options()).0.unwrap();
    assert_eq!(found.curve, [], "no point of the curve was met");
    let moved = &probe_of(&found, "moved").sequences[0].polls;
    assert_eq!((moved.len(), moved[0].at_ms), (1, 500.0));
    let kept = &probe_of(&found, "conformant").sequences[0].polls;
    assert_eq!(kept.len(), 3, "who only has to wait long enough may be late");
}

#[derive(Clone, Copy)]
enum Disturbance {
    LosesEveryFifth,
    Delays,
}

/// A network on which token requests are lost or delayed.
struct Disturbed {
    inner: Arc<dyn Transport>,
    clock: ciba_bench::clock::Clock,
    disturbance: Disturbance,
    seen: AtomicUsize,
}

impl Disturbed {
    fn network_of(surface: &Surface, disturbance: Disturbance) -> Arc<dyn Transport> {
        let (inner, clock) = (surface.transport.clone(), surface.clock);
        Arc::new(Disturbed { inner, clock, disturbance, seen: AtomicUsize::new(0) })
    }
}

impl Transport for Disturbed {
    fn exchange(&self, call: Call) -> BoxFuture<'static, Exchanged> {
        let polls = call.url.path().ends_with("/oauth2/token");
        let number = self.seen.fetch_add(usize::from(polls), Ordering::Relaxed);
        match self.disturbance {
            Disturbance::LosesEveryFifth if polls && number % 5 == 4 => {
                let lost = Exchanged {
                    result: Err(Failure::Broken("lost".to_owned())),
                    timeline: Timeline::at(self.clock.now()),
                };
                std::future::ready(lost).boxed()
            }
            Disturbance::Delays if polls => {
                let inner = self.inner.clone();
                async move {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    inner.exchange(call).await
                }
                .boxed()
            }
            Disturbance::LosesEveryFifth | Disturbance::Delays => self.inner.exchange(call),
        }
    }
}
