//! Three servers that are not the embedded OP, so that the suite is not fitted to it: one with the deviations of real
//! servers, one that was written carelessly, and one that is overloaded. What each check has to find was decided by hand,
//! from the standard, in `tests/golden/strange/`: one line per check, `id | verdict | words of the finding`.

mod careless;
mod disease;
mod expectations;
mod like_many;
mod sick;
mod signing;
mod street;
mod unusual;

use careless::careless;
use ciba_bench::record::{CheckRecord, POLLING_SECTION, Verdict};
use ciba_bench::selftest::virtual_time;
use disease::Disease;
use expectations::{compare, findings};
use like_many::like_many;
use serde_json::json;
use sick::sick;
use std::sync::Arc;
use street::{Strange, Street, judge};
use unusual::{acknowledging, agreeing};

/// Checks side by side.
const JOBS: usize = 64;
/// Diseases that are tried.
const DISEASES: u64 = 8;

fn judged(
    server: impl FnOnce(street::Neighbours) -> Strange,
    jobs: usize,
    seed: Option<u64>,
) -> Vec<CheckRecord> {
    virtual_time(async {
        let street = Street::new();
        let surface = street.open(server(street.neighbours.clone())).await;
        judge(&surface, jobs, seed).await.checks
    })
}

#[test]
fn the_one_like_many_gets_the_right_verdicts() {
    compare("like_many", &judged(like_many, JOBS, None));
}

#[test]
fn the_careless_one_gets_the_right_verdicts() {
    compare("careless", &judged(careless, JOBS, None));
}

#[test]
fn the_sick_one_passes_while_it_is_well() {
    compare("sick", &judged(sick, JOBS, None));
}

/// Overload is no breach of the standard: what could not be seen is inconclusive, and says why.
#[test]
fn the_sick_one_never_fails() {
    let well = judged(sick, JOBS, None);
    suffering(sick, &well);
}

/// The same where users decide: nothing fails that does not fail in health.
#[test]
fn illness_makes_no_new_failures() {
    let well = judged(like_many, JOBS, None);
    suffering(like_many, &well);
}

/// What is announced may be long, or beyond all reckoning: the checks that would wait for it say so.
#[test]
fn nobody_waits_for_a_day() {
    let well = judged(like_many, JOBS, None);
    let (day, age) = (json!(86_400), json!(1_000_000_000_000_000_u64));
    for (members, waits) in [
        (json!({ "expires_in": day }), "ciba/11/expires"),
        (json!({ "expires_in": age }), "ciba/11/approval-expires"),
        (json!({ "expires_in": u64::MAX, "interval": 1e300 }), "ciba/7.3/lives-until-expiry"),
        (json!({ "expires_in": 1e18 }), "ciba/11/approval-after-expiry"),
        (json!({ "interval": age }), "ciba/11/conformant-poller"),
        (json!({ "interval": u64::MAX, "expires_in": -1 }), "ciba/11/pending"),
    ] {
        let records = judged(|all| acknowledging(like_many(all), members.clone()), JOBS, None);
        for (record, well) in records.iter().zip(&well) {
            let found = findings(record);
            let new = !matches!(well.verdict, Verdict::Fail { .. }) && !record.id.starts_with("ciba/7");
            let failed = matches!(record.verdict, Verdict::Fail { .. }) && new;
            assert!(!failed && !matches!(record.verdict, Verdict::Broken { .. }), "{members}: {found}");
            if record.id == waits {
                assert!(found.contains("not waited for"), "{members}: {found}");
            }
        }
    }
}

/// A whole number of seconds may be written with a point.
#[test]
fn an_interval_with_a_point_is_kept() {
    let well = judged(sick, JOBS, None);
    let records = judged(|all| acknowledging(sick(all), json!({ "interval": 5.0 })), JOBS, None);
    for (record, well) in records.iter().zip(&well) {
        assert_eq!(record.verdict, well.verdict, "{}", findings(record));
    }
}

/// Users who agree before anybody asks leave nothing to be said about polling, and it is not held against their server.
#[test]
fn a_server_whose_users_agree_by_themselves_is_not_charged_for_them() {
    let records = judged(|all| agreeing(sick(all)), JOBS, None);
    for record in &records {
        let found = findings(record);
        match &record.verdict {
            Verdict::Pass => assert_ne!(record.section, POLLING_SECTION, "{found}"),
            Verdict::NotApplicable { .. } => {}
            Verdict::Fail { .. } | Verdict::Inconclusive { .. } | Verdict::Broken { .. } => panic!("{found}"),
        }
    }
}

/// A server may take every hint for a user's, and where nobody says whom it does not know, nothing follows from it.
#[test]
fn an_unknown_user_is_one_of_whom_somebody_says_so() {
    for (named, passes) in [(true, true), (false, false)] {
        let records = virtual_time(async {
            let street = Street::new();
            let mut surface = street.open(sick(street.neighbours.clone())).await;
            Arc::get_mut(&mut surface).unwrap().names_unknown_user = named;
            judge(&surface, JOBS, None).await.checks
        });
        let record = records.iter().find(|record| record.id == "ciba/7.2/unknown-user").unwrap();
        let found = findings(record);
        match &record.verdict {
            Verdict::Pass => assert!(passes, "{found}"),
            Verdict::NotApplicable { reason } => {
                assert!(!passes && reason.contains("unknown_user"), "{found}")
            }
            Verdict::Fail { .. } | Verdict::Inconclusive { .. } | Verdict::Broken { .. } => panic!("{found}"),
        }
    }
}

/// Runs the suite against a server with one disease after another.
fn suffering(server: fn(street::Neighbours) -> Strange, well: &[CheckRecord]) {
    let (mut wrong, mut causes, mut passed) = (Vec::new(), String::new(), 0);
    for seed in 1..=DISEASES {
        let dies_after = if seed % 4 == 0 { 120 } else { u64::MAX };
        let disease = Disease { of_ten: 1 + seed % 4, seed, dies_after };
        let jobs = if seed % 2 == 0 { JOBS } else { 1 };
        for (record, well) in judged(|all| disease.of(server(all)), jobs, Some(seed)).iter().zip(well) {
            match &record.verdict {
                Verdict::Pass => passed += 1,
                Verdict::NotApplicable { .. } => {}
                Verdict::Inconclusive { finding } if !finding.actual.is_empty() => {
                    causes.push_str(&finding.actual)
                }
                Verdict::Fail { .. } if matches!(well.verdict, Verdict::Fail { .. }) => {}
                Verdict::Inconclusive { .. } | Verdict::Fail { .. } | Verdict::Broken { .. } => {
                    wrong.push(format!("disease {seed}: {}", findings(record)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(passed > 0, "nothing is so sick that nothing passes");
    for cause in ["429", "503", "reset", "no answer within"] {
        assert!(causes.contains(cause), "no check names {cause}: {causes}");
    }
}
