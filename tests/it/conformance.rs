//! The conformance suite against the embedded OP, in process.

use ciba_bench::conformance::{
    self, Check, Chosen, Coverage, RunOptions, SECTIONS, Section, every_check, requirement, requirements,
};
use ciba_bench::record::CheckRecord;
use ciba_bench::selftest::{self, ProvingGround};
use reference_op::{Fault, FaultSet};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::watch;

fn checks() -> impl Iterator<Item = &'static Check> {
    every_check().map(|(_, check)| check)
}

#[test]
fn without_faults_every_check_passes_and_its_own_fault_makes_it_fail() {
    let unproven: Vec<String> = selftest::diagonal()
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
    assert!(checks().count() >= 80);
}

#[test]
fn every_requirement_is_either_covered_or_has_a_reason() {
    let covered: BTreeSet<&str> = checks().flat_map(|check| check.covers).copied().collect();
    let unknown: Vec<&&str> = covered.iter().filter(|id| requirement(id).is_none()).collect();
    assert!(unknown.is_empty(), "covered, but in no table: {unknown:?}");
    for requirement in requirements() {
        let by_checks = matches!(requirement.coverage, Coverage::ByChecks);
        assert_eq!(covered.contains(requirement.id.as_str()), by_checks, "{}", requirement.id);
    }
}

#[test]
fn checks_are_written_for_people() {
    let mut ids = BTreeSet::new();
    for check in checks() {
        let id = check.id;
        assert!(ids.insert(id), "{id} is there twice");
        let parts: Vec<&str> = id.split('/').collect();
        assert!(matches!(parts[..], ["ciba" | "oauth" | "oidc" | "fapi" | "open-banking", _, _]), "{id}");
        let slug =
            |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(slug(parts[2]), "{id}");
        assert!(!check.covers.is_empty(), "{id} covers nothing");
        for text in [check.title, check.why] {
            assert!(text.ends_with('.') && text.starts_with(char::is_uppercase), "{id}: {text}");
            assert!(text.len() <= 400, "{id}: {text}");
        }
        let claims = check
            .script
            .iter()
            .any(|step| matches!(step, conformance::Step::Expect(_) | conformance::Step::Custom(..)));
        assert!(claims, "{id} claims nothing");
    }
}

/// `--strict` narrows what is claimed. A precondition that it narrows would make checks inconclusive instead.
#[test]
fn no_precondition_asks_for_more_in_a_strict_run() {
    use conformance::{Claim, Step};
    for check in checks() {
        for step in check.script {
            let narrowed = matches!(step, Step::Given(Claim::Refused(allowed)) if allowed.len() > 1);
            assert!(!narrowed, "{}: {step}", check.id);
        }
    }
}

/// Everything of a run that must not depend on the order: ids and verdicts.
fn verdicts(records: &[CheckRecord]) -> Vec<String> {
    records.iter().map(|record| format!("{} {:?}", record.id, record.verdict)).collect()
}

fn run_with(jobs: usize, order_seed: Option<u64>, faults: FaultSet) -> Vec<String> {
    let entries: Vec<(&Section, &Check)> = Chosen::default().checks(SECTIONS).unwrap();
    selftest::virtual_time(async {
        let ground = ProvingGround::new(faults).await.unwrap();
        let (_sender, stop) = watch::channel(false);
        let options = RunOptions { jobs, order_seed, budget: None, stop };
        let ran = conformance::run(ground.surface().clone(), &entries, &options, &|_| {}).await;
        assert_eq!((ran.left_out.len(), ran.checks.len()), (0, entries.len()));
        verdicts(&ran.checks)
    })
}

#[test]
fn verdicts_depend_neither_on_the_order_nor_on_how_many_run_side_by_side() {
    for faults in
        [FaultSet::NONE, Fault::ALL.iter().copied().filter(|f| f.name().starts_with("ping-as")).collect()]
    {
        let expected = run_with(64, None, faults);
        for (jobs, seed) in [(64, None), (1, None), (7, Some(1)), (64, Some(2)), (1, Some(3))] {
            let found = run_with(jobs, seed, faults);
            let differing = expected.iter().zip(&found).find(|(a, b)| a != b);
            assert_eq!(differing, None, "{jobs} jobs, seed {seed:?}");
        }
    }
}
