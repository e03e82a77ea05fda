//! Faults of the embedded OP that whoever runs a flow sees, each as the breach of one rule and no other.

use crate::rig::MODES;
use crate::scene::{Plan, Scene, peopled};
use crate::simulation::{MIXED, simulate_faulty};
use ciba_bench::ciba::{DeliveryMode, Outcome, Rule};
use ciba_bench::world::WorldSettings;
use reference_op::{Fault, FaultSet};

/// Who shows a fault to a flow, the rule it breaks then, and how the flow ends.
type Shown = (Fault, DeliveryMode, &'static str, Rule, Outcome);

/// The faults that a well-behaved flow shows. The others need somebody who tries more than that.
const SHOWN: [Shown; 8] = {
    use DeliveryMode::{Ping, Poll};
    let tokens = Outcome::Tokens;
    [
        (Fault::WrongSub, Poll, "alice", Rule::IdTokenSubject, tokens),
        (Fault::WrongAud, Poll, "alice", Rule::IdTokenAudience, tokens),
        (Fault::BadSignature, Poll, "alice", Rule::IdTokenSignature, tokens),
        (Fault::BadAtHash, Poll, "alice", Rule::IdTokenAccessTokenHash, tokens),
        (Fault::PingWrongToken, Ping, "alice", Rule::PingBearer, tokens),
        (Fault::PingExtraMembers, Ping, "alice", Rule::PingExtraMembers, tokens),
        (Fault::SlowDownToConformantPoller, Poll, "alice", Rule::ConformantPollerThrottled, tokens),
        (Fault::TokensAfterDenial, Poll, "denise", Rule::TokensAfterDenial, tokens),
    ]
};

async fn rules_broken(faults: FaultSet, (_, mode, user, ..): Shown) -> (Vec<Rule>, Outcome) {
    let (world, scene) = Scene::in_process(WorldSettings { faults, ..peopled() }).await;
    let client = world.client(mode).unwrap();
    let ending = world.within_deadline(scene.run(client, &Plan::of(user))).await.unwrap();
    (ending.rules(), ending.outcome)
}

#[tokio::test(start_paused = true)]
async fn each_fault_breaks_its_own_rule_and_no_other() {
    for shown in SHOWN {
        let (fault, _, _, rule, outcome) = shown;
        assert_eq!(rules_broken(fault.into(), shown).await, (vec![rule], outcome), "{fault}");
        assert!(rule.source().1.binds(), "{fault}: a breach of {rule:?} has to end the run with exit 4");
        let (rules, _) = rules_broken(FaultSet::NONE, shown).await;
        assert_eq!(rules, [], "the same flow without {fault}");
    }
}

/// A load run finds them just so, however many flows show nothing.
#[tokio::test(start_paused = true)]
async fn each_fault_is_found_by_a_load_run() {
    for (fault, _, _, rule, _) in SHOWN {
        let (ran, _) = simulate_faulty(MIXED, &MODES, fault.into(), |_, _| None).await;
        let broken: Vec<_> =
            ran.result.conformance.violations.iter().map(|violation| violation.rule).collect();
        assert!(broken.contains(&rule), "{fault}: {broken:?}");
        let strangers = broken.iter().filter(|other| **other != rule && other.source().1.binds()).count();
        assert_eq!(strangers, 0, "{fault} is put down to other rules, too: {broken:?}");
        assert!(ran.result.load.counts.closes(), "{fault}");
    }
}
