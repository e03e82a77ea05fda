//! The checks of authentication services against the mock one, in process.

use crate::golden;
use ciba_bench::auth_service_suite::{
    Check, ProvingGround, SECTIONS, SENTENCES, Section, Step, diagonal, every_check, row, sentence,
};
use ciba_bench::record::Verdict;
use mock_auth_service::{Fault, FaultSet};
use std::collections::{BTreeMap, BTreeSet};

fn checks() -> impl Iterator<Item = &'static Check> {
    every_check().map(|(_, check)| check)
}

#[test]
fn without_faults_every_check_passes_and_its_own_fault_makes_it_fail() {
    let unproven: Vec<String> = diagonal()
        .into_iter()
        .filter_map(|proof| Some(format!("{}: {}", proof.check.id, proof.unproven?)))
        .collect();
    assert!(unproven.is_empty(), "{}", unproven.join("\n"));
}

#[test]
fn every_check_names_a_fault_of_its_own_and_every_fault_is_named() {
    let named: BTreeMap<&str, &str> = checks().map(|check| (check.fault, check.id)).collect();
    assert_eq!(named.len(), checks().count(), "two checks name the same fault");
    let unnamed: Vec<&str> =
        Fault::ALL.iter().map(|fault| fault.name()).filter(|fault| !named.contains_key(fault)).collect();
    assert!(unnamed.is_empty(), "no check names {unnamed:?}");
    assert!(checks().count() >= 30);
}

#[test]
fn every_sentence_is_observed_and_every_check_observes_one() {
    let covered: BTreeSet<&str> = checks().flat_map(|check| check.covers).copied().collect();
    let known: BTreeSet<&str> = SENTENCES.iter().map(|sentence| sentence.id).collect();
    assert_eq!(covered, known);
    assert_eq!(known.len(), SENTENCES.len(), "an id is there twice");
    assert!(checks().all(|check| !check.covers.is_empty() && sentence(check.covers[0]).is_some()));
}

#[test]
fn checks_are_written_for_people() {
    let mut ids = BTreeSet::new();
    for check in checks() {
        let id = check.id;
        assert!(ids.insert(id), "{id} is there twice");
        assert!(matches!(id.split('/').collect::<Vec<_>>()[..], ["auth-service", _, _]), "{id}");
        for text in [check.title, check.why] {
            assert!(
                text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase() || c == '`'),
                "{id}: {text}"
            );
        }
        assert!(matches!(check.script.last(), Some(Step::Expect(_))), "{id} ends without a claim");
    }
}

/// Checks that the same faults make fail, and why both exist.
const TWINS: &[(&str, &str, &str)] = &[];

#[test]
fn each_fault_fails_the_checks_of_the_golden_matrix_and_each_check_has_faults_of_its_own() {
    let entries: Vec<(&Section, &Check)> = every_check().collect();
    let mut page = String::new();
    let mut by_check: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for fault in Fault::ALL.iter().copied() {
        let failed: Vec<String> = row(Some(fault), &entries)
            .into_iter()
            .filter(|check| match &check.verdict {
                Verdict::Fail { .. } => true,
                Verdict::Broken { reason } => panic!("{} under {fault}: {reason}", check.id),
                Verdict::Pass | Verdict::NotApplicable { .. } | Verdict::Inconclusive { .. } => false,
            })
            .map(|check| check.id)
            .collect();
        // Among all the others, too: what other checks leave behind must not hide it.
        let own = checks().find(|check| check.fault == fault.name()).unwrap();
        assert!(failed.iter().any(|id| id == own.id), "{} passes under {fault}", own.id);
        page.push_str(&format!("{fault}: {}\n", failed.join(" ")));
        failed.into_iter().for_each(|id| by_check.entry(id).or_default().push(fault.name()));
    }
    golden::compare("auth-service-fault-matrix.txt", &page);
    let mut by_faults: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for (id, faults) in &by_check {
        by_faults.entry(faults.clone()).or_default().push(id);
    }
    let twins: Vec<_> = by_faults.values().filter(|checks| checks.len() > 1).collect();
    let explained = |twins: &[&str]| TWINS.iter().any(|(a, b, _)| twins == [*a, *b]);
    let unexplained: Vec<_> = twins.iter().filter(|twins| !explained(twins)).collect();
    assert!(unexplained.is_empty(), "the same faults make these fail: {unexplained:?}");
    assert_eq!(twins.len(), TWINS.len(), "a pair of TWINS can be told apart by now");
}

