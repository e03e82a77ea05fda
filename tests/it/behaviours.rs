//! Flows that misbehave on purpose: counted apart, and no fault of the server's.

use crate::rig::{MODES, Ran, assert_books_close};
use crate::simulation::{simulate, simulate_faulty};
use ciba_bench::analysis::judge_thresholds;
use ciba_bench::ciba::{DeliveryMode, Outcome, Rule};
use ciba_bench::record::{Answered, Event, PollGap, Span};
use reference_op::{Fault, FaultSet};

const POLL: [DeliveryMode; 1] = [DeliveryMode::Poll];
const PING: [DeliveryMode; 1] = [DeliveryMode::Ping];

/// Ten seconds of 30 flows a second.
fn text(mix: &str, behaviours: &str) -> String {
    format!(
        "drain = \"200s\"\n\
         [workload]\nmax_in_flight = 10_000\n[[workload.stages]]\nname = \"steady\"\nduration = \"10s\"\nrate = 30\n\
         [mix]\n{mix}\n[behaviours]\n{behaviours}\n\
         [decisions]\ndelay.uniform = {{ min = \"0s\", max = \"9s\" }}\n"
    )
}

fn event(ran: &Ran, event: Event) -> u64 {
    ran.result.load.counts.events.get(event)
}

/// The rules that were broken, SHOULDs included.
fn broken(ran: &Ran) -> Vec<Rule> {
    ran.result.conformance.violations.iter().map(|violation| violation.rule).collect()
}

/// Whether a threshold holds.
fn met(ran: &Ran, threshold: &str) -> bool {
    let gates =
        judge_thresholds(&[threshold.parse().unwrap()], &ran.result.load, Some(&ran.result.conformance));
    gates[0].met
}

#[tokio::test(start_paused = true)]
async fn flows_that_leave_are_their_share_and_no_error() {
    let (ran, _) = simulate(&text("poll = 1\nping = 1", "abandon = 0.25"), &MODES, |_, _| None).await;
    assert_books_close(&ran);
    let left = event(&ran, Event::BehaviourAbandon);
    assert!((55..95).contains(&left), "{left} of 300");
    assert_eq!(ran.result.load.counts.flows.outcomes.get(Outcome::Abandoned), left);
    assert_eq!(ran.result.load.counts.flows.outcomes.get(Outcome::Tokens), 300 - left);
    assert_eq!((event(&ran, Event::DecisionStray), event(&ran, Event::PingMissing)), (0, 0));
    assert!(met(&ran, "error_rate < 0.1%") && broken(&ran).is_empty(), "{:?}", broken(&ran));
    let (again, _) = simulate(&text("poll = 1\nping = 1", "abandon = 0.25"), &MODES, |_, _| None).await;
    assert_eq!(again.result.load.counts, ran.result.load.counts);
}

#[tokio::test(start_paused = true)]
async fn impatience_is_throttled_and_breaks_nothing() {
    let impatient = text("poll = 1", "impatient = { share = 0.2, after = 0.3 }");
    let (ran, _) = simulate(&impatient, &POLL, |_, _| None).await;
    assert_books_close(&ran);
    let throttled = ran.result.load.counts.token.get(Answered::SlowDown);
    assert!(throttled > 30, "{throttled}");
    assert_eq!(event(&ran, Event::SlowDownProvoked), throttled);
    assert!((45..80).contains(&event(&ran, Event::BehaviourImpatient)));
    assert_eq!(broken(&ran), []);
    assert!(met(&ran, "throttled == 0") && met(&ran, "violations == 0"));
    assert!(
        ran.result.load.polling.gap_ratio_min.unwrap() >= 1.0,
        "only the others' pacing is this tool's own"
    );
    let early = |gap: PollGap| gap < PollGap::OnTime;
    let seen = &ran.result.load.polling;
    let followed = ran.result.load.counts.token.total() - event(&ran, Event::FirstPoll);
    assert_eq!(
        seen.polls_by_gap.total(),
        followed,
        "every answered poll but the first of its flow has a gap"
    );
    assert!(seen.slow_downs_by_gap.total() > 30 && seen.slow_downs_by_gap.iter().all(|(gap, _)| early(gap)));
    // Who keeps to the interval is not to be throttled, all the same.
    let faulty = Fault::SlowDownToConformantPoller.into();
    let (ran, _) = simulate_faulty(&impatient, &POLL, faulty, |_, _| None).await;
    assert!(broken(&ran).contains(&Rule::ConformantPollerThrottled));
    assert!(!met(&ran, "throttled == 0"));
}

#[tokio::test(start_paused = true)]
async fn tokens_for_a_redeemed_request_are_found() {
    let mix = "poll = 1\nping = 1";
    let (again, race) = ("redeem_again = 0.1", "redeem_race = { share = 0.1, ways = 5 }");
    for (behaviours, fault, rule) in [
        (again, Fault::AuthReqIdReusable, Rule::AuthReqIdReused),
        (again, Fault::ReplayWithinASecond, Rule::AuthReqIdReused),
        (race, Fault::AuthReqIdReusable, Rule::AuthReqIdReused),
        (race, Fault::RedemptionNotAtomic, Rule::AuthReqIdReused),
        (race, Fault::RaceLosersRevoke, Rule::AccessTokenRefused),
    ] {
        let text = text(mix, behaviours) + "[flow]\nuse_token = true\n";
        let (ran, _) = simulate_faulty(&text, &MODES, FaultSet::NONE, |_, _| None).await;
        assert_books_close(&ran);
        assert_eq!(broken(&ran), [], "{behaviours}");
        let (own, each) = match behaviours == again {
            true => (event(&ran, Event::BehaviourRedeemAgain), 1),
            false => (event(&ran, Event::BehaviourRedeemRace), 4),
        };
        assert!((15..50).contains(&own), "{behaviours}: {own}");
        let further = event(&ran, Event::RedeemedAgain);
        assert!(further >= own * each, "{behaviours}: {further} further answers for {own} flows");
        assert_eq!(ran.result.load.counts.flows.outcomes.get(Outcome::Tokens), 300);
        let (ran, _) = simulate_faulty(&text, &MODES, fault.into(), |_, _| None).await;
        // The OP's word for a revoked token is not the protocol's of this grant, so its books have another name for it.
        assert!(ran.result.load.counts.closes());
        assert_eq!(broken(&ran), [rule], "{behaviours} {fault}");
        let found: u64 = ran.result.conformance.violations.iter().map(|violation| violation.count).sum();
        assert!(found >= own, "{behaviours} {fault}: {found}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_in_trouble_is_no_concern_of_the_others() {
    for how in ["hang", "error", "reset"] {
        let slow = text("ping = 1", &format!("slow_endpoint = {{ share = 0.3, how = \"{how}\" }}"));
        let (ran, _) = simulate(&slow, &PING, |_, _| None).await;
        assert_books_close(&ran);
        let affected = event(&ran, Event::BehaviourSlowEndpoint);
        assert!((70..110).contains(&affected), "{how}: {affected}");
        let notify = &ran.result.load.spans[&Span::Notify];
        assert_eq!(notify.count, 300 - affected, "{how}: the others alone are measured");
        assert!(notify.max_us < 1_000, "{how}: {notify:?}");
        assert_eq!(
            (broken(&ran), ran.result.load.counts.flows.outcomes.get(Outcome::Tokens)),
            (vec![], 300),
            "{how}"
        );
    }
}
