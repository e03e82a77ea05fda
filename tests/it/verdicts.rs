//! The format that is committed and compared: two runs of the same server give the same file.

use ciba_bench::conformance::{Chosen, RunOptions, SECTIONS, run_and_probe};
use ciba_bench::record::RunRecord;
use ciba_bench::report::{Style, format_named};
use ciba_bench::selftest::{ProvingGround, virtual_time};
use reference_op::{Fault, FaultSet};
use tokio::sync::watch;

/// The file of a whole run against the embedded OP.
fn verdicts_of(jobs: usize, order_seed: u64, faults: &[Fault]) -> String {
    let ran = virtual_time(async {
        let ground = ProvingGround::new(faults.iter().copied().collect::<FaultSet>()).await.unwrap();
        let (_sender, stop) = watch::channel(false);
        let options = RunOptions { jobs, order_seed: Some(order_seed), budget: None, stop };
        let entries = Chosen::default().checks(SECTIONS).unwrap();
        run_and_probe(ground.surface().clone(), &entries, &options, &|_| {}).await
    });
    let sample = include_str!("../../reports/samples/conformance.json");
    let mut record: RunRecord = serde_json::from_str(sample).unwrap();
    let suite = record.conformance.as_mut().unwrap().suite.as_mut().unwrap();
    (suite.checks, suite.left_out, suite.polling) = (ran.checks, ran.left_out, ran.polling);
    let render = format_named("verdicts").unwrap().render;
    String::from_utf8(render(&record, &Style::default()).unwrap()).unwrap()
}

#[test]
fn two_runs_in_random_order_give_the_same_file() {
    let first = verdicts_of(64, 1, &[]);
    let second = verdicts_of(7, 2, &[]);
    let differing = first.lines().zip(second.lines()).find(|(first, second)| first != second);
    assert_eq!(differing, None);
    assert_eq!(first, second);
    assert!(first.lines().filter(|line| line.starts_with("pass ")).count() > 100, "{first}");
    assert!(first.contains("\npolling interval: 5 s, announced\npolling policy: ratchet\n"), "{first}");
}

#[test]
fn another_behaviour_is_another_line() {
    let fault: Fault = "tokens-after-denial".parse().unwrap();
    let (sound, faulty) = (verdicts_of(64, 1, &[]), verdicts_of(64, 1, &[fault]));
    let differing: Vec<(&str, &str)> =
        sound.lines().zip(faulty.lines()).filter(|(sound, faulty)| sound != faulty).collect();
    assert_eq!(sound.lines().count(), faulty.lines().count());
    let expected = ("pass              ", "fail violation    ");
    let check = "ciba/10.1.1/no-tokens-after-denial";
    let (before, after) = (format!("{}{check}", expected.0), format!("{}{check}", expected.1));
    assert!(differing.contains(&(before.as_str(), after.as_str())), "{differing:?}");
}
