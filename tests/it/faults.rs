//! Every fault of the embedded OP is seen by whoever runs a flow, as the breach of one rule and no other.

use crate::rig::MODES;
use crate::scene::{Plan, Scene, peopled};
use crate::simulation::{MIXED, simulate_faulty};
use ciba_bench::ciba::{DeliveryMode, Outcome, Rule};
use ciba_bench::world::WorldSettings;
use reference_op::{Fault, FaultSet};

/// The flow that shows a fault, the rule it breaks, and how it ends.
fn shown_by(fault: Fault) -> (DeliveryMode, &'static str, Rule, Outcome) {
    use DeliveryMode::{Ping, Poll};
    let tokens = Outcome::Tokens;
    match fault {
        Fault::WrongSub => (Poll, "alice", Rule::IdTokenSubject, tokens),
        Fault::WrongAud => (Poll, "alice", Rule::IdTokenAudience, tokens),
        Fault::BadSignature => (Poll, "alice", Rule::IdTokenSignature, tokens),
        Fault::BadAtHash => (Poll, "alice", Rule::IdTokenAccessTokenHash, tokens),
        Fault::PingWrongToken => (Ping, "alice", Rule::PingBearer, tokens),
        Fault::PingExtraMembers => (Ping, "alice", Rule::PingExtraMembers, tokens),
        Fault::SlowDownToConformantPoller => (Poll, "alice", Rule::ConformantPollerThrottled, tokens),
        Fault::TokensAfterDenial => (Poll, "denise", Rule::TokensAfterDenial, tokens),
    }
}

async fn rules_broken(faults: FaultSet, fault: Fault) -> (Vec<Rule>, Outcome) {
    let (mode, user, _, _) = shown_by(fault);
    let (world, scene) = Scene::in_process(WorldSettings { faults, ..peopled() }).await;
    let client = world.client(mode).unwrap();
    let ending = world.within_deadline(scene.run(client, &Plan::of(user))).await.unwrap();
    (ending.rules(), ending.outcome)
}

#[tokio::test(start_paused = true)]
async fn each_fault_breaks_its_own_rule_and_no_other() {
    for fault in Fault::ALL.iter().copied() {
        let (_, _, rule, outcome) = shown_by(fault);
        assert_eq!(rules_broken(fault.into(), fault).await, (vec![rule], outcome), "{fault}");
        assert!(rule.source().1.binds(), "{fault}: a breach of {rule:?} has to end the run with exit 4");
        let (rules, _) = rules_broken(FaultSet::NONE, fault).await;
        assert_eq!(rules, [], "the same flow without {fault}");
    }
}

/// A load run finds them just so, however many flows show nothing.
#[tokio::test(start_paused = true)]
async fn each_fault_is_found_by_a_load_run() {
    for fault in Fault::ALL.iter().copied() {
        let (_, _, rule, _) = shown_by(fault);
        let (ran, _) = simulate_faulty(MIXED, &MODES, fault.into(), |_, _| None).await;
        let broken: Vec<_> =
            ran.result.conformance.violations.iter().map(|violation| violation.rule).collect();
        assert!(broken.contains(&rule), "{fault}: {broken:?}");
        let strangers = broken.iter().filter(|other| **other != rule && other.source().1.binds()).count();
        assert_eq!(strangers, 0, "{fault} is put down to other rules, too: {broken:?}");
        assert!(ran.result.load.counts.closes(), "{fault}");
    }
}
