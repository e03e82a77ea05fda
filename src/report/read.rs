use crate::record::{
    Answered, Event, FlowCounts, HistogramError, PingAnswer, RunRecord, SCHEMA, Summary, Tally, decode,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

/// Largest record that is read, in bytes: many times a day's log.
const RECORD_MAX: usize = 512 * 1024 * 1024;

/// Largest whole number in a record, apart from the seed: sums of such numbers cannot overflow.
const NUMBER_MAX: u64 = 1 << 48;

/// Why a file is no record that this tool can read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("the record is empty: the run was ended before it could write; run again")]
    Empty,
    /// More than a record.
    #[error("the record is {0} bytes long, at most {RECORD_MAX} are read: give the record.json of a run")]
    TooLarge(usize),
    /// The end is missing.
    #[error(
        "the record ends in the middle, at line {line}, column {column}: it was cut off; copy it again, or run again"
    )]
    Truncated {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// Not JSON.
    #[error("the record is not JSON: give the record.json of a run")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but no record.
    #[error("{0}, so this is no record: give the record.json of a run")]
    NotARecord(&'static str),
    /// Another version.
    #[error(
        "field schema is {found:?}, this version reads {SCHEMA:?}: read it with the version that wrote it ({writer})"
    )]
    Schema {
        /// What the record says.
        found: String,
        /// What the record says about the tool that wrote it.
        writer: String,
    },
    /// A field that is missing, unknown or of the wrong kind.
    #[error("field {path}: {problem}; the record was changed by hand, or is another tool's")]
    Field {
        /// From the root, `load.stages[1].name`.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// A histogram that cannot be read.
    #[error(
        "field {path}: the histogram of span {span} cannot be read; the record was changed by hand or damaged"
    )]
    Histogram {
        /// From the root.
        path: String,
        /// The span.
        span: String,
        /// Why.
        #[source]
        source: HistogramError,
    },
}

/// Reads a record, and checks what its readers rely on: version, fields, histograms.
///
/// # Errors
/// Names the field, and says what to do.
pub fn load(bytes: &[u8]) -> Result<RunRecord, ReadError> {
    if bytes.len() > RECORD_MAX {
        return Err(ReadError::TooLarge(bytes.len()));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Eof => ReadError::Truncated { line: error.line(), column: error.column() },
        Category::Io | Category::Syntax | Category::Data => ReadError::NotJson(error),
    })?;
    check_schema(&value)?;
    check_numbers(&value, "")?;
    check_counts(&value)?;
    let record: RunRecord = typed(&value, "")?;
    check_histograms(&record)?;
    Ok(record)
}

fn check_schema(value: &Value) -> Result<(), ReadError> {
    let fields = value.as_object().ok_or(ReadError::NotARecord("this is JSON, but not an object"))?;
    let schema = fields.get("schema").ok_or(ReadError::NotARecord("field schema is missing"))?;
    if schema == SCHEMA {
        return Ok(());
    }
    let found = schema.as_str().map_or_else(|| schema.to_string(), str::to_owned);
    let writer = value.pointer("/environment/tool_version").and_then(Value::as_str);
    let writer =
        writer.map_or_else(|| "it does not say which".to_owned(), |version| format!("ciba-bench {version}"));
    Err(ReadError::Schema { found, writer })
}

fn check_numbers(value: &Value, path: &str) -> Result<(), ReadError> {
    match value {
        Value::Number(number) if path != "seed" && number.as_u64().is_some_and(|n| n > NUMBER_MAX) => {
            let problem = format!("{number} is larger than any number of a run ({NUMBER_MAX})");
            Err(ReadError::Field { path: path.to_owned(), problem })
        }
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(at, item)| check_numbers(item, &format!("{path}[{at}]")))
        }
        Value::Object(fields) => {
            fields.iter().try_for_each(|(name, field)| check_numbers(field, &joined(path, name)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// Counters stand beside the other members of `load` and of each interval. Serde forgets their place on the way, so they
/// are read by themselves first.
fn check_counts(record: &Value) -> Result<(), ReadError> {
    let Some(load) = record.get("load").filter(|load| load.is_object()) else { return Ok(()) };
    check_counters(load, "load")?;
    let intervals = load.get("intervals").and_then(Value::as_array).into_iter().flatten();
    for (at, interval) in intervals.enumerate().filter(|(_, interval)| interval.is_object()) {
        check_counters(interval, &format!("load.intervals[{at}]"))?;
    }
    Ok(())
}

fn check_counters(counters: &Value, path: &str) -> Result<(), ReadError> {
    let member = |name: &str| -> Result<(&Value, String), ReadError> {
        let path = joined(path, name);
        match counters.get(name) {
            Some(member) => Ok((member, path)),
            None => Err(ReadError::Field { path, problem: "is missing".to_owned() }),
        }
    };
    let (flows, path) = member("flows")?;
    typed::<FlowCounts>(flows, &path)?;
    for endpoint in ["backchannel_authentication", "token", "userinfo"] {
        let (answers, path) = member(endpoint)?;
        typed::<Tally<Answered>>(answers, &path)?;
    }
    let (pings, path) = member("pings")?;
    typed::<Tally<PingAnswer>>(pings, &path)?;
    let (events, path) = member("events")?;
    typed::<Tally<Event>>(events, &path)?;
    Ok(())
}

/// Reads a value, and names the place of what is wrong in it.
fn typed<T: DeserializeOwned>(value: &Value, base: &str) -> Result<T, ReadError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let inner = error.path().to_string();
        let path = if inner == "." { base.to_owned() } else { joined(base, &inner) };
        let path = if path.is_empty() { "(the whole record)".to_owned() } else { path };
        ReadError::Field { path, problem: error.into_inner().to_string() }
    })
}

