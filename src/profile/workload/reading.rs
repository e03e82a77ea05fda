//! Reading `[workload]`.

use std::ops::RangeInclusive;
use std::time::Duration;

use mock_auth_service::duration;

use super::{Spacing, Stage, Workload};
use crate::profile::document::{Mismatch, Reader, Section, nearest};
use crate::profile::files::Files;

/// Most stages of a run.
const MOST_STAGES: usize = 100;
/// Longest run, drain not included.
const LONGEST_RUN: Duration = Duration::from_secs(7 * 86_400);
/// Length of one stage.
const STAGE_LENGTHS: RangeInclusive<Duration> = Duration::from_millis(1)..=LONGEST_RUN;
/// Highest rate, in flows per second.
const HIGHEST_RATE: f64 = 100_000.0;
/// Most flows at once, in either model.
const MOST_IN_FLIGHT: u64 = 10_000_000;
const DEFAULT_IN_FLIGHT: u64 = 10_000;
const THINK_TIMES: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(3_600);
/// Longest name of a stage, in characters.
const LONGEST_NAME: usize = 40;

/// Which load model, before its settings are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Model {
    Open,
    Closed,
}

impl Workload {
    /// Reads `[workload]`.
    pub(in crate::profile) fn read(root: &Section<'_>, files: &Files<'_>) -> Option<Self> {
        let section = root.table("workload");
        if !root.has("workload") {
            root.missing("workload", "a table [workload] with at least one [[workload.stages]]");
            return None;
        }
        let model = match section.has("model") {
            true => section.optional("model", &Reader::choice(&Model::WORDS)),
            false => Some(Model::Open),
        };
        // With a model that is not understood, nothing useful can be said about the rest.
        let model = model?;
        let spacing = match model {
            Model::Open => Spacing::read(&section, files),
            Model::Closed => {
                model.refuse(&section, "arrivals");
                Some(Spacing::Uniform)
            }
        };
        let stages = read_stages(&section, model, spacing.as_ref());
        let in_flight = Reader::whole(1..=MOST_IN_FLIGHT, " of flows at once");
        let workload = match model {
            Model::Open => {
                model.refuse(&section, "think_time");
                let max_in_flight = section.or("max_in_flight", &in_flight, DEFAULT_IN_FLIGHT);
                stages.zip(spacing).map(|(stages, spacing)| Self::Open { stages, max_in_flight, spacing })
            }
            Model::Closed => {
                model.refuse(&section, "max_in_flight");
                let think_time = section.or("think_time", &Reader::duration(THINK_TIMES), Duration::ZERO);
                stages.map(|stages| Self::Closed { stages, think_time })
            }
        };
        section.finish();
        workload
    }

    /// The name of a stage that was probably meant, among the names there are.
    pub(in crate::profile) fn nearest_stage(&self, name: &str) -> Option<&str> {
        let names: Vec<&str> = self.stages().iter().map(|stage| stage.name.as_str()).collect();
        nearest(name, &names)
    }
}

/// The stages, if all of them could be read.
fn read_stages(workload: &Section<'_>, model: Model, spacing: Option<&Spacing>) -> Option<Vec<Stage>> {
    const EXPECTED: &str = "1 to 100 tables [[workload.stages]]";
    let starts = match spacing {
        Some(Spacing::Replayed(starts)) => Some(starts),
        Some(Spacing::Uniform | Spacing::Poisson) | None => None,
    };
    if !workload.has("stages") {
        if let Some(starts) = starts {
            let mut stages = starts.one_stage();
            return starts.fill(&mut stages).is_ok().then_some(stages);
        }
        workload.missing("stages", EXPECTED);
    }
    let tables = workload.tables("stages")?;
    if tables.is_empty() || tables.len() > MOST_STAGES {
        workload.problem("stages", &format!("value {} stages, expected {EXPECTED}", tables.len()));
        return None;
    }
    let read = tables.into_iter().enumerate();
    let stages: Vec<Option<Stage>> =
        read.map(|(index, table)| Stage::read(table, index + 1, model, starts.is_some())).collect();
    let mut stages: Vec<Stage> = stages.into_iter().collect::<Option<_>>()?;
    if let Some(Err(message)) = starts.map(|starts| starts.fill(&mut stages)) {
        workload.problem("stages", &message);
    }
    for (index, stage) in stages.iter().enumerate() {
        if stages[..index].iter().any(|earlier| earlier.name == stage.name) {
            let message =
                format!("two stages are named {:?}, expected names of their own; rename one", stage.name);
            workload.problem_at(&format!("stages[{index}].name"), &message);
        }
    }
    let length = stages.iter().map(|stage| stage.duration).fold(Duration::ZERO, Duration::saturating_add);
    if length > LONGEST_RUN {
        let (length, longest) = (duration::format(length), duration::format(LONGEST_RUN));
        workload.problem("stages", &format!("value {length} in total, expected at most {longest}"));
    }
    Some(stages)
}