#[tokio::test(start_paused = true)]
async fn verdicts_do_not_depend_on_what_ran_before() {
    let entries: Vec<(&Section, &Check)> = every_check().collect();
    let reversed: Vec<(&Section, &Check)> = entries.iter().rev().copied().collect();
    let ground =
        ProvingGround::new(FaultSet::from(Fault::LoginStateMissing), |service| service).await.unwrap();
    let verdicts = |ran: Vec<ciba_bench::record::CheckRecord>| {
        ran.into_iter().map(|check| (check.id, check.verdict.name())).collect::<BTreeMap<_, _>>()
    };
    let forwards = verdicts(ground.run(&entries).await.checks);
    let backwards = verdicts(ground.run(&reversed).await.checks);
    assert_eq!(forwards, backwards);
    assert_eq!(forwards["auth-service/decision/login-state"], "fail");
    assert_eq!(forwards["auth-service/decision/openid"], "pass");
}

const HEAD: &str = "\
# Checks of authentication services

What `ciba-bench judge auth-service` holds an authentication service against: the part that an OP calls to reach its users
(`/user/verify`, `/authentication/start`) and that reports their decisions. `mock_auth_service/openapi.yaml` describes the
contract. This page is made from the checks; a test keeps it in step with them.

The level is that of the first sentence. A check whose level is MUST ends a run with exit code 4 when it fails, SHOULD does so
under `--fail-on should`. The fault is what the mock authentication service does wrong to prove that the check can fail
(`ciba-bench selftest`).
";

#[test]
fn the_page_of_checks_is_in_step() {
    let mut text = HEAD.to_owned();
    for section in SECTIONS {
        text.push_str(&format!(
            "\n## {}\n\n| check | what it claims | level | sentences | fault |\n|---|---|---|---|---|\n",
            section.name
        ));
        for check in section.checks {
            let Check { id, title, covers, fault, .. } = check;
            text.push_str(&format!(
                "| `{id}` | {title} | {} | {} | `{fault}` |\n",
                check.level().name(),
                covers.join(", ")
            ));
        }
    }
    text.push_str("\n## Sentences\n\n| sentence | of | level | text |\n|---|---|---|---|\n");
    for sentence in SENTENCES {
        text.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            sentence.id,
            sentence.citation,
            sentence.level.name(),
            sentence.text
        ));
    }
    text.push_str(
        "\n## What a pass does not mean\n\nA check sees one login, or two, of a claim about all of them. Whether the right user is asked, what the device \
         shows and\nhow the user proves who they are cannot be seen from here. Denials, and an expiry that passes while the user thinks,\n\
         are tried where users are named for that (`--refusing-user`, `--thinking-user`). What depends on a decision is inconclusive\n\
         where none comes.\n",
    );
    golden::compare_file("docs/AUTH_SERVICE_CHECKS.md", &text);
}

/// A service that says in each answer what it was sent.
async fn echo(headers: http::HeaderMap) -> (http::StatusCode, String) {
    let basic = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    (
        http::StatusCode::BAD_REQUEST,
        format!("you sent {basic:?}, which is embedded-op:password-of-the-embedded-op"),
    )
}

#[tokio::test(start_paused = true)]
async fn no_record_holds_the_credentials_that_a_service_repeats() {
    let ground = ProvingGround::new(FaultSet::NONE, |_| axum::Router::new().fallback(echo)).await.unwrap();
    let entries: Vec<(&Section, &Check)> = every_check().collect();
    let checks = ground.run(&entries).await.checks;
    let text = serde_json::to_string(&checks).unwrap();
    assert!(text.contains("you sent") && text.contains("[secret]"), "the test sees answers: {text}");
    assert!(!text.contains("password-of-the-embedded-op"), "{text}");
    assert!(!text.contains("ZW1iZWRkZWQtb3A6cGFzc3dvcmQ"), "{text}");
    assert!(
        checks.iter().all(|check| !matches!(check.verdict, Verdict::Pass | Verdict::Broken { .. }
        if !check.id.ends_with("/malformed") && !check.id.ends_with("/in-time"))),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_that_turns_the_tool_away_or_does_not_answer_fails_nothing() {
    let away = |_| axum::Router::new().fallback(|| async { http::StatusCode::SERVICE_UNAVAILABLE });
    let lost =
        |_| axum::Router::new().fallback(|| async { axum::Extension(ciba_bench::transport::ConnectionLost) });
    let entries: Vec<(&Section, &Check)> = every_check().collect();
    for ground in
        [ProvingGround::new(FaultSet::NONE, away).await, ProvingGround::new(FaultSet::NONE, lost).await]
    {
        for check in ground.unwrap().run(&entries).await.checks {
            assert!(
                matches!(check.verdict, Verdict::Inconclusive { .. }),
                "{}: {:?}",
                check.id,
                check.verdict
            );
        }
    }
}
