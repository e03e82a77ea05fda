//! Every fault of the embedded OP against every check: which checks notice which faults, as a golden file that is reviewed.

use crate::golden;
use ciba_bench::conformance::every_check;
use ciba_bench::record::Verdict;
use ciba_bench::selftest;
use reference_op::Fault;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Checks that the same faults make fail, and why both exist.
const TWINS: &[(&str, &str, &str)] = &[(
    "ciba/7.2/wrong-secret",
    "ciba/13/invalid-client-401",
    "the first allows the status 400 in a run that is not strict, the second asks for nothing but the status",
)];

/// The checks that fail under each fault, in the order of the faults.
fn failures() -> Vec<(Fault, Vec<String>)> {
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(|| {
                while let Some(fault) = Fault::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let failed = selftest::matrix(Some(*fault))
                        .checks
                        .into_iter()
                        .filter(|check| match &check.verdict {
                            Verdict::Fail { .. } => true,
                            Verdict::Broken { reason } => panic!("{} under {fault}: {reason}", check.id),
                            Verdict::Pass | Verdict::NotApplicable { .. } | Verdict::Inconclusive { .. } => {
                                false
                            }
                        })
                        .map(|check| check.id)
                        .collect();
                    rows.lock().unwrap().push((*fault, failed));
                }
            });
        }
    });
    let mut rows: Vec<(Fault, Vec<String>)> = rows.into_inner().unwrap();
    rows.sort_by_key(|(fault, _)| *fault as usize);
    rows
}

#[test]
fn each_fault_fails_the_checks_of_the_golden_matrix_and_each_check_has_faults_of_its_own() {
    let rows = failures();
    let page: String =
        rows.iter().map(|(fault, failed)| format!("{fault}: {}\n", failed.join(" "))).collect();
    golden::compare("fault-matrix.txt", &page);
    let mut by_faults: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for (_, check) in every_check() {
        let faults: Vec<&str> = rows
            .iter()
            .filter(|(_, failed)| failed.iter().any(|id| id == check.id))
            .map(|(fault, _)| fault.name())
            .collect();
        by_faults.entry(faults).or_default().push(check.id);
    }
    let twins: Vec<_> = by_faults.values().filter(|checks| checks.len() > 1).collect();
    let explained = |twins: &[&str]| TWINS.iter().any(|(a, b, _)| twins == [*a, *b]);
    let unexplained: Vec<_> = twins.iter().filter(|twins| !explained(twins)).collect();
    assert!(unexplained.is_empty(), "the same faults make these fail: {unexplained:?}");
    assert_eq!(twins.len(), TWINS.len(), "a pair of TWINS can be told apart by now");
}
