//! Clients that checks register are gone when the checks are.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use ciba_bench::conformance::{Check, RunOptions, Section, every_check, run};
use ciba_bench::decision_channel::{Logins, hand_plan};
use ciba_bench::notification::Inbox;
use ciba_bench::record::Verdict;
use ciba_bench::selftest::{ProvingGround, virtual_time};
use ciba_bench::world::{InProcess, Party, WorldSettings};
use http::{Method, StatusCode};
use reference_op::ReferenceOp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

type Entry = (&'static Section, &'static Check);

/// An OP at which clients may register, and the ground on which it is judged.
async fn ground(wrap: impl FnOnce(Router) -> Router) -> (ReferenceOp, ProvingGround) {
    let (logins, inbox) = (Arc::new(Logins::new()), Arc::new(Inbox::new()));
    let settings = WorldSettings { plan: hand_plan("nobody-at-all"), ..WorldSettings::default() };
    let settings = settings.open_for_registration();
    let world = InProcess::new(settings, logins.clone(), inbox.clone()).unwrap();
    world.intercept(Party::Op, wrap);
    let op = world.op().clone();
    (op, ProvingGround::of(world, logins, inbox).await.unwrap())
}

fn registering() -> Vec<Entry> {
    every_check()
        .filter(|(section, _)| matches!(section.name, "4 Registration" | "4 Pairwise subjects"))
        .collect()
}

fn one(id: &str) -> Vec<Entry> {
    every_check().filter(|(_, check)| check.id == id).collect()
}

/// Registered, and deleted.
fn counts(op: &ReferenceOp) -> (u64, u64) {
    let counts = op.access_counts();
    (counts.get("register", "201"), counts.get("client_configuration", "204"))
}

#[test]
fn what_is_registered_is_deleted() {
    virtual_time(async {
        let (op, ground) = ground(|router| router).await;
        let ran = ground.run(&registering()).await;
        for record in &ran.checks {
            let fine = matches!(record.verdict, Verdict::Pass | Verdict::NotApplicable { .. });
            assert!(fine && record.notes.is_empty(), "{record:?}");
        }
        let (registered, deleted) = counts(&op);
        assert!(registered >= 15, "{registered}");
        assert_eq!(registered, deleted);
        assert_eq!(ground.surface().registration.as_ref().unwrap().outstanding(), 0);
    });
}

#[test]
fn what_cannot_be_deleted_is_told() {
    async fn keep(request: Request, next: Next) -> Response {
        match *request.method() {
            Method::DELETE => StatusCode::FORBIDDEN.into_response(),
            _ => next.run(request).await,
        }
    }
    virtual_time(async {
        let (_, ground) = ground(|router| router.layer(from_fn(keep))).await;
        let record = ground.run(&one("ciba/4/registered-endpoint")).await.checks.remove(0);
        assert_eq!(record.verdict, Verdict::Pass);
        let [note] = record.notes.as_slice() else { panic!("{:?}", record.notes) };
        assert!(note.contains(" stays registered: its deletion was answered 403"), "{note}");
    });
}

#[test]
fn a_run_that_is_left_leaves_no_client_behind() {
    virtual_time(async {
        let (op, ground) = ground(|router| router).await;
        let (leave, stop) = watch::channel(false);
        let options = RunOptions { jobs: 1, order_seed: None, budget: None, stop };
        let entries = one("ciba/4/pairwise-same-sector");
        let running = run(Arc::clone(ground.surface()), &entries, &options, &|_| {});
        let leaving = async {
            // Its first client waits for the interval then.
            tokio::time::sleep(Duration::from_secs(1)).await;
            leave.send_replace(true);
        };
        let (ran, ()) = tokio::join!(running, leaving);
        assert_eq!((ran.checks.len(), ran.left_out[0].reason.as_str()), (0, "the run was interrupted"));
        assert_eq!(counts(&op), (1, 1));
    });
}