impl Stage {
    /// Reads one table of `[[workload.stages]]`; `number` counts from 1. Of a replay the load is in the file.
    fn read(section: Section<'_>, number: usize, model: Model, is_replayed: bool) -> Option<Self> {
        let name = section.or("name", &stage_name(), format!("stage-{number}"));
        let duration = section.required("duration", &Reader::duration(STAGE_LENGTHS));
        if is_replayed {
            for key in ["rate", "from", "to"].into_iter().filter(|key| section.has(key)) {
                section.problem(
                    key,
                    "stands beside a file of start times, which says when flows start; remove it",
                );
            }
            section.finish();
            return Some(Self { name, duration: duration?, from: 0.0, to: 0.0 });
        }
        let (right, wrong) = match model {
            Model::Open => ("rate", "flows"),
            Model::Closed => ("flows", "rate"),
        };
        if section.has(wrong) {
            let (model, other) = (model.name(), model.other().name());
            section.problem(
                wrong,
                &format!("belongs to the {other} model, expected {right} in the {model} model; did you mean {right}"),
            );
            section.finish();
            return None;
        }
        let load = match model {
            Model::Open => Reader::rate(0.0..=HIGHEST_RATE),
            Model::Closed => concurrency(),
        };
        let ends = if section.has("from") || section.has("to") {
            if section.has(right) {
                let message =
                    format!("stands beside from and to, expected either {right} or both of these; remove it");
                section.problem(right, &message);
            }
            let (from, to) = (section.required("from", &load), section.required("to", &load));
            from.zip(to)
        } else {
            section.required(right, &load).map(|load| (load, load))
        };
        if ends == Some((0.0, 0.0)) {
            let key = if section.has(right) { right } else { "to" };
            section.unexpected(key, "a load above 0 at one end of the stage; remove the stage");
        }
        section.finish();
        let (from, to) = ends?;
        Some(Self { name, duration: duration?, from, to })
    }
}

impl Model {
    const WORDS: [(&'static str, Self); 2] = [("open", Self::Open), ("closed", Self::Closed)];

    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Open => Self::Closed,
            Self::Closed => Self::Open,
        }
    }

    /// Refuses a key that has no meaning in this model.
    fn refuse(self, section: &Section<'_>, key: &'static str) {
        if section.has(key) {
            let (name, other) = (self.name(), self.other().name());
            section.problem(
                key,
                &format!("belongs to the {other} model, and this is the {name} one; remove it or set model = {other:?}"),
            );
        }
    }
}

/// Names stand in thresholds, so they are single words there.
fn stage_name<'r>() -> Reader<'r, String> {
    Reader::new("a name of 1 to 40 letters, digits, \".\", \"_\" or \"-\"", |value| {
        let fits = |name: &&str| {
            let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
            is_word && (1..=LONGEST_NAME).contains(&name.len())
        };
        value.as_str().filter(fits).map(str::to_owned).ok_or(Mismatch::Unexpected)
    })
}

