//! A target that goes away and returns: the run goes on, the gap shows, and what was waiting does not come back all at once.

use crate::rig::assert_books_close;
use crate::simulation::simulate;
use ciba_bench::ciba::{DeliveryMode, Outcome};
use ciba_bench::clock::Clock;
use ciba_bench::record::{Answered, Ended, IntervalRecord};
use ciba_bench::transport::{Call, Exchanged, Failure, Timeline, Transport};
use futures_util::future::BoxFuture;
use std::ops::Range;
use std::sync::Arc;

/// When nobody listens at the target, in seconds after the first flow was due.
const AWAY: Range<u64> = 30..60;

/// Ninety seconds of 20 flows a second that wait 20 s for their users: some four hundred are pending when the target goes.
const LONG: &str = r#"
    drain = "120s"
    [workload]
    max_in_flight = 10_000
    [[workload.stages]]
    name = "steady"
    duration = "90s"
    rate = 20
    [decisions]
    delay.constant = "20s"
"#;

/// A target to which no connection is made for a while.
struct Away {
    inner: Arc<dyn Transport>,
    clock: Clock,
}

impl Transport for Away {
    fn exchange(&self, call: Call) -> BoxFuture<'static, Exchanged> {
        let now = self.clock.now();
        let since = now.duration_since(self.clock.start()).as_secs();
        if !AWAY.contains(&since) {
            return self.inner.exchange(call);
        }
        let result = Err(Failure::Connect("connection refused".to_owned()));
        Box::pin(async move { Exchanged { result, timeline: Timeline::at(now) } })
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_away_for_half_a_minute_is_a_gap_and_no_stampede_follows() {
    let (ran, _) = simulate(LONG, &[DeliveryMode::Poll], |world, _| {
        Some(Arc::new(Away { inner: world.transport(), clock: world.clock() }))
    })
    .await;
    assert_books_close(&ran);
    assert_eq!(ran.result.ended, Ended::Completed);
    let load = &ran.result.load;
    let of = |at: u64| -> Vec<&IntervalRecord> {
        load.intervals.iter().filter(|interval| interval.start_ms / 1000 == at).collect()
    };
    let answered = |at: u64| -> u64 {
        let counts = of(at).into_iter().map(|interval| &interval.counts);
        counts.map(|counts| answers(&counts.token) + answers(&counts.backchannel_authentication)).sum()
    };
    // The gap shows in every second of it, and the flows that were due in it are counted as what they were.
    for second in AWAY.start + 1..AWAY.end - 1 {
        assert_eq!(answered(second), 0, "second {second}");
    }
    assert!(answered(AWAY.start - 2) > 0 && answered(AWAY.end + 1) > 0);
    let refused = load.counts.backchannel_authentication.get(Answered::ConnectFailed);
    assert!((590..=610).contains(&refused), "{refused} of the 600 that were due");
    // Who was pending has waited for it, but for those whose request has expired meanwhile or who gave up.
    let tokens = load.counts.flows.outcomes.get(Outcome::Tokens);
    assert!(tokens > 1_100, "{:?}", load.counts.flows);
    // Polls come back over time: no second after the return has more than twice the requests of the busiest one before.
    let polls = |seconds: Range<u64>| -> u64 {
        let of_second = |at| of(at).into_iter().map(|interval| interval.counts.token.total()).sum::<u64>();
        seconds.map(of_second).max().unwrap_or(0)
    };
    let (before, after) = (polls(20..AWAY.start), polls(AWAY.end..AWAY.end + 60));
    assert!(after <= before * 2, "{after} token requests in one second, {before} before");
}

fn answers(tally: &ciba_bench::record::Tally<Answered>) -> u64 {
    tally.iter().filter(|(answered, _)| !answered.is_failure()).map(|(_, count)| count).sum()
}
