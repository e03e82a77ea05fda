//! A bank's consents: created and deleted again, before any flow begins with one.

use super::finding_of;
use super::ward::{Ward, assert_one, at};
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse as _;
use ciba_bench::doctor::{Examination, State};
use ciba_bench::open_banking::ConsentType;
use ciba_bench::world::WorldSettings;

/// A bank, with these kinds of consents in the target file.
fn bank(kinds: &str) -> Ward {
    let kind = ConsentType::of_name("open_banking_uk_accounts").unwrap();
    let table = format!("[open_banking]\nconsents = [{kinds}]\n[authentication_service]");
    Ward::with(WorldSettings::of_bank(kind)).edited("[authentication_service]", &table)
}

#[tokio::test(start_paused = true)]
async fn each_kind_is_created_and_deleted_again() {
    let ward = bank("\"open_banking_uk_accounts\", \"open_banking_uk_payment\"");
    let diagnosis = ward.examine().await;
    let consents = finding_of(&diagnosis, Examination::Consents);
    assert!(diagnosis.is_usable() && consents.state == State::Sound, "{diagnosis:#?}");
    for kind in ["open_banking_uk_accounts", "open_banking_uk_payment"] {
        assert!(consents.seen.contains(&format!("{kind} by \"poll-client\": created")), "{consents:?}");
    }
    let counts = ward.world.access_counts();
    assert_eq!(counts.get("consent_create", "201"), 2, "{counts:?}");
    // Payments cannot be deleted (Open Banking UK).
    assert_eq!(counts.get("consent_delete", "204"), 1, "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_consent_that_is_refused_is_found_before_a_run_begins() {
    const KIND: &str = "\"open_banking_uk_accounts\"";
    let refused = bank(KIND);
    refused.instead(|request| {
        let answer = (StatusCode::FORBIDDEN, "{\"Message\":\"not for you\"}");
        at(request, "account-access-consents").then(|| answer.into_response())
    });
    let expected = (Examination::Consents, "not created", "target file: [open_banking] consents, base_url");
    assert_one("refused", &refused.examine().await, State::Failed, expected);
    let kept = bank(KIND);
    kept.instead(|request| {
        let deletes = request.method() == Method::DELETE;
        deletes.then(|| StatusCode::METHOD_NOT_ALLOWED.into_response())
    });
    let expected = (Examination::Consents, "not deleted", "server's log: why a consent cannot be deleted");
    assert_one("kept", &kept.examine().await, State::Doubtful, expected);
}
