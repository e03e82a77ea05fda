//! What is sent again, and what never is.

use crate::stage::{Reply, Stage};

/// Milliseconds after which each repetition is sent.
const SCHEDULE: [u128; 8] = [0, 20, 70, 170, 370, 770, 1_570, 3_170];

#[tokio::test(start_paused = true)]
async fn a_login_that_the_server_does_not_know_yet_is_tried_again() {
    for reply in [Reply::Status(403), Reply::Status(404), Reply::NoConnection] {
        let stage = Stage::planned("");
        stage.server.answers([reply, reply]);
        stage.start("l1", "alice").await;
        stage.pass(10_000).await;
        let times: Vec<u128> = stage.server.calls().iter().map(|call| stage.millis(call.at)).collect();
        assert_eq!(times, SCHEDULE[..3], "{reply:?}");
        assert_eq!(
            stage.notes()[1..],
            [
                "0 sent l1 Approve",
                "20 sent l1 Approve",
                "70 sent l1 Approve",
                "70 answered l1 Approve Some(200)"
            ]
        );
        let counts = stage.service.counts().decisions;
        assert_eq!((counts.accepted, counts.failed, counts.retried), (1, 0, 2));
        assert_eq!(stage.service.history(1)[0].attempts, 3);
    }
}

#[tokio::test(start_paused = true)]
async fn repetitions_are_bounded() {
    for (reply, status, problem) in [
        (Reply::Status(404), Some(404), "the server answered 404"),
        (Reply::NoConnection, None, "no connection to the server: network unreachable"),
    ] {
        let stage = Stage::planned("");
        stage.server.answers([reply; 20]);
        stage.start("l1", "alice").await;
        stage.pass(60_000).await;
        let times: Vec<u128> = stage.server.calls().iter().map(|call| stage.millis(call.at)).collect();
        assert_eq!(times, SCHEDULE);
        let entry = stage.service.history(1).remove(0);
        assert_eq!((entry.status, entry.problem.as_deref(), entry.attempts), (status, Some(problem), 8));
        assert_eq!(stage.service.counts().decisions.failed, 1);
        assert_eq!(stage.notes().last().unwrap(), &format!("3170 answered l1 Approve {status:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_may_have_been_taken_is_never_repeated() {
    for (reply, status, after, problem) in [
        (Reply::Status(500), Some(500), 0, "the server answered 500"),
        (Reply::Status(503), Some(503), 0, "the server answered 503"),
        (Reply::Status(429), Some(429), 0, "the server answered 429"),
        (Reply::Status(400), Some(400), 0, "the server answered 400"),
        (Reply::Status(302), Some(302), 0, "the server answered 302"),
        (Reply::Reset, None, 0, "connection reset"),
        (Reply::Never, None, 30_000, "no answer within 30 s"),
    ] {
        let stage = Stage::planned("");
        stage.server.answers([reply]);
        stage.start("l1", "alice").await;
        stage.pass(120_000).await;
        assert_eq!(stage.server.lines(), ["POST l1/accept"], "{reply:?}");
        assert_eq!(stage.notes()[2..], [format!("{after} answered l1 Approve {status:?}")]);
        let entry = stage.service.history(1).remove(0);
        assert_eq!((entry.status, entry.problem.as_deref()), (status, Some(problem)));
        let counts = stage.service.counts().decisions;
        assert_eq!((counts.accepted, counts.failed, counts.retried), (0, 1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_repetition_that_may_have_been_taken_ends_it_too() {
    let stage = Stage::planned("shares = { deny = 1.0 }");
    stage.server.answers([Reply::Status(404), Reply::Reset]);
    stage.start("l1", "alice").await;
    stage.pass(10_000).await;
    assert_eq!(stage.server.lines(), ["POST l1/reject", "POST l1/reject"]);
    let counts = stage.service.counts().decisions;
    assert_eq!((counts.denied, counts.failed, counts.retried), (0, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stores_the_login_after_our_answer_still_gets_its_details_asked_and_its_decision() {
    let stage = Stage::planned("fetch_details = 1.0");
    stage.server.answers([Reply::Status(404)]);
    stage.start("l1", "alice").await;
    stage.pass(1_000).await;
    assert_eq!(
        stage.server.lines(),
        ["GET l1?login_state=s-l1", "GET l1?login_state=s-l1", "POST l1/accept"]
    );
    // The details span is that of the answer that counts.
    assert_eq!(stage.notes()[1], "20 details l1 took 0");
}