fn check_histograms(record: &RunRecord) -> Result<(), ReadError> {
    let Some(load) = &record.load else { return Ok(()) };
    check_summaries(load.spans.iter(), "load.spans")?;
    for (at, stage) in load.stages.iter().enumerate() {
        check_summaries(stage.spans.iter(), &format!("load.stages[{at}].spans"))?;
    }
    for (at, interval) in load.intervals.iter().enumerate() {
        let path = format!("load.intervals[{at}]");
        if interval.stage >= load.stages.len() {
            let problem = format!("is {}, there are {} stages", interval.stage, load.stages.len());
            return Err(ReadError::Field { path: joined(&path, "stage"), problem });
        }
        for (span, histogram) in &interval.spans {
            read_histogram(histogram, span.to_string(), format!("{path}.spans.{span}"))?;
        }
    }
    Ok(())
}

fn check_summaries<'r, S: ToString + 'r>(
    spans: impl Iterator<Item = (&'r S, &'r Summary)>,
    base: &str,
) -> Result<(), ReadError> {
    for (span, summary) in spans {
        let span = span.to_string();
        let path = joined(base, &span);
        let samples = read_histogram(&summary.histogram, span, joined(&path, "histogram"))?;
        if samples != summary.count {
            let problem = format!("is {}, its histogram holds {samples} samples", summary.count);
            return Err(ReadError::Field { path: joined(&path, "count"), problem });
        }
    }
    Ok(())
}

fn read_histogram(text: &str, span: String, path: String) -> Result<u64, ReadError> {
    match decode(text) {
        Ok(histogram) => Ok(histogram.len()),
        Err(source) => Err(ReadError::Histogram { path, span, source }),
    }
}

fn joined(base: &str, name: &str) -> String {
    if base.is_empty() { name.to_owned() } else { format!("{base}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;
    use crate::report::{FORMATS, Style};
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static COMPLETE: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(sample::complete()).unwrap());
    static PASSED: LazyLock<Vec<u8>> = LazyLock::new(|| serde_json::to_vec(&sample::passed()).unwrap());

    fn changed(pointer: &str, to: Value) -> Vec<u8> {
        let mut value = COMPLETE.clone();
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
        for record in [sample::passed(), sample::complete()] {
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
            (
                "/conformance/violations/3/rule",
                "x-y".into(),
                &["field conformance.violations[3].rule", "x-y"],
            ),
            ("/load/flows/started", "many".into(), &["field load.flows.started", "many"]),
            ("/load/flows/outcomes/tokens", (-1).into(), &["field load.flows.outcomes.tokens", "-1"]),
            ("/load/token", serde_json::json!({"tokns": 1}), &["field load.token", "tokns"]),
            ("/load/intervals/1/events", serde_json::json!([]), &["field load.intervals[1].events"]),
            ("/load/intervals/1/stage", 9.into(), &["field load.intervals[1].stage", "is 9, there are 4"]),
            ("/load/stages/1/counts/pings", 3.into(), &["field load.stages[1].counts.pings"]),
            ("/load/flows/dropped", u64::MAX.into(), &["field load.flows.dropped", "larger than"]),
            (
                "/load/spans/ack/histogram",
                "??".into(),
                &["field load.spans.ack.histogram", "span ack", "base64"],
            ),
            (
                "/load/intervals/1/spans/notify",
                "".into(),
                &["field load.intervals[1].spans.notify", "span notify"],
            ),
            (
                "/load/stages/1/spans/ack/histogram",
                other,
                &["field load.stages[1].spans.ack.count", "holds 7"],
            ),
        ] {
            let error = refused(&changed(pointer, to));
            assert!(parts.iter().all(|part| error.contains(part)), "{pointer} {parts:?}: {error}");
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
        let mut all = Vec::new();
        places(&COMPLETE, "", &mut all);
        assert!(all.len() > 500, "{}", all.len());
        for (n, place) in all.iter().enumerate().filter(|(n, _)| n % 23 == 0) {
            let odd: [Value; 5] =
                [Value::Null, (1_u64 << 48).into(), (-1e300).into(), "\u{1b}[2J".into(), 0.into()];
            let mut value = COMPLETE.clone();
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
}