#[expect(clippy::cast_precision_loss, reason = "concurrency is bounded far below 2^53")]
fn concurrency<'r>() -> Reader<'r, f64> {
    Reader::whole(0..=MOST_IN_FLIGHT, " of concurrent flows").and_then(|flows| Ok(flows as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::document::read_alone;
    use crate::profile::no_files;

    const SECOND: Duration = Duration::from_secs(1);

    fn stage(name: &str, seconds: u32, from: f64, to: f64) -> Stage {
        Stage { name: name.to_owned(), duration: SECOND * seconds, from, to }
    }

    #[test]
    fn settings() {
        let table = [
            (
                "[[workload.stages]]\nduration = \"10s\"\nrate = 20",
                Workload::Open {
                    stages: vec![stage("stage-1", 10, 20.0, 20.0)],
                    max_in_flight: 10_000,
                    spacing: Spacing::Uniform,
                },
            ),
            (
                "[workload]\nmodel = \"open\"\nmax_in_flight = 7\nstages = [\n{ name = \"up\", duration = \"10s\", from = 0, to = \"5.5/s\" },\n{ duration = \"1m\", rate = 5.5 },\n]",
                Workload::Open {
                    stages: vec![stage("up", 10, 0.0, 5.5), stage("stage-2", 60, 5.5, 5.5)],
                    max_in_flight: 7,
                    spacing: Spacing::Uniform,
                },
            ),
            (
                "workload = { arrivals = \"poisson\", stages = [{ duration = \"10s\", rate = 20 }] }",
                Workload::Open {
                    stages: vec![stage("stage-1", 10, 20.0, 20.0)],
                    max_in_flight: 10_000,
                    spacing: Spacing::Poisson,
                },
            ),
            (
                "workload = { model = \"closed\", think_time = \"2s\", stages = [{ duration = \"9s\", flows = 50 }] }",
                Workload::Closed { stages: vec![stage("stage-1", 9, 50.0, 50.0)], think_time: SECOND * 2 },
            ),
        ];
        for (text, expected) in table {
            read_alone(text, |root| Workload::read(root, &no_files)).assert(&Ok(expected));
        }
    }

    #[test]
    fn mistakes() {
        let table = [
            ("", "f:1: workload: missing, expected a table [workload]"),
            ("[workload]", "workload.stages: missing, expected 1 to 100 tables [[workload.stages]]"),
            ("workload.stages = []", "workload.stages: value 0 stages, expected 1 to 100 tables"),
            (
                "workload.stages = 5",
                "workload.stages: value 5, expected a list of tables [[workload.stages]]",
            ),
            (
                "workload.model = \"opne\"",
                "workload.model: value \"opne\", expected \"open\" or \"closed\"; did you mean \"open\"",
            ),
            (
                "workload.stages = [{ duration = \"0s\", rate = 1 }]",
                "workload.stages[0].duration: value \"0s\", expected a duration such as \"250ms\", \"3s\" or \"2m\" (1ms to ",
            ),
            ("workload.stages = [{ duration = 10, rate = 1 }]", "did you mean \"10s\""),
            ("workload.stages = [{ rate = 1 }]", "workload.stages[0].duration: missing, expected a duration"),
            (
                "workload.stages = [{ duration = \"1s\" }]",
                "workload.stages[0].rate: missing, expected a rate per second",
            ),
            (
                "workload.stages = [{ duration = \"1s\", rate = 0 }]",
                "workload.stages[0].rate: value 0, expected a load above 0",
            ),
            (
                "workload.stages = [{ duration = \"1s\", rate = -5 }]",
                "workload.stages[0].rate: value -5, expected a rate per second such as 50 or \"50/s\" (0 to 100000)",
            ),
            (
                "workload.stages = [{ duration = \"1s\", from = 5 }]",
                "workload.stages[0].to: missing, expected a rate",
            ),
            (
                "workload.stages = [{ duration = \"1s\", from = 1, to = 2, rate = 3 }]",
                "workload.stages[0].rate: stands beside from and to",
            ),
            (
                "workload.stages = [{ duration = \"1s\", flows = 5 }]",
                "workload.stages[0].flows: belongs to the closed model, expected rate in the open model",
            ),
            (
                "workload = { model = \"closed\", stages = [{ duration = \"1s\", rate = 5 }] }",
                "workload.stages[0].rate: belongs to the open model",
            ),
            (
                "workload = { model = \"closed\", stages = [{ duration = \"1s\", flows = 1.5 }] }",
                "workload.stages[0].flows: value 1.5, expected a whole number of concurrent flows",
            ),
            (
                "workload = { model = \"closed\", max_in_flight = 5, stages = [{ duration = \"1s\", flows = 1 }] }",
                "workload.max_in_flight: belongs to the open model",
            ),
            (
                "workload = { think_time = \"1s\", stages = [{ duration = \"1s\", rate = 1 }] }",
                "workload.think_time: belongs to the closed model",
            ),
            (
                "workload.stages = [\n{ name = \"a\", duration = \"1s\", rate = 1 },\n{ name = \"a\", duration = \"1s\", rate = 2 }]",
                "f:3: workload.stages[1].name: two stages are named \"a\"",
            ),
            (
                "workload.stages = [{ name = \"a b\", duration = \"1s\", rate = 1 }]",
                "workload.stages[0].name: value \"a b\", expected a name of 1 to 40",
            ),
            (
                "workload.stages = [{ name = \"a\", duration = \"100h\", rate = 1 }, { name = \"b\", duration = \"100h\", rate = 1 }]",
                "workload.stages: value 200h in total, expected at most 168h",
            ),
        ];
        for (text, expected) in table {
            read_alone(text, |root| Workload::read(root, &no_files)).assert(&Err(expected));
        }
        let stages = "{ duration = \"1s\", rate = 1 },".repeat(101);
        let many = format!("workload.stages = [{stages}]");
        read_alone(&many, |root| Workload::read(root, &no_files))
            .assert(&Err("workload.stages: value 101 stages, expected 1 to 100"));
    }
}
