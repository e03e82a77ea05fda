//! The record's JSON schema against the record: a validator of the few keywords that the schema uses.

use crate::ciba::{Named, Outcome, Rule};
use crate::record::{Answered, Ended, Event, PingAnswer, PollGap, RunRecord, Span, capacity_sample, sample};
use serde_json::{Value, json};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../reports/schema/run.schema.json")).unwrap()
}

struct Validator {
    root: Value,
}

impl Validator {
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (keyword, argument) in schema.as_object().unwrap() {
            let valid = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" => Ok(()),
                "$ref" => self.check(self.definition(argument.as_str().unwrap()), value, at),
                "type" => is_type(argument, value).then_some(()).ok_or(format!("is no {argument}")),
                "const" => (argument == value).then_some(()).ok_or(format!("is not {argument}")),
                "enum" => list(argument).contains(value).then_some(()).ok_or("is not in the enum".to_owned()),
                "minimum" => {
                    (value.as_f64() >= argument.as_f64()).then_some(()).ok_or("is too small".to_owned())
                }
                "oneOf" => {
                    match list(argument).iter().filter(|one| self.check(one, value, at).is_ok()).count() {
                        1 => Ok(()),
                        n => Err(format!("fits {n} alternatives")),
                    }
                }
                "items" => list(value)
                    .iter()
                    .enumerate()
                    .try_for_each(|(n, item)| self.check(argument, item, &format!("{at}/{n}"))),
                "required" => list(argument)
                    .iter()
                    .find(|name| value.get(name.as_str().unwrap()).is_none())
                    .map_or(Ok(()), |name| Err(format!("lacks {name}"))),
                "propertyNames" => {
                    members(value).try_for_each(|(name, _)| self.check(argument, &json!(name), at))
                }
                "properties" => members(value)
                    .filter_map(|(name, member)| Some((name, member, argument.get(name)?)))
                    .try_for_each(|(name, member, of)| self.check(of, member, &format!("{at}/{name}"))),
                "additionalProperties" => {
                    let known =
                        |name: &str| schema.get("properties").is_some_and(|known| known.get(name).is_some());
                    let judged = |(name, member): (&str, &Value)| {
                        if argument == &json!(false) {
                            return Err(format!("has an unknown member {name}"));
                        }
                        self.check(argument, member, &format!("{at}/{name}"))
                    };
                    members(value).filter(|(name, _)| !known(name)).try_for_each(judged)
                }
                other => panic!("this validator does not know {other}"),
            };
            valid.map_err(
                |problem| if problem.starts_with('/') { problem } else { format!("{at}: {problem}") },
            )?;
        }
        Ok(())
    }

    fn definition(&self, reference: &str) -> &Value {
        self.root.pointer(reference.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("no {reference}"))
    }

    fn judge(&self, record: &Value) -> Result<(), String> {
        self.check(&self.root, record, "/")
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, member)| (name.as_str(), member))
}

fn is_type(wanted: &Value, value: &Value) -> bool {
    let Some(name) = wanted.as_str() else {
        return list(wanted).iter().any(|wanted| is_type(wanted, value));
    };
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("no type {other}"),
    }
}

#[test]
fn the_samples_are_valid() {
    let validator = Validator { root: schema() };
    for record in [sample::passed(), sample::complete(), sample::conformance(), sample::gate()] {
        assert_eq!(validator.judge(&serde_json::to_value(record).unwrap()), Ok(()));
    }
    for record in capacity_sample::not_found().into_iter().chain([capacity_sample::found()]) {
        assert_eq!(validator.judge(&serde_json::to_value(record).unwrap()), Ok(()));
    }
}

