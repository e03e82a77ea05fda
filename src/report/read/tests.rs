use super::load;
use crate::record::sample;
use crate::report::{FORMATS, Style};
use proptest::prelude::*;
use serde_json::Value;
use std::sync::LazyLock;

static COMPLETE: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(sample::complete()).unwrap());
static PASSED: LazyLock<Vec<u8>> = LazyLock::new(|| serde_json::to_vec(&sample::passed()).unwrap());

static CONFORMANCE: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(sample::conformance()).unwrap());

fn changed(pointer: &str, to: Value) -> Vec<u8> {
    changed_in(&COMPLETE, pointer, to)
}

fn changed_in(record: &Value, pointer: &str, to: Value) -> Vec<u8> {
    let mut value = record.clone();
    *value.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = to;
    serde_json::to_vec(&value).unwrap()
}

/// The error and its causes, as the command line prints them.
fn refused(bytes: &[u8]) -> String {
    let error = load(bytes).unwrap_err();
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

#[test]
fn what_was_written_is_read_back() {
    for record in [sample::passed(), sample::complete(), sample::conformance(), sample::gate()] {
        let again = load(&serde_json::to_vec(&record).unwrap()).unwrap();
        // Too much to be printed.
        assert!(again == record, "{} changed", record.name);
    }
}

#[test]
fn what_is_no_record_says_what_to_do() {
    let whole = serde_json::to_vec(&*COMPLETE).unwrap();
    for (bytes, parts) in [
        (&b""[..], &["is empty", "run again"][..]),
        (b" \n", &["is empty"]),
        (&whole[..whole.len() / 2], &["ends in the middle", "line 1, column"]),
        (b"<html>", &["is not JSON", "line 1 column 1"]),
        (b"{} {}", &["is not JSON", "trailing characters"]),
        (b"[]", &["not an object"]),
        (b"{}", &["field schema is missing"]),
        (b"{\"schema\":7}", &["field schema is \"7\"", "does not say which"]),
        (b"{\"schema\":\"ciba-bench/run/1\"}", &["field (the whole record)", "missing field"]),
    ] {
        let error = refused(bytes);
        assert!(parts.iter().all(|part| error.contains(part)), "{parts:?}: {error}");
    }
    let error = refused(&changed("/schema", "ciba-bench/run/2".into()));
    assert!(error.contains("\"ciba-bench/run/2\"") && error.contains("ciba-bench 0.1.0"), "{error}");
}

#[test]
fn a_field_that_was_changed_by_hand_is_named() {
    let other = serde_json::to_value(sample::spread(7, 1.0, 2.0)).unwrap()["histogram"].clone();
    for (pointer, to, parts) in [
        ("/elapsed_s", "long".into(), &["field elapsed_s:", "expected f64"][..]),
        ("/ended", "later".into(), &["field ended", "later"]),
        ("/caveats/0", "doubt".into(), &["field caveats[0]", "doubt"]),
        ("/gates/1", serde_json::json!({"met": true}), &["field gates[1]", "expression"]),
        (
            "/conformance/violations/3/level",
            "shall".into(),
            &["field conformance.violations[3].level", "shall"],
        ),
        ("/conformance/violations/3/rule", "x-y".into(), &["field conformance.violations[3].rule", "x-y"]),
        ("/load/flows/started", "many".into(), &["field load.flows.started", "many"]),
        ("/load/flows/outcomes/tokens", (-1).into(), &["field load.flows.outcomes.tokens", "-1"]),
        ("/load/token", serde_json::json!({"tokns": 1}), &["field load.token", "tokns"]),
        ("/load/intervals/1/events", serde_json::json!([]), &["field load.intervals[1].events"]),
        ("/load/intervals/1/stage", 9.into(), &["field load.intervals[1].stage", "is 9, there are 4"]),
        ("/load/stages/1/counts/pings", 3.into(), &["field load.stages[1].counts.pings"]),
        ("/load/flows/dropped", u64::MAX.into(), &["field load.flows.dropped", "larger than"]),
        ("/load/spans/ack/histogram", "??".into(), &["field load.spans.ack.histogram", "span ack", "base64"]),
        (
            "/load/intervals/1/spans/notify",
            "".into(),
            &["field load.intervals[1].spans.notify", "span notify"],
        ),
        ("/load/stages/1/spans/ack/histogram", other, &["field load.stages[1].spans.ack.count", "holds 7"]),
    ] {
        let error = refused(&changed(pointer, to));
        assert!(parts.iter().all(|part| error.contains(part)), "{pointer} {parts:?}: {error}");
    }
}

#[test]
fn a_field_of_the_suite_that_was_changed_by_hand_is_named() {
    for (member, to, parts) in [
        ("/jobs", "two".into(), &["field conformance.suite.jobs", "two"][..]),
        ("/selection/fail_on", "always".into(), &["field conformance.suite.selection.fail_on", "always"]),
        ("/checks/7/verdict/is", "passed".into(), &["field conformance.suite.checks[7].verdict", "passed"]),
        (
            "/checks/7/verdict/finding/step",
            8.into(),
            &["field conformance.suite.checks[7].verdict.finding.step", "is 8, there are 8"],
        ),
        (
            "/checks/7/exchanges/1/step",
            40.into(),
            &["field conformance.suite.checks[7].exchanges[1].step", "is 40"],
        ),
        ("/deviations/0/state", "fine".into(), &["field conformance.suite.deviations[0].state", "fine"]),
        ("/requirements/3/state/is", "seen".into(), &["field conformance.suite.requirements[3].state"]),
    ] {
        let error = refused(&changed_in(&CONFORMANCE, &format!("/conformance/suite{member}"), to));
        assert!(parts.iter().all(|part| error.contains(part)), "{member} {parts:?}: {error}");
    }
}

/// Every scalar of a record, by its place.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| places(item, &format!("{at}/{n}"), found));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| places(field, &format!("{at}/{name}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(at.to_owned()),
    }
}

#[test]
fn whatever_stands_in_a_field_the_record_is_refused_or_rendered() {
    for record in [&*COMPLETE, &*CONFORMANCE] {
        refused_or_rendered(record);
    }
}

fn refused_or_rendered(record: &Value) {
    let mut all = Vec::new();
    places(record, "", &mut all);
    assert!(all.len() > 500, "{}", all.len());
    for (n, place) in all.iter().enumerate().filter(|(n, _)| n % 23 == 0) {
        let odd: [Value; 5] =
            [Value::Null, (1_u64 << 48).into(), (-1e300).into(), "\u{1b}[2J".into(), 0.into()];
        let mut value = record.clone();
        *value.pointer_mut(place).unwrap() = odd[n / 23 % odd.len()].clone();
        if let Ok(record) = load(&serde_json::to_vec(&value).unwrap()) {
            for format in FORMATS {
                (format.render)(&record, &Style::default()).unwrap();
            }
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = load(&bytes);
    }

    #[test]
    fn no_cut_and_no_flipped_byte_panics(at in 0.0..1.0_f64, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = PASSED.clone();
        let at = (at * bytes.len() as f64) as usize;
        if cut {
            bytes.truncate(at);
            prop_assert!(load(&bytes).is_err());
        } else {
            bytes[at] = byte;
            let _ = load(&bytes);
        }
    }
}
