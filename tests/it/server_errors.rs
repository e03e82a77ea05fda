//! A server error may be of the moment: a check fails by one only where it comes again.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use ciba_bench::conformance::{Check, Step, every_check};
use ciba_bench::decision_channel::{Logins, hand_plan};
use ciba_bench::notification::Inbox;
use ciba_bench::record::{CheckRecord, Verdict};
use ciba_bench::selftest::{ProvingGround, virtual_time};
use ciba_bench::world::{InProcess, Party, WorldSettings};
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The check of unknown parameters, by a server that answers so many requests with `foo=bar` by 500; and how many there were.
fn judged_where(errors: usize) -> (CheckRecord, usize) {
    judged_by(errors, |script| script)
}

/// The same with another script.
fn judged_by(errors: usize, change: fn(Vec<Step>) -> Vec<Step>) -> (CheckRecord, usize) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let record = virtual_time(async move {
        let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
        let settings = WorldSettings { plan: hand_plan("nobody-at-all"), ..WorldSettings::default() };
        let world = InProcess::new(settings, logins.clone(), inbox.clone()).unwrap();
        world.intercept(Party::Op, |router| {
            router.layer(from_fn(move |request, next| stumble(counted.clone(), errors, request, next)))
        });
        let ground = ProvingGround::of(world, logins, inbox).await.unwrap();
        let (section, check) =
            every_check().find(|(_, check)| check.id == "ciba/7.2/unknown-parameter").unwrap();
        let script: &'static [Step] = change(check.script.to_vec()).leak();
        ground.run(&[(section, &Check { script, ..*check })]).await.checks.remove(0)
    });
    (record, asked.load(Ordering::Relaxed))
}

async fn stumble(asked: Arc<AtomicUsize>, errors: usize, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    if String::from_utf8_lossy(&body).contains("foo=bar") && asked.fetch_add(1, Ordering::Relaxed) < errors {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    next.run(Request::from_parts(head, Body::from(body))).await
}

#[test]
fn a_server_error_that_does_not_come_again_is_no_failure_and_no_pass() {
    let (record, asked) = judged_where(1);
    let Verdict::Inconclusive { finding } = &record.verdict else { panic!("{:?}", record.verdict) };
    assert_eq!((finding.step, finding.actual.as_str()), (3, "500, but not when the check was repeated"));
    // What is shown is the error.
    let statuses: Vec<_> = record.exchanges.iter().map(|sent| sent.exchange.status).collect();
    assert_eq!((statuses, asked), (vec![Some(200), Some(500)], 2));
}

#[test]
fn one_that_comes_again_is_a_failure() {
    let (record, asked) = judged_where(usize::MAX);
    let Verdict::Fail { finding } = &record.verdict else { panic!("{:?}", record.verdict) };
    assert_eq!((finding.actual.as_str(), asked), ("500", 2));
    assert_eq!(record.notes, ["repeated, since a server error may be of the moment: it failed again"]);
}

#[test]
fn a_repetition_in_which_this_tool_fails_is_this_tools_failure() {
    fn panic_at_the_end(mut script: Vec<Step>) -> Vec<Step> {
        script.push(Step::Custom("panics", |_| panic!("of our own making")));
        script
    }
    let (record, asked) = judged_by(1, panic_at_the_end);
    let Verdict::Broken { reason } = &record.verdict else { panic!("{:?}", record.verdict) };
    assert!(reason.contains("this tool panicked"), "{reason}");
    assert_eq!(asked, 2, "the first time the server failed, the second time this tool did");
}

#[test]
fn without_one_nothing_is_repeated() {
    let (record, asked) = judged_where(0);
    assert_eq!((record.verdict, record.notes.len(), asked), (Verdict::Pass, 0, 1));
}
