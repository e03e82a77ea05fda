//! `ciba-bench compare --sizing` as a process, over records of searches.

use serde_json::{Value, json};

use crate::cli::Scratch;

/// The record of a search that found its bracket, by a server that takes 2 kB for each pending flow.
pub fn record(labels: Value, lower: f64) -> Value {
    let sample = format!("{}/reports/samples/record.json", env!("CARGO_MANIFEST_DIR"));
    let mut record: Value = serde_json::from_slice(&std::fs::read(sample).unwrap()).unwrap();
    let memory = |at: u64| json!({ "at_ms": at * 2_000, "in_flight": at * 100, "started": at * 100, "bytes": 90_000_000 + at * 200_000 + at % 2 * 9_000 });
    let trial = |rate: f64, verdict: Value| {
        json!({
            "part": "deciding", "rate_per_s": rate, "length_s": 60.0, "warmup_s": 5.0, "started_at": "2026-11-23T12:00:00Z",
            "elapsed_s": 70.0, "verdict": verdict, "completed_per_s": rate, "authentication_requests_per_s": rate,
            "polls_per_s": rate * 3.0, "pings_per_s": rate / 2.0, "in_flight_peak": 900, "cpu_share": 0.2, "rss_peak_mib": 40,
            "folder": format!("trial-{rate}"),
            "server_memory": { "command": "cat rss", "samples": (0..10).map(memory).collect::<Vec<_>>(), "failures": 0 }
        })
    };
    let broken = json!({ "broken": { "threshold": "ack p99 < 250ms", "value": "612 ms" } });
    record["capacity"] = json!({
        "thresholds": ["ack p99 < 250ms"],
        "search": {
            "lowest_per_s": 1.0, "highest_per_s": 1000.0, "width": 0.05, "first_trial_s": 5.0, "last_trial_s": 60.0,
            "duration_sum_s": 60.0, "exceed_ratio": 0.25, "trials_max": 40, "time_max_s": 3600.0, "settle_s": 2.0
        },
        "labels": labels,
        "cost_per_hour": lower / 100.0,
        "outcome": { "found": {
            "lower_per_s": lower, "upper_per_s": lower * 1.05, "conditional_per_s": lower, "first_broken": "ack p99 < 250ms"
        } },
        "trials": [trial(lower, json!("met")), trial(lower * 1.05, broken)],
    });
    record
}

/// The same in a folder of its own.
fn search(scratch: &Scratch, name: &str, labels: Value, lower: f64) {
    std::fs::create_dir(scratch.path(name)).unwrap();
    std::fs::write(scratch.path(&format!("{name}/record.json")), record(labels, lower).to_string()).unwrap();
}

#[test]
fn searches_of_several_sizes_are_held_side_by_side() {
    let scratch = Scratch::new("sizing");
    for (size, lower) in [(1, 100.0), (2, 190.0), (4, 340.0)] {
        search(
            &scratch,
            &format!("size-{size}"),
            json!({ "size": format!("{size}cpu"), "nodes": "2" }),
            lower,
        );
    }
    let sides = ["size-4", "size-1", "size-2"];
    let sized = scratch.run(&[&["compare", "--sizing", "--rate", "130/s"][..], &sides].concat());
    assert_eq!((sized.code, sized.stderr.as_str()), (0, ""), "{sized:?}");
    let at =
        |text: &str| sized.stdout.find(text).unwrap_or_else(|| panic!("no {text:?} in\n{}", sized.stdout));
    assert!(
        at("nodes=2,size=1cpu") < at("nodes=2,size=2cpu")
            && at("nodes=2,size=2cpu") < at("nodes=2,size=4cpu")
    );
    at("95.0 %");
    at("a scaling law needs 6 sizes, these runs have 3");
    at("130 flows/s: nodes=2,size=2cpu, at 1.90 an hour");
    // Eight processors carry 340 backchannel requests a second, of which 30 % are left unused.
    at("1 vCPU per 29.7 backchannel requests/s together with 89.2 polls/s and 14.9 pings/s");
    at("2.00 MB per 1,000 pending flows");

    let document = scratch.run(&[&["compare", "--sizing", "--json"][..], &sides].concat());
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!((&document["exit_code"], &document["sizes"][0]["vcpus"]), (&json!(0), &json!(2.0)));
    assert!(document["law"].as_str().unwrap().contains("6 sizes"));
    let comment = scratch.run(&[&["compare", "--sizing", "--format", "markdown"][..], &sides].concat());
    assert!(comment.stdout.contains("| size | runs |"), "{comment:?}");

    let written = scratch.run(&[&["compare", "--sizing", "--out", "all"][..], &sides].concat());
    assert_eq!(written.code, 0, "{written:?}");
    for file in ["sizing.txt", "sizing.html", "sizing.md", "sizing.json"] {
        assert!(std::fs::metadata(scratch.path("all").join(file)).unwrap().len() > 500, "{file}");
    }
    let page = scratch.run(&[&["compare", "--sizing", "--format", "html"][..], &sides].concat());
    assert!(page.stdout.starts_with("<!DOCTYPE html>") && page.stdout.contains("data-plot=\"capacity\""));
}

#[test]
fn what_cannot_be_sized_is_named() {
    let scratch = Scratch::new("sizing-refused");
    search(&scratch, "no-labels", json!({}), 100.0);
    search(&scratch, "labelled", json!({ "vcpu": "1" }), 100.0);
    std::fs::create_dir(scratch.path("a-run")).unwrap();
    let sample = format!("{}/reports/samples/record.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(sample, scratch.path("a-run/record.json")).unwrap();
    for (arguments, told) in [
        (&["labelled", "a-run"][..], "a-run is no search for a capacity"),
        (&["no-labels"], "no-labels has no labels"),
        (&["nowhere"], "nowhere"),
        (&["labelled", "--rate", "many"], "expected a rate per second"),
        (&["labelled", "--headroom", "100%"], "expected a share from 0% to below 100%"),
        (&["labelled", "--format", "html,table"], "standard output takes one format"),
    ] {
        let refused = scratch.run(&[&["compare", "--sizing"][..], arguments].concat());
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains(told), "{refused:?}");
    }
}
