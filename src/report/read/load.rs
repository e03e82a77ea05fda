use super::ReadError;
use super::error::RECORD_MAX;
use super::numbers::{NUMBER_MAX, are_small};
use crate::record::{
    Answered, Event, FlowCounts, HistogramReader, PingAnswer, RunRecord, SCHEMA, Span, Summary, Tally,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

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
    let record = match at_once(bytes) {
        Some(record) => record,
        None => part_by_part(bytes)?,
    };
    check_histograms(&record)?;
    check_steps(&record)?;
    Ok(record)
}

/// A record as it was written, without a tree of it beside it: that of a long run would take ten times its memory.
fn at_once(bytes: &[u8]) -> Option<RunRecord> {
    if !are_small(bytes) {
        return None;
    }
    serde_json::from_slice::<RunRecord>(bytes).ok().filter(|record| record.schema == SCHEMA)
}

/// Something is wrong with it, or unusual: a tree of what is there tells where.
fn part_by_part(bytes: &[u8]) -> Result<RunRecord, ReadError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Eof => ReadError::Truncated { line: error.line(), column: error.column() },
        Category::Io | Category::Syntax | Category::Data => ReadError::NotJson(error),
    })?;
    check_schema(&value)?;
    check_numbers(&value, "")?;
    check_counts(&value)?;
    typed(&value, "")
}

/// Findings and exchanges belong to steps of their check's script.
fn check_steps(record: &RunRecord) -> Result<(), ReadError> {
    for (at, check) in record.suite().iter().flat_map(|suite| &suite.checks).enumerate() {
        let path = format!("conformance.suite.checks[{at}]");
        let finding =
            check.verdict.finding().map(|finding| ("verdict.finding.step".to_owned(), finding.step));
        let sent = check.exchanges.iter().enumerate();
        let sent = sent.map(|(n, sent)| (format!("exchanges[{n}].step"), sent.step));
        let beyond = finding.into_iter().chain(sent).find(|(_, step)| *step >= check.script.len());
        if let Some((member, step)) = beyond {
            let problem = format!("is {step}, there are {} steps", check.script.len());
            return Err(ReadError::Field { path: joined(&path, &member), problem });
        }
    }
    Ok(())
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
    for endpoint in ["consents", "client_credentials"] {
        if let Some(answers) = counters.get(endpoint) {
            typed::<Tally<Answered>>(answers, &joined(path, endpoint))?;
        }
    }
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
    let mut reader = HistogramReader::new();
    check_summaries(&mut reader, load.spans.iter(), "load.spans")?;
    for (at, stage) in load.stages.iter().enumerate() {
        check_summaries(&mut reader, stage.spans.iter(), &format!("load.stages[{at}].spans"))?;
    }
    for (at, interval) in load.intervals.iter().enumerate() {
        let path = format!("load.intervals[{at}]");
        if interval.stage >= load.stages.len() {
            let problem = format!("is {}, there are {} stages", interval.stage, load.stages.len());
            return Err(ReadError::Field { path: joined(&path, "stage"), problem });
        }
        for (span, histogram) in &interval.spans {
            samples(&mut reader, histogram, *span, || format!("{path}.spans.{span}"))?;
        }
    }
    Ok(())
}

fn check_summaries<'r>(
    reader: &mut HistogramReader,
    spans: impl Iterator<Item = (&'r Span, &'r Summary)>,
    base: &str,
) -> Result<(), ReadError> {
    for (span, summary) in spans {
        let path = joined(base, &span.to_string());
        let samples = samples(reader, &summary.histogram, *span, || joined(&path, "histogram"))?;
        if samples != summary.count {
            let problem = format!("is {}, its histogram holds {samples} samples", summary.count);
            return Err(ReadError::Field { path: joined(&path, "count"), problem });
        }
    }
    Ok(())
}

fn samples(
    reader: &mut HistogramReader,
    text: &str,
    span: Span,
    path: impl FnOnce() -> String,
) -> Result<u64, ReadError> {
    let unreadable = |source| ReadError::Histogram { path: path(), span: span.to_string(), source };
    reader.samples(text).map_err(unreadable)
}

fn joined(base: &str, name: &str) -> String {
    if base.is_empty() { name.to_owned() } else { format!("{base}.{name}") }
}
