//! The log that a run keeps of itself: whatever happens to the run, its folder still tells what was measured.

use crate::cli::{Running, Scratch, get, served_op};
use crate::rig::{MODES, assert_books_close};
use crate::simulation::{MIXED, simulate_logged};
use ciba_bench::checkpoint::{Log, rebuild};
use ciba_bench::load::Logging;
use ciba_bench::record::{Ended, Environment, RunRecord, SCHEMA, TargetSeen};
use serde_json::Value;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Storage in memory that is full after so many bytes, and that the test can look into.
#[derive(Clone)]
struct Disk {
    held: Arc<Mutex<Cursor<Vec<u8>>>>,
    room: usize,
}

impl Disk {
    fn new(room: usize) -> Self {
        Disk { held: Arc::default(), room }
    }

    fn content(&self) -> Vec<u8> {
        self.held.lock().unwrap().get_ref().clone()
    }

    fn logging(&self) -> Logging {
        let log = Log::new(Box::new(self.clone()), "the/place".to_owned());
        Logging { log, record: known() }
    }
}

impl Read for Disk {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.held.lock().unwrap().read(into)
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.held.lock().unwrap();
        let left = self.room.saturating_sub(held.get_ref().len());
        if left == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        // As a disk does: what still fits is written, and the rest is not.
        held.write(&bytes[..bytes.len().min(left)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.held.lock().unwrap().seek(to)
    }
}

fn known() -> RunRecord {
    RunRecord {
        schema: SCHEMA.to_owned(),
        run_id: "1".to_owned(),
        name: "test".to_owned(),
        command: Vec::new(),
        started_at: String::new(),
        elapsed_s: 0.0,
        ended: Ended::Completed,
        seed: 7,
        environment: Environment { cores: 1, ..Environment::default() },
        target: TargetSeen {
            issuer: "http://op.test".to_owned(),
            reference: true,
            backchannel_authentication_endpoint: String::new(),
            token_endpoint: String::new(),
            delivery_modes: Vec::new(),
            faults: Vec::new(),
        },
        profile: MIXED.to_owned(),
        conformance: None,
        load: None,
        capacity: None,
        gates: Vec::new(),
        caveats: Vec::new(),
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_of_a_run_holds_everything_that_its_record_does() {
    let disk = Disk::new(usize::MAX);
    let ran = simulate_logged(MIXED, &MODES, disk.logging()).await;
    assert_books_close(&ran);
    let measured = &ran.result.load;
    assert!(measured.intervals.len() > 10, "the intervals were read back from the log");
    let rebuilt = rebuild(&disk.content()).unwrap();
    let load = rebuilt.record.load.unwrap();
    assert_eq!(load.counts, measured.counts);
    assert_eq!(load.intervals, measured.intervals);
    assert_eq!(load.spans, measured.spans);
    assert_eq!(load.polling, measured.polling);
    assert_eq!(load.stages.len(), measured.stages.len());
    for (rebuilt, stage) in load.stages.iter().zip(&measured.stages) {
        assert_eq!(
            (&rebuilt.name, &rebuilt.counts, &rebuilt.spans),
            (&stage.name, &stage.counts, &stage.spans)
        );
        assert!((rebuilt.length_s - stage.length_s).abs() < 0.002, "{rebuilt:?}\n{stage:?}");
        assert_eq!((rebuilt.asked_from, rebuilt.asked_to), (stage.asked_from, stage.asked_to));
    }
    assert_eq!(rebuilt.record.conformance.unwrap(), ran.result.conformance);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_ends_the_run_in_order_and_loses_nothing() {
    for room in [0, 10, 3_000, 12_000] {
        let disk = Disk::new(room);
        let ran = simulate_logged(MIXED, &MODES, disk.logging()).await;
        // The intervals add up to the run, those before the disk was full and those after.
        assert_books_close(&ran);
        let Ended::Failed { reason } = &ran.result.ended else { panic!("{:?}", ran.result.ended) };
        assert!(reason.starts_with("the/place: the log of the run cannot be written: "), "{reason}");
        assert!(reason.contains("no storage space"), "{reason}");
        assert!(ran.result.elapsed_s < 9.9, "room for {room}: the run was ended, not carried on");
        // And what was written before can still be read.
        if room > 10_000 {
            assert!(!rebuild(&disk.content()).unwrap().record.load.unwrap().intervals.is_empty());
        }
    }
}

const STEADY: &str = r#"
drain = "5s"
flow.first_poll = "at_once"
[decisions]
delay.constant = "100ms"
[[workload.stages]]
name = "steady"
duration = "60s"
rate = 60
"#;

/// Frames of the log that are whole, by what can be rebuilt from it.
fn intervals(log: &Path) -> usize {
    let bytes = std::fs::read(log).unwrap_or_default();
    rebuild(&bytes).map_or(0, |rebuilt| rebuilt.record.load.map_or(0, |load| load.intervals.len()))
}

#[test]
fn a_run_that_was_killed_still_has_its_report() {
    let scratch = Scratch::new("killed");
    // In a process of its own, so that it lives on.
    let (op, management) = served_op(&scratch, &[]);
    let profile = scratch.file("steady.toml", STEADY);
    let out = scratch.path("out").display().to_string();
    let memory = "printf '212 MiB'";
    let run = Running::start(
        &scratch,
        &["run", &profile, "--target", "target.toml", "--out", &out, "--quiet", "--sut-memory", memory],
    );
    let log = scratch.path("out/checkpoint.log");
    // Three whole intervals are in the log; the fourth is under way.
    while intervals(&log) < 3 {
        std::thread::yield_now();
    }
    run.signal(rustix::process::Signal::KILL);
    run.wait();
    // The OP's own count of what it answered.
    let answer = get(&management, "/access-log");
    let counted: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    op.signal(rustix::process::Signal::TERM);
    op.wait();

    let shown = scratch.run(&["report", &out]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for part in [
        "inconclusive: the run was cut off",
        "before it could write its record",
        "run again for the full length",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    let json = scratch.run(&["report", &out, "--format", "json"]);
    let record: Value = serde_json::from_str(&json.stdout).unwrap();
    let load = &record["load"];
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let outcomes: u64 = load["flows"]["outcomes"].as_object().unwrap().values().map(number).sum();
    assert_eq!(number(&load["flows"]["started"]), outcomes, "the accounting closes: {}", load["flows"]);
    let memory = &load["server_memory"];
    assert_eq!(memory["samples"][0]["bytes"], 212 * 1_048_576, "{memory}");
    // What the record holds happened, and no more is missing than what one interval can hold.
    let ours = number(&load["backchannel_authentication"]["acknowledged"]);
    let theirs = number(&counted["backchannel_authentication"]["acknowledged"]);
    let last = load["intervals"].as_array().unwrap().last().unwrap();
    let ended_s = (number(&last["start_ms"]) + number(&last["length_ms"])) as f64 / 1e3;
    assert!(ours > 60 && ours <= theirs, "{ours} of {theirs}");
    assert!((ended_s - record["elapsed_s"].as_f64().unwrap()).abs() < 1e-6);
    // Flows are due 60 times a second, and the next interval would have been written after one more second: what is missing was
    // due in it, or in the time that the system took to let the two processes run.
    let missing = theirs - ours;
    let kept = load["intervals"].as_array().unwrap().len();
    assert!(missing <= ours, "{missing} of {theirs} are missing after {kept} intervals");
    let refused = scratch.run(&["run", &profile, "--out", &out]);
    refused.refused(2, &["holds the log of a run that was cut off", "ciba-bench report"]);
}

#[test]
fn logs_that_are_none_are_refused_with_file_and_reason() {
    let scratch = Scratch::new("no-log");
    for (name, bytes, part) in [
        ("empty", &b""[..], "the log is empty"),
        ("foreign", b"PK\x03\x04 something else", "this is no log of a run"),
        ("later", b"ciba-bench/checkpoint/7\n....", "read it with the version that wrote it"),
        ("torn", b"ciba-bench/checkpoint/1\n\0\0", "ends before its first frame"),
    ] {
        let folder = scratch.path(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("checkpoint.log"), bytes).unwrap();
        let told = scratch.run(&["report", name]);
        told.refused(2, &[&format!("{name}/checkpoint.log"), part]);
    }
}
