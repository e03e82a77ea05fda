//! What the report of a run of a day costs: time, memory and size of `report.html`, by the command that people use.
//!
//! ```text
//! cargo bench --bench long_report [-- INTERVALS]
//! ```
//!
//! A load keeps 3,600 intervals at most, so those of a day are 24 s long. More of them only come from elsewhere.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

use ciba_bench::ciba::Named;
use ciba_bench::clock::Clock;
use ciba_bench::record::{IntervalRecord, RunRecord, Span, StageRecord, Summary, encode, new_histogram};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Length of the run, in seconds.
const DAY_S: u64 = 86_400;
/// Intervals of the longest record that a load writes.
const INTERVALS: u64 = 3_600;
const STAGES: u64 = 8;
/// Samples of a span in an interval.
const SAMPLES: u64 = 300;
/// Bounds: time, resident memory in KiB, size of the file in bytes.
const TIME_MAX: Duration = Duration::from_secs(5);
const RESIDENT_MAX_KIB: u64 = 300 * 1024;
const FILE_MAX: u64 = 6 << 20;
/// How often the memory of the command is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Whatever stops a measurement.
type Failed = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let intervals = std::env::args().skip(1).find(|word| word != "--bench");
    let intervals = intervals.map(|intervals| intervals.parse()).transpose()?.unwrap_or(INTERVALS);
    let folder = std::env::temp_dir().join(format!("ciba-bench-long-report-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let measured = measure(intervals, &folder);
    fs::remove_dir_all(&folder)?;
    measured
}

fn measure(intervals: u64, folder: &Path) -> Result<(), Failed> {
    let (record, page) = (folder.join("record.json"), folder.join("report.html"));
    serde_json::to_writer(std::io::BufWriter::new(File::create(&record)?), &of_a_day(intervals)?)?;
    let clock = Clock::system();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ciba-bench"))
        .args(["report", "--format", "html"])
        .arg(&record)
        .stdout(Stdio::from(File::create(&page)?))
        .spawn()?;
    let mut resident = 0;
    let status = loop {
        if let Some(status) = command.try_wait()? {
            break status;
        }
        resident = resident.max(resident_kib(command.id()).unwrap_or(0));
        std::thread::sleep(LOOK_EVERY);
    };
    let took = clock.now().saturating_duration_since(clock.start());
    if !status.success() {
        return Err(format!("ciba-bench report: {status}").into());
    }
    let (read, written) = (fs::metadata(&record)?.len(), fs::metadata(&page)?.len());
    let kept = |kept: bool| if kept { "kept" } else { "MISSED" };
    println!(
        "24 h in {intervals} intervals, {STAGES} stages, {} series, a record of {:.1} MB",
        Span::ALL.len(),
        mb(read)
    );
    println!("time:     {:.2} s; bound: <= 5 s: {}", took.as_secs_f64(), kept(took <= TIME_MAX));
    println!(
        "resident: {:.0} MiB; bound: <= 300 MiB: {}",
        resident as f64 / 1024.0,
        kept(resident <= RESIDENT_MAX_KIB)
    );
    println!("file:     {:.2} MB; bound: <= 6 MiB: {}", mb(written), kept(written <= FILE_MAX));
    Ok(())
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The most that a process has had in memory so far, in KiB.
fn resident_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

/// A committed record, stretched to a day: all spans in all intervals.
fn of_a_day(intervals: u64) -> Result<RunRecord, Failed> {
    let sample = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/reports/samples/record.json"))?;
    let mut record: RunRecord = serde_json::from_slice(&sample)?;
    record.elapsed_s = DAY_S as f64;
    let load = record.load.as_mut().ok_or("the sample has no load")?;
    let interval = load.intervals.first().ok_or("the sample has no interval")?.clone();
    let stage_s = DAY_S / STAGES;
    let stages = (0..STAGES).map(|number| StageRecord {
        name: format!("stage-{number}"),
        measured: true,
        start_s: (number * stage_s) as f64,
        length_s: stage_s as f64,
        ..load.stages[0].clone()
    });
    load.stages = stages.collect();
    let length_ms = DAY_S * 1_000 / intervals;
    let mut noise = 1;
    load.intervals = (0..intervals)
        .map(|number| IntervalRecord {
            start_ms: number * length_ms,
            length_ms,
            stage: usize::try_from(number * STAGES / intervals).unwrap_or(0),
            spans: Span::ALL.iter().map(|span| (*span, encode(&histogram(&mut noise)))).collect(),
            ..interval.clone()
        })
        .collect();
    let all = histogram(&mut noise);
    let summary = Summary::of(&all).ok_or("an empty histogram")?;
    load.spans = Span::ALL.iter().map(|span| (*span, summary.clone())).collect::<BTreeMap<_, _>>();
    Ok(record)
}

/// Samples around 5 ms with a long tail, each interval with others.
fn histogram(noise: &mut u64) -> hdrhistogram::Histogram<u64> {
    let mut histogram = new_histogram();
    for _ in 0..SAMPLES {
        // Numerical Recipes' generator: any would do.
        *noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) % (1 << 32);
        let uniform = (*noise as f64 + 1.0) / 4_294_967_296.0;
        histogram.saturating_record((5_000.0 * (1.0 - uniform.ln())) as u64);
    }
    histogram
}
