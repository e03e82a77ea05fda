//! Reads the OpenMetrics text format as strictly as its grammar is (OpenMetrics 1.0, "ABNF"), and shares no code with what
//! writes it.

use std::collections::{BTreeMap, BTreeSet};

/// Names and values.
type Labels = Vec<(String, String)>;

/// One family of an exposition.
#[derive(Debug, Default)]
pub struct Family {
    pub kind: String,
    pub help: String,
    /// By suffix, then by labels.
    pub samples: Vec<Sample>,
}

#[derive(Debug)]
pub struct Sample {
    pub suffix: String,
    pub labels: Vec<(String, String)>,
    pub value: f64,
}

/// The families of an exposition in their order, each by its name.
pub fn read(text: &str) -> Vec<(String, Family)> {
    let body = text.strip_suffix("# EOF\n").expect("the exposition ends with its mark");
    assert!(body.is_empty() || body.ends_with('\n'), "every line is ended");
    let mut families: Vec<(String, Family)> = Vec::new();
    let mut series = BTreeSet::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a name and a help text");
            assert!(is_name(name), "{line}");
            assert!(families.iter().all(|(known, _)| known != name), "{name} comes twice");
            families.push((name.to_owned(), Family { help: help.to_owned(), ..Family::default() }));
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a name and a type");
            let (last, family) = families.last_mut().expect("help comes first");
            assert!(last == name && family.kind.is_empty() && family.samples.is_empty(), "{line}");
            assert!(["gauge", "counter", "histogram", "info"].contains(&kind), "{line}");
            family.kind = kind.to_owned();
        } else {
            let (name, family) = families.last_mut().expect("a sample belongs to a family");
            let sample = sample(line, name);
            assert!(series.insert(line.rsplit_once(' ').unwrap().0.to_owned()), "{line} for the second time");
            family.samples.push(sample);
        }
    }
    for (name, family) in &families {
        check(name, family);
    }
    families
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn sample(line: &str, family: &str) -> Sample {
    let suffix = line.strip_prefix(family).unwrap_or_else(|| panic!("{line}: not of {family}"));
    let end = suffix.find(['{', ' ']).unwrap_or_else(|| panic!("{line}: no value"));
    let (suffix, rest) = suffix.split_at(end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inner) => labels(inner, line),
        None => (Vec::new(), rest),
    };
    let value = rest.strip_prefix(' ').unwrap_or_else(|| panic!("{line}: one space before the value"));
    assert!(value.bytes().all(|c| c.is_ascii_digit() || b"+-.e".contains(&c)), "{line}: a finite number");
    Sample { suffix: suffix.to_owned(), labels, value: value.parse().unwrap() }
}

/// The labels up to the closing brace, and what follows that.
fn labels<'l>(mut rest: &'l str, line: &str) -> (Labels, &'l str) {
    let mut labels: Labels = Vec::new();
    loop {
        let (name, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("{line}: a label"));
        assert!(is_name(name) && labels.iter().all(|(known, _)| known != name), "{line}: {name}");
        let (mut value, mut characters) = (String::new(), after.char_indices());
        let end = loop {
            match characters.next().unwrap_or_else(|| panic!("{line}: an open label")) {
                (at, '"') => break at,
                (_, '\\') => match characters.next().unwrap().1 {
                    'n' => value.push('\n'),
                    escaped @ ('"' | '\\') => value.push(escaped),
                    other => panic!("{line}: \\{other}"),
                },
                (_, plain) => value.push(plain),
            }
        };
        labels.push((name.to_owned(), value));
        match after[end + 1..].split_at_checked(1) {
            Some((",", more)) => rest = more,
            Some(("}", more)) => return (labels, more),
            other => panic!("{line}: {other:?} after a label"),
        }
    }
}

/// What the types of OpenMetrics promise.
fn check(name: &str, family: &Family) {
    assert!(!family.help.is_empty() && !family.kind.is_empty(), "{name}: help and type");
    let suffixes: &[&str] = match family.kind.as_str() {
        "counter" => &["_total"],
        "info" => &["_info"],
        "histogram" => &["_sum", "_count", "_bucket"],
        _ => &[""],
    };
    for sample in &family.samples {
        assert!(suffixes.contains(&sample.suffix.as_str()), "{name}: {sample:?}");
        assert!(sample.value >= 0.0, "{name}: {sample:?}");
    }
    if family.kind != "histogram" {
        return;
    }
    let mut buckets: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
    for sample in family.samples.iter().filter(|sample| sample.suffix == "_bucket") {
        let (bound, labels): (Vec<_>, Vec<_>) =
            sample.labels.iter().cloned().partition(|(name, _)| name == "le");
        buckets.entry(labels).or_default().push((bound[0].1.parse().unwrap(), sample.value));
    }
    assert!(!buckets.is_empty(), "{name}");
    for (labels, buckets) in buckets {
        let of = |suffix: &str| {
            let found =
                family.samples.iter().find(|sample| sample.suffix == suffix && sample.labels == labels);
            found.unwrap_or_else(|| panic!("{name} {labels:?}: {suffix}")).value
        };
        assert!(buckets.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 <= two[1].1), "{labels:?}");
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, of("_count"))), "{name} {labels:?}");
        assert!((of("_sum") > 0.0) == (of("_count") > 0.0), "{name} {labels:?}");
    }
}

/// The value of one sample.
#[track_caller]
pub fn value(families: &[(String, Family)], name: &str, labels: &[(&str, &str)]) -> f64 {
    let mut found = families.iter().flat_map(|(family, of)| {
        of.samples.iter().filter(move |sample| name.strip_prefix(family.as_str()) == Some(&sample.suffix))
    });
    let same = |sample: &&Sample| {
        sample.labels.len() == labels.len()
            && labels.iter().all(|(key, value)| sample.labels.iter().any(|(k, v)| k == key && v == value))
    };
    found.find(same).unwrap_or_else(|| panic!("{name} {labels:?}")).value
}
