//! What `plan` predicts, against what a run in virtual time counts.

use crate::rig::{MODES, assert_books_close, profile};
use crate::simulation::simulate;
use ciba_bench::analysis::{Assumed, LoadPlan};
use ciba_bench::record::PingAnswer;

/// A minute and a half of 20 flows a second, most of which is steady.
const STEADY: &str = r#"
    drain = "130s"
    [workload]
    max_in_flight = 10_000
    [[workload.stages]]
    duration = "90s"
    rate = 20
    [users]
    count = 5_000
"#;

/// Whether a figure is the predicted one, to a few percent.
#[track_caller]
fn near(what: &str, counted: f64, predicted: f64) {
    assert!((counted / predicted - 1.0).abs() < 0.05, "{what}: {counted} counted, {predicted} predicted");
}

#[tokio::test(start_paused = true)]
async fn flows_in_flight_polls_and_pings_are_as_predicted() {
    for rest in [
        "[decisions]\ndelay.constant = \"12s\"\n",
        "[mix]\npoll = 1\nping = 1\n[decisions]\ndelay.lognormal = { median = \"7s\", p95 = \"20s\" }\n",
        "[mix]\nping = 1\n[flow]\nrequested_expiry = \"30s\"\n\
         [decisions]\nshares = { approve = 8, deny = 1, ignore = 1 }\ndelay.uniform = { min = \"1s\", max = \"9s\" }\n",
        "[mix]\npoll = 1\nping = 1\n[behaviours]\nabandon = 0.2\nredeem_race = { share = 0.2, ways = 5 }\n\
         [decisions]\ndelay.uniform = { min = \"2s\", max = \"12s\" }\n",
    ] {
        let text = format!("{STEADY}{rest}");
        let plan = LoadPlan::of(&profile(&text), &Assumed::default());
        let (ran, _) = simulate(&text, &MODES, |_, _| None).await;
        assert_books_close(&ran);
        let load = &ran.result.load;
        // From the half of the run on, as many flows end as begin.
        let steady = &load.intervals[45..90];
        let in_flight = steady.iter().map(|interval| interval.in_flight).sum::<u64>() as f64 / 45.0;
        near("in flight", in_flight, plan.in_flight as f64);
        let rate = |of: &dyn Fn(&ciba_bench::record::Counts) -> u64| {
            steady.iter().map(|interval| of(&interval.counts)).sum::<u64>() as f64 / 45.0
        };
        let peak = plan.peak.unwrap();
        near("polls", rate(&|counts| counts.token.total()), peak.polls);
        near("requests", rate(&|counts| counts.backchannel_authentication.total()), 20.0);
        let pings = rate(&|counts| counts.pings.get(PingAnswer::Accepted));
        match peak.pings > 0.0 {
            true => near("pings", pings, peak.pings),
            false => assert_eq!(pings, 0.0),
        }
    }
}