#[test]
fn what_the_schema_does_not_allow_is_refused() {
    let validator = Validator { root: schema() };
    let record = serde_json::to_value(sample::complete()).unwrap();
    for (pointer, to) in [
        ("/schema", json!("ciba-bench/run/2")),
        ("/ended", json!("later")),
        ("/elapsed_s", json!("long")),
        ("/caveats/0", json!({"generator_saturated": {}})),
        ("/gates/0", json!({})),
        ("/load/flows/outcomes", json!({"tokns": 1})),
        ("/load/flows/started", json!(-1)),
        ("/load/spans/ack", json!({"count": 1})),
        ("/load/intervals/1/spans/ack", json!(7)),
        ("/conformance/violations/0/rule", json!("x")),
        ("/environment", json!({"host": "x"})),
    ] {
        let mut changed = record.clone();
        *changed.pointer_mut(pointer).unwrap() = to;
        assert!(validator.judge(&changed).is_err(), "{pointer}");
    }
    let record = serde_json::to_value(capacity_sample::found()).unwrap();
    for (pointer, to) in [
        ("/outcome", json!({"found": {"lower_per_s": 1}})),
        ("/trials/0/verdict", json!("fine")),
        ("/trials/0/part", json!("first")),
        ("/labels", json!({"size": 4})),
        ("/search", json!({})),
    ] {
        let mut changed = record.clone();
        *changed.pointer_mut(&format!("/capacity{pointer}")).unwrap() = to;
        assert!(validator.judge(&changed).is_err(), "{pointer}");
    }
    let record = serde_json::to_value(sample::conformance()).unwrap();
    for (pointer, to) in [
        ("/selection", json!({"standard": "core"})),
        ("/checks/0/verdict", json!({"is": "pass", "finding": {}})),
        ("/checks/0/verdict", json!({"is": "fail"})),
        ("/checks/0/level", json!("shall")),
        ("/checks/0/script/0", json!({"at_ms": 1.0})),
        ("/checks/0/exchanges/0/step", json!(-1)),
        ("/requirements/0/state", json!({"is": "by_checks"})),
        ("/deviations/0/state", json!("fine")),
        ("/baseline", json!({"run_id": "x"})),
        ("/left_out/0", json!({"check": "x"})),
    ] {
        let mut changed = record.clone();
        *changed.pointer_mut(&format!("/conformance/suite{pointer}")).unwrap() = to;
        assert!(validator.judge(&changed).is_err(), "{pointer}");
    }
}

/// The samples hold every member that a record can have, so what the schema describes beyond it does not exist.
#[test]
fn the_schema_describes_no_member_that_does_not_exist() {
    let root = schema();
    let cut_off = RunRecord { ended: Ended::CutOff { reason: String::new() }, ..sample::passed() };
    let aborted = RunRecord { ended: Ended::Aborted { reason: String::new() }, ..sample::passed() };
    let mut samples = capacity_sample::not_found();
    samples.extend([sample::complete(), sample::conformance(), cut_off, aborted, capacity_sample::found()]);
    let written = serde_json::to_string(&samples).unwrap();
    let mut described = Vec::new();
    names(&root, &mut described);
    assert!(described.len() > 100, "{}", described.len());
    for name in described {
        assert!(written.contains(&format!("{name:?}:")), "{name}");
    }
}

fn names(schema: &Value, found: &mut Vec<String>) {
    for (keyword, part) in members(schema) {
        if keyword == "properties" {
            found.extend(members(part).map(|(name, _)| name.to_owned()).filter(|name| name != "failed"));
        }
        names(part, found);
    }
    list(schema).iter().for_each(|part| names(part, found));
}

#[test]
fn the_names_are_the_codes_own() {
    fn all<T: Named>() -> Vec<&'static str> {
        T::ALL.iter().map(|value| value.name()).collect()
    }
    let root = schema();
    for (definition, names) in [
        ("outcome", all::<Outcome>()),
        ("answered", all::<Answered>()),
        ("ping_answer", all::<PingAnswer>()),
        ("event", all::<Event>()),
        ("poll_gap", all::<PollGap>()),
        ("rule", all::<Rule>()),
        ("span", all::<Span>()),
    ] {
        assert_eq!(root["$defs"][definition]["enum"], json!(names), "{definition}");
    }
}
