//! A run in a few figures, for `--json`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::comparison::Comparison;
use crate::analysis::{Exit, RunVerdict};
use crate::ciba::Outcome;
use crate::record::{Caveat, FlowCounts, Gate, RunRecord, Span, Tally};

/// What a pipeline wants to know; the rest is in the record.
#[derive(Debug, Serialize)]
pub struct Summary<'r> {
    run_id: &'r str,
    name: &'r str,
    started_at: &'r str,
    elapsed_s: f64,
    seed: u64,
    issuer: &'r str,
    #[serde(skip)]
    exit: Exit,
    verdict: &'static str,
    exit_code: u8,
    reasons: &'r [String],
    folder: &'r str,
    flows: Flows<'r>,
    violations: u64,
    gates: &'r [Gate],
    caveats: Vec<String>,
    /// Measured spans, in µs.
    spans: BTreeMap<Span, Percentiles>,
    /// What came of the comparison with the baseline, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<&'r Comparison>,
}

#[derive(Debug, Default, Serialize)]
struct Flows<'r> {
    scheduled: u64,
    started: u64,
    dropped: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcomes: Option<&'r Tally<Outcome>>,
}

#[derive(Debug, Serialize)]
struct Percentiles {
    count: u64,
    p50_us: Option<u64>,
    p90_us: Option<u64>,
    p99_us: Option<u64>,
    p999_us: Option<u64>,
    max_us: u64,
}

impl<'r> Summary<'r> {
    /// Sums a record up. `folder` is where its files are.
    pub fn of(record: &'r RunRecord, verdict: &'r RunVerdict, folder: &'r str) -> Self {
        let conformance = record.conformance.as_ref();
        Summary {
            run_id: &record.run_id,
            name: &record.name,
            started_at: &record.started_at,
            elapsed_s: record.elapsed_s,
            seed: record.seed,
            issuer: &record.target.issuer,
            exit: verdict.exit,
            verdict: verdict.exit.word(),
            exit_code: verdict.exit.code(),
            reasons: &verdict.reasons,
            folder,
            flows: record.load.as_ref().map_or_else(Flows::default, |load| flows(&load.counts.flows)),
            violations: conformance
                .map_or(0, |seen| seen.violations.iter().map(|violation| violation.count).sum()),
            gates: &record.gates,
            caveats: record.caveats.iter().map(Caveat::message).collect(),
            spans: record
                .load
                .iter()
                .flat_map(|load| &load.spans)
                .map(|(span, of)| (*span, percentiles(of)))
                .collect(),
            comparison: None,
        }
    }

    /// The same with what came of a comparison: the exit code is the weightier one.
    pub fn beside(mut self, comparison: Option<&'r Comparison>) -> Self {
        let compared = comparison.map_or(Exit::Done, Comparison::exit);
        let exit = Exit::weightiest([self.exit, compared]);
        (self.exit, self.verdict, self.exit_code, self.comparison) =
            (exit, exit.word(), exit.code(), comparison);
        self
    }
}

fn flows(counts: &FlowCounts) -> Flows<'_> {
    Flows {
        scheduled: counts.scheduled,
        started: counts.started,
        dropped: counts.dropped,
        outcomes: Some(&counts.outcomes),
    }
}

fn percentiles(summary: &crate::record::Summary) -> Percentiles {
    Percentiles {
        count: summary.count,
        p50_us: summary.p50_us,
        p90_us: summary.p90_us,
        p99_us: summary.p99_us,
        p999_us: summary.p999_us,
        max_us: summary.max_us,
    }
}
