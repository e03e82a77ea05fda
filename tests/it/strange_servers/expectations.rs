//! What was decided by hand, held against what the suite says.

use ciba_bench::record::{CheckRecord, Verdict};
use std::collections::BTreeMap;
use std::path::Path;

/// One line per check: `id | verdict | words of the finding`, the words being empty where there is nothing to say.
struct Expectation<'a> {
    verdict: &'a str,
    words: &'a str,
}

/// Holds records against a golden file: the same checks, the same verdicts, and each finding says what was expected.
pub fn compare(name: &str, records: &[CheckRecord]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/strange/{name}.txt"));
    let golden = std::fs::read_to_string(&path).unwrap();
    let mut expected = BTreeMap::new();
    for line in golden.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut parts = line.split('|').map(str::trim);
        let (id, verdict) = (parts.next().unwrap(), parts.next().expect(line));
        let words = parts.next().unwrap_or_default();
        assert!(expected.insert(id, Expectation { verdict, words }).is_none(), "{id} is there twice");
    }
    let mut differences = Vec::new();
    for record in records {
        match expected.remove(record.id.as_str()) {
            Some(wanted) if verdict(record) == wanted.verdict && findings(record).contains(wanted.words) => {}
            Some(wanted) => differences.push(format!(
                "{} | {} | {}\n    found: {}",
                record.id,
                wanted.verdict,
                wanted.words,
                findings(record)
            )),
            None => differences.push(format!("nobody decided about {}", findings(record))),
        }
    }
    differences.extend(expected.keys().map(|id| format!("{id}: there is no such check")));
    assert!(differences.is_empty(), "{name}:\n{}", differences.join("\n"));
}

/// The verdict; of a failure also how strongly the standard asks for what was missed.
fn verdict(record: &CheckRecord) -> String {
    match &record.verdict {
        Verdict::Fail { .. } => format!("fail {}", record.level.name()),
        Verdict::Pass
        | Verdict::NotApplicable { .. }
        | Verdict::Inconclusive { .. }
        | Verdict::Broken { .. } => record.verdict.name().to_owned(),
    }
}

/// A record in a line.
pub fn findings(record: &CheckRecord) -> String {
    let told = match &record.verdict {
        Verdict::Pass => String::new(),
        Verdict::Fail { finding } | Verdict::Inconclusive { finding } => {
            let step = record.script.get(finding.step).map_or("", |step| &step.text);
            format!("at \"{step}\": expected {}, got {}", finding.expected, finding.actual)
        }
        Verdict::NotApplicable { reason } | Verdict::Broken { reason } => reason.clone(),
    };
    format!("{} | {} | {told}", record.id, verdict(record))
}
