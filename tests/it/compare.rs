//! `ciba-bench compare`: sides are found, held against each other, written down, or refused in words.

use std::collections::BTreeMap;
use std::fs;

use ciba_bench::record::{
    Arrivals, Counts, Ended, IntervalRecord, RunRecord, Span, encode, new_histogram, summaries,
};
use ciba_bench::report::load;
use serde_json::Value;

use crate::cli::{SHORT_PROFILE, Scratch, json};

/// Seconds of the measured stage.
const SECONDS: u64 = 120;

/// The profile that the records say they ran.
const PROFILE: &str = "[[workload.stages]]\nname = \"steady\"\nduration = \"2m\"\nrate = 50\n";

/// A run whose acknowledgements take `ack` times as long as another's; `seed` varies them by chance.
pub fn run(seed: u64, ack: f64) -> RunRecord {
    let sample = format!("{}/reports/samples/record.json", env!("CARGO_MANIFEST_DIR"));
    let mut record = load(&fs::read(sample).unwrap()).unwrap();
    record.run_id = format!("{seed:016x}");
    record.ended = Ended::Completed;
    record.caveats.clear();
    record.gates.clear();
    record.profile = PROFILE.to_owned();
    let mut state = seed + 1;
    let mut chance = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((state >> 33) as u32) / f64::from(1_u32 << 31)
    };
    let load = record.load.as_mut().unwrap();
    load.generator.invalid.clear();
    load.stages.retain(|stage| stage.name == "steady");
    let stage = &mut load.stages[0];
    (stage.start_s, stage.length_s) = (0.0, SECONDS as f64);
    let mut totals = BTreeMap::new();
    load.intervals = (0..SECONDS)
        .map(|second| {
            let spans = [(Span::Ack, ack), (Span::Redeem, 1.0)].map(|(span, times)| {
                let mut histogram = new_histogram::<u32>();
                for _ in 0..50 {
                    histogram.record((500.0 * times * (1.0 + chance())) as u64).unwrap();
                }
                totals.entry(span).or_insert_with(new_histogram::<u32>).add(&histogram).unwrap();
                (span, encode(&histogram))
            });
            IntervalRecord {
                start_ms: second * 1_000,
                length_ms: 1_000,
                stage: 0,
                in_flight: 3,
                counts: Counts::default(),
                spans: spans.into_iter().collect(),
            }
        })
        .collect();
    load.spans = summaries(|span| totals.get(&span));
    record
}

/// Writes a record into a folder of its own, and gives the folder.
fn folder(scratch: &Scratch, name: &str, record: &RunRecord) -> String {
    fs::create_dir_all(scratch.path(name)).unwrap();
    scratch.file(&format!("{name}/record.json"), &serde_json::to_string(record).unwrap());
    name.to_owned()
}

/// Two runs, the second one slower.
fn pair(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    folder(&scratch, "a", &run(1, 1.0));
    folder(&scratch, "b", &run(2, 1.3));
    scratch
}

