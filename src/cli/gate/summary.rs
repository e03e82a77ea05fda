//! A gate in a few figures, for `--json`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::analysis::RunVerdict;
use crate::cli::failure::Failure;
use crate::cli::{conformance, run};
use crate::record::RunRecord;

/// The keys of a suite's summary and of a load run's; what both have is the same in both. A part that did not run is not
/// summed up.
pub fn summary(
    record: &RunRecord,
    verdict: &RunVerdict,
    folder: &str,
) -> Result<Map<String, Value>, Failure> {
    let mut keys = object(&run::Summary::of(record, verdict, folder))?;
    if record.load.is_none() {
        for key in ["flows", "violations", "spans"] {
            keys.remove(key);
        }
    }
    if record.suite().is_some() {
        keys.extend(object(&conformance::Summary::of(record, verdict, folder))?);
    }
    Ok(keys)
}

fn object(summary: &impl Serialize) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(summary).map_err(Failure::internal)? {
        Value::Object(keys) => Ok(keys),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Failure::internal("a summary is no JSON object"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::verdict;
    use crate::record::sample;

    #[test]
    fn only_what_ran_is_summed_up() {
        let keys = |record: RunRecord| {
            let summary = summary(&record, &verdict(&record), "out").unwrap();
            ["exit_code", "gates", "flows", "spans", "checks", "findings"]
                .map(|key| summary.contains_key(key))
        };
        assert_eq!(keys(sample::gate()), [true; 6]);
        assert_eq!(keys(sample::passed()), [true, true, true, true, false, false]);
        assert_eq!(keys(sample::conformance()), [true, true, false, false, true, true]);
    }
}
