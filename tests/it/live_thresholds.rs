//! Thresholds that are judged while a run goes on, and end it.

use crate::rig::{MODES, assert_books_close};
use crate::simulation::{delayed, simulate};
use ciba_bench::record::Ended;
use ciba_bench::world::Party;

/// Twenty seconds, then twenty more at twice the rate.
fn profile(abort: &str) -> String {
    format!(
        r#"
        {abort}
        drain = "30s"
        [workload]
        max_in_flight = 10_000
        [[workload.stages]]
        name = "calm"
        duration = "20s"
        rate = 20
        [[workload.stages]]
        name = "peak"
        duration = "20s"
        rate = 40
        [decisions]
        delay.constant = "1s"
        "#
    )
}

/// How a run ended whose acknowledgements take so many ms, and after how many seconds.
async fn ended(abort: &str, ack_ms: u64) -> (Ended, f64) {
    let (ran, _) = simulate(&profile(abort), &MODES[..1], |world, _| {
        world.intercept(Party::Op, |router| delayed("/authentication", ack_ms, 0)(router));
        None
    })
    .await;
    assert_books_close(&ran);
    (ran.result.ended, ran.result.elapsed_s)
}

#[tokio::test(start_paused = true)]
async fn the_first_threshold_that_does_not_hold_ends_the_run_and_says_at_what_value_and_when() {
    // The threshold, the time of an acknowledgement, and the reason and the second of the end.
    for (abort, ack_ms, reason, second) in [
        (
            "abort_on_fail = [\"ack p50 < 100ms\"]",
            400,
            "ack p50 < 100ms does not hold 10.0 s into the run, in stage calm: 400 ms, ",
            10.0,
        ),
        (
            "abort_on_fail = [\"ack p50 < 100ms\"]\nabort_after = \"3s\"",
            400,
            "ack p50 < 100ms does not hold 3.00 s into the run, in stage calm: 400 ms, ",
            3.0,
        ),
        // A stage's own clock begins with it, and what was before is none of its figures.
        (
            "abort_on_fail = [\"ack p50 < 100ms for stage peak\"]\nabort_after = \"3s\"",
            400,
            "ack p50 < 100ms for stage peak does not hold 23.0 s into the run, in stage peak: 400 ms, ",
            23.0,
        ),
        (
            "abort_on_fail = [\"violations == 0\", \"error_rate < 1%\", \"ack max < 100ms\"]",
            400,
            "ack max < 100ms does not hold",
            10.0,
        ),
    ] {
        let (ended, after) = ended(abort, ack_ms).await;
        let Ended::Aborted { reason: told } = &ended else { panic!("{abort}: {ended:?}") };
        assert!(told.starts_with(reason), "{told}\n{reason}");
        assert!((second..second + 1.0).contains(&after), "{abort}: ended after {after} s");
    }
}

#[tokio::test(start_paused = true)]
async fn what_holds_or_has_no_samples_ends_nothing() {
    for abort in [
        "abort_on_fail = [\"ack p50 < 1s\", \"violations == 0\", \"rate >= 90% of asked\"]",
        // Never asked for, so there are no samples; at the end that is not met.
        "abort_on_fail = [\"notify p99 < 1ms\"]",
        // What breaks in the calm stage is nothing to the peak, and the delay is longer than that.
        "abort_on_fail = [\"ack p50 < 100ms for stage peak\"]\nabort_after = \"21s\"",
    ] {
        let (ended, after) = ended(abort, 400).await;
        assert_eq!(ended, Ended::Completed, "{abort}");
        assert!(after > 40.0, "{abort}: {after}");
    }
}