#[test]
fn two_runs_are_compared_and_limits_decide_the_exit_code() {
    let scratch = pair("compare");
    let ended = scratch.run(&["compare", "a", "b/record.json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
    for part in
        ["✗ B is worse than A: ack mean, ack p50", "A  a: everything, run 0000000000000001", "no difference"]
    {
        assert!(ended.stdout.contains(part), "{part}: {}", ended.stdout);
    }
    for (limits, code, part) in [
        (&["ack p99 > 5%"][..], 7, "exit code 7: worse than the baseline"),
        (&["ack p50 > 29%"], 0, "no regression shown"),
        (&["ack p99 > 50%", "redeem p50 > 5%"], 0, "kept"),
        (&["ack p99 > 5%", "details p99 > 5%"], 6, "no run has samples of details p99"),
    ] {
        let mut arguments = vec!["compare", "a", "b"];
        limits.iter().for_each(|limit| arguments.extend(["--fail-on-regression", limit]));
        let ended = scratch.run(&arguments);
        assert_eq!(ended.code, code, "{limits:?}: {ended:?}");
        assert!(ended.stdout.contains(part), "{part}: {}", ended.stdout);
    }
    let wide = scratch.run(&["compare", "a", "b", "--noise", "60%"]);
    assert!(wide.stdout.contains("✓ no difference between A and B"), "{wide:?}");
    assert_eq!(scratch.names(), ["a", "b"]);
}

#[test]
fn a_comparison_is_one_json_document_or_files() {
    let scratch = pair("compare-out");
    let arguments = ["compare", "a", "b", "--json", "--fail-on-regression", "ack p99 > 5%"];
    let ended = scratch.run(&arguments);
    assert_eq!((ended.code, ended.stderr.as_str()), (7, ""), "{ended:?}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&document["exit_code"], &document["verdict"]), (&7.into(), &"regression".into()));
    let figures = document["against"][0]["figures"].as_array().unwrap();
    let ack = figures.iter().find(|of| of["figure"] == "ack p99").unwrap();
    assert_eq!((&ack["difference"], &ack["baseline"]["samples"]), (&"worse".into(), &6000.into()), "{ack}");
    let number = |name: &str| ack["ratio"][name].as_f64().unwrap();
    assert!(number("low") < 1.3 && number("high") > 1.3 && number("low") > 1.25, "{ack}");
    let written = scratch.run(&["compare", "a", "b", "--out", "c"]);
    assert_eq!(written.code, 0, "{written:?}");
    assert!(written.stderr.contains("written: c/comparison.txt"), "{written:?}");
    for file in ["comparison.txt", "comparison.html", "comparison.md", "comparison.json"] {
        assert!(
            fs::metadata(scratch.path(&format!("c/{file}"))).is_ok_and(|file| file.len() > 500),
            "{file}"
        );
    }
    assert_eq!(fs::read_to_string(scratch.path("c/comparison.txt")).unwrap(), written.stdout);
    assert_eq!(json(&scratch.path("c/comparison.json"))["schema"], "ciba-bench/comparison/1");
    let markdown = scratch.run(&["compare", "a", "b", "--format", "markdown", "--quiet"]);
    assert!(markdown.stdout.starts_with("## ❌ ciba-bench compare: worse"), "{markdown:?}");
    scratch
        .run(&["compare", "a", "b", "--format", "markdown,json"])
        .refused(2, &["give --out DIR for files"]);
}

#[test]
fn repeated_runs_of_a_side_are_a_list_or_a_folder() {
    let scratch = Scratch::new("compare-repeated");
    for number in 1..=4 {
        folder(&scratch, &format!("before/{number}"), &run(number, 1.0));
        folder(&scratch, &format!("after/{number}"), &run(10 + number, 1.2));
    }
    let listed = "after/1,after/2,after/3,after/4/record.json";
    for other in ["after", listed] {
        let ended = scratch.run(&["compare", "before", other, "--fail-on-regression", "ack p50 > 10%"]);
        assert_eq!(ended.code, 7, "{ended:?}");
        assert!(
            ended.stdout.contains("4 runs of A against 4 of B: ratio and interval come from"),
            "{ended:?}"
        );
        assert!(ended.stdout.contains("0.029"), "p of four against four: {ended:?}");
    }
    let few = scratch.run(&["compare", "before/1,before/2", "after/1"]);
    assert!(few.stdout.contains("of their ranks can show"), "{few:?}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let scratch = pair("compare-refused");
    let mut other = run(3, 1.0);
    other.profile = PROFILE.replace("rate = 50", "rate = 60");
    folder(&scratch, "faster", &other);
    let mut closed = run(4, 1.0);
    closed.load.as_mut().unwrap().arrivals = Arrivals::Closed;
    folder(&scratch, "closed", &closed);
    let suite = format!("{}/reports/samples/conformance.json", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(scratch.path("a/record.json")).unwrap();
    scratch.file("cut.json", &text[..text.len() / 2]);
    scratch.file("empty.json", "");
    scratch.file("edited.json", &text.replacen("\"spans\":{\"ack\":\"", "\"spans\":{\"ack\":\"AAAA", 1));
    scratch.file("old.json", &text.replace("ciba-bench/run/1", "ciba-bench/run/0"));
    fs::create_dir(scratch.path("nothing")).unwrap();
    for (sides, parts) in [
        (&["a"][..], &["1 side to compare, expected a baseline and at least one other"][..]),
        (&["a", "gone"], &["gone: the record cannot be read"]),
        (
            &["gone", "nothing"],
            &["gone: the record", "nothing: holds neither record.json nor folders of runs"],
        ),
        (&["a", "cut.json"], &["cut.json: the record ends in the middle"]),
        (&["a", "empty.json"], &["empty.json: the record is empty"]),
        (&["a", "edited.json"], &["edited.json: field load.intervals[0].spans.ack", "changed by hand"]),
        (&["a", "old.json"], &["field schema is \"ciba-bench/run/0\""]),
        (&["a", &suite], &["conformance.json: the record holds no load"]),
        (&["a", "b,b"], &["b: run 0000000000000002 stands twice on one side"]),
        (&["a", "b,"], &["nothing beside a comma"]),
        (&["a", "faster"], &["workload.stages[0].rate is 60 against 50", "--despite-differences"]),
        (&["a", "closed"], &["the load model is closed against open"]),
        (&["a", "b", "--fail-on-regression", "notfy p99 > 5%"], &["did you mean \"notify\""]),
        (&["a", "b", "--fail-on-regression", "ack p98 > 5%"], &["expected a statistic (mean, p50"]),
        (&["a", "b", "--noise", "5"], &["expected a share from 0% to 100%"]),
        (&["a", "b", "--out", "a/record.json/x"], &["--out a/record.json/x: cannot be written"]),
    ] {
        let arguments: Vec<&str> = ["compare"].into_iter().chain(sides.iter().copied()).collect();
        scratch.run(&arguments).refused(2, parts);
    }
    let ended = scratch.run(&["compare", "a", "faster", "--despite-differences"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("ran under another load"), "{ended:?}");
}

#[test]
fn a_bad_baseline_is_refused_before_a_run_starts() {
    let scratch = pair("compare-baseline");
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let mut invalid = run(3, 1.0);
    invalid.profile = SHORT_PROFILE.to_owned();
    folder(&scratch, "fit", &invalid);
    invalid.load.as_mut().unwrap().generator.invalid.push("flows began late".to_owned());
    folder(&scratch, "invalid", &invalid);
    for (arguments, part) in [
        (&["--baseline", "gone"][..], "gone: the record cannot be read"),
        (&["--baseline", "a"], "--baseline a: another load than this run's: the profiles differ"),
        (
            &["--baseline", "invalid"],
            "the run is invalid, nothing could be said against it: flows began late",
        ),
        (&["--baseline", "fit", "--fail-on-regression", "notify p99 > 5%"], "A has no samples"),
        (&["--baseline", "fit", "--fail-on-regression", "notfy p99 > 5%"], "did you mean \"notify\""),
        (&["--fail-on-regression", "ack p99 > 5%"], "--baseline"),
    ] {
        let all: Vec<&str> = ["run", &profile, "--out", "out"].iter().chain(arguments).copied().collect();
        scratch.run(&all).refused(2, &[part]);
        assert!(!scratch.path("out").exists(), "{arguments:?}");
    }
}

#[test]
fn a_run_is_compared_with_its_baseline() {
    let scratch = Scratch::new("compare-run");
    let profile = scratch.file("short.toml", SHORT_PROFILE);
    let mut baseline = run(3, 1.0);
    baseline.profile = SHORT_PROFILE.to_owned();
    folder(&scratch, "baseline", &baseline);
    let run = |out: &str, limit: &[&str]| {
        let arguments =
            [&["run", &profile, "--out", out, "--json", "--quiet", "--baseline", "baseline"], limit];
        scratch.run(&arguments.concat())
    };
    let ended = run("plain", &[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document["comparison"]["against"][0]["letter"], "B", "{document}");
    for file in ["record.json", "report.html", "comparison.txt", "comparison.html", "comparison.json"] {
        assert!(
            fs::metadata(scratch.path(&format!("plain/{file}"))).is_ok_and(|file| file.len() > 500),
            "{file}"
        );
    }
    // Twelve flows say nothing of a p99: a limit about it is not kept.
    let limited = run("limited", &["--fail-on-regression", "ack p99 > 5%"]);
    assert_eq!(limited.code, 6, "{limited:?}");
    let document: Value = serde_json::from_str(&limited.stdout).unwrap();
    assert_eq!(
        (&document["exit_code"], &document["verdict"]),
        (&6.into(), &"inconclusive".into()),
        "{document}"
    );
    let table = fs::read_to_string(scratch.path("limited/comparison.txt")).unwrap();
    assert!(table.contains("ack p99 > 5%: B has too few samples, it takes 300"), "{table}");
    // The report and the comparison each name an exit code; the last one is that of the process.
    let last = ["run", &profile, "--out", "last", "--quiet", "--baseline", "baseline"];
    let ended = scratch.run(&[&last[..], &["--fail-on-regression", "ack p99 > 5%"]].concat());
    let lines: Vec<&str> = ended.stdout.trim_end().lines().rev().take(2).collect();
    assert!(lines[0].starts_with(&format!("  exit code {}: ", ended.code)), "{lines:?}");
    assert!(lines[1].ends_with("; held against its baseline: inconclusive"), "{lines:?}");
}
