//! When exactly the flows of the open model start.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mock_auth_service::duration;

use super::Stage;
use crate::profile::document::{Mismatch, Reader, Row, Rows, Section, nearest};
use crate::profile::files::{Files, LONGEST_PATH};

/// Most starts of a file.
const MOST_STARTS: usize = 1_000_000;
/// Latest start, in seconds: a week.
const LATEST_START_S: f64 = 604_800.0;
/// Name of the column, where a file has a line of names.
const COLUMN: &str = "start";

/// How the starts of flows lie in their stage.
#[derive(Clone, Debug, PartialEq)]
pub enum Spacing {
    /// As far from each other as the rate says.
    Uniform,
    /// At random, as those of many users who know nothing of each other: a Poisson process with as many arrivals in each stage
    /// as evenly spaced ones.
    Poisson,
    /// At the times that a file lists.
    Replayed(StartTimes),
}

/// Start times from a file, in order.
#[derive(Clone, PartialEq)]
pub struct StartTimes {
    times: Arc<[Duration]>,
}

impl Spacing {
    /// Reads `arrivals`.
    pub(super) fn read(section: &Section<'_>, files: &Files<'_>) -> Option<Self> {
        if section.has_table("arrivals") {
            let table = section.table("arrivals");
            let path = table.required("file", &Reader::text(1..=LONGEST_PATH));
            table.finish();
            let path = path?;
            return match StartTimes::read(&path, files) {
                Ok(times) => Some(Self::Replayed(times)),
                Err(message) => {
                    section.problem_at("arrivals.file", &message);
                    None
                }
            };
        }
        let expected = "\"uniform\", \"poisson\" or a file of start times such as { file = \"starts.csv\" }";
        let reader = Reader::new(expected, |value| match value.as_str() {
            Some("uniform") => Ok(Self::Uniform),
            Some("poisson") => Ok(Self::Poisson),
            Some(word) => Err(nearest(word, &["uniform", "poisson"])
                .map_or(Mismatch::Unexpected, |word| Mismatch::DidYouMean(format!("{word:?}")))),
            None => Err(Mismatch::Unexpected),
        });
        match section.has("arrivals") {
            true => section.optional("arrivals", &reader),
            false => Some(Self::Uniform),
        }
    }
}

impl StartTimes {
    /// Reads a file: seconds from the begin of the run, one to a line, in order. A first line may name the columns, of which
    /// `start` is read.
    fn read(path: &str, files: &Files<'_>) -> Result<Self, String> {
        let bytes = files(path)?;
        Self::parse(&bytes).map_err(|(line, message)| format!("{path}:{line}: {message}"))
    }

    fn parse(bytes: &[u8]) -> Result<Self, (usize, String)> {
        let (mut rows, mut row) = (Rows::of(bytes)?, Row::default());
        let mut times: Vec<Duration> = Vec::new();
        let mut column = 0;
        let mut is_first = true;
        while rows.next_into(&mut row)? {
            if std::mem::take(&mut is_first)
                && row.fields.iter().all(|field| field.trim().parse::<f64>().is_err())
            {
                column = row.fields.iter().position(|name| name.trim() == COLUMN).ok_or_else(|| {
                    let names: Vec<&str> = row.fields.iter().map(String::as_str).collect();
                    let meant = nearest(COLUMN, &names)
                        .map_or(String::new(), |name| format!("; {name:?} comes near"));
                    (
                        row.line,
                        format!(
                            "no column is named {COLUMN:?}, expected one with seconds from the begin{meant}"
                        ),
                    )
                })?;
                continue;
            }
            let at = start(&row, column, times.last().copied())?;
            if times.len() >= MOST_STARTS {
                return Err((
                    row.line,
                    format!("more than {MOST_STARTS} starts, expected at most that many"),
                ));
            }
            times.push(at);
        }
        match times.is_empty() {
            true => Err((
                1,
                "no start times, expected seconds from the begin of the run, one to a line".to_owned(),
            )),
            false => Ok(StartTimes { times: times.into() }),
        }
    }

    /// The times since the begin of the run.
    #[must_use]
    pub fn times(&self) -> Arc<[Duration]> {
        Arc::clone(&self.times)
    }

    /// Most starts within any second.
    #[must_use]
    pub fn peak_rate(&self) -> f64 {
        let mut oldest = 0;
        let mut peak = 0;
        for (newest, at) in self.times.iter().enumerate() {
            while *at >= self.times[oldest] + Duration::from_secs(1) {
                oldest += 1;
            }
            peak = peak.max(newest + 1 - oldest);
        }
        peak as f64
    }

    /// One stage that holds all starts: whole seconds.
    pub(super) fn one_stage(&self) -> Vec<Stage> {
        let duration = Duration::from_secs(self.last().as_secs() + 1);
        vec![Stage { name: "replay".to_owned(), duration, from: 0.0, to: 0.0 }]
    }

    /// Gives stages the mean rates that the starts in them have.
    pub(super) fn fill(&self, stages: &mut [Stage]) -> Result<(), String> {
        let (mut end, mut before) = (Duration::ZERO, 0);
        for stage in &mut *stages {
            end = end.saturating_add(stage.duration);
            let up_to = self.times.partition_point(|at| *at < end);
            stage.from = (up_to - before) as f64 / stage.duration.as_secs_f64();
            stage.to = stage.from;
            before = up_to;
        }
        if before == self.times.len() {
            return Ok(());
        }
        Err(format!(
            "the last start is {} s after the begin, and the stages end after {}; lengthen the last stage, or leave the stages out",
            self.last().as_secs_f64(),
            duration::format(end)
        ))
    }

    fn last(&self) -> Duration {
        self.times.last().copied().unwrap_or_default()
    }
}

impl fmt::Debug for StartTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} starts until {:?}", self.times.len(), self.last())
    }
}

/// The start in a row, which must not come before the last one.
fn start(row: &Row, column: usize, last: Option<Duration>) -> Result<Duration, (usize, String)> {
    let wrong = |message: String| (row.line, message);
    let text = row.fields.get(column).map_or("", |field| field.trim());
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..LATEST_START_S).contains(seconds)).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        wrong(format!("value {shown:?}, expected seconds from the begin of the run such as 12.5 (0 to {LATEST_START_S})"))
    })?;
    let at = Duration::from_secs_f64(seconds);
    match last {
        Some(last) if at < last => Err(wrong(format!(
            "value {text:?} comes before the line above ({}), expected starts in order; sort the file",
            last.as_secs_f64()
        ))),
        Some(_) | None => Ok(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Workload;
    use crate::profile::document::read_alone;

    #[test]
    fn files_of_start_times() {
        let ms = Duration::from_millis;
        for (text, expected) in [
            ("0\n0.5\n0.5\n12\n", vec![ms(0), ms(500), ms(500), ms(12_000)]),
            ("start\n1e-1\n", vec![ms(100)]),
            ("user,start\nann, 0.25 \nbob,3\n", vec![ms(250), ms(3_000)]),
        ] {
            assert_eq!(
                StartTimes::parse(text.as_bytes()).map(|read| read.times().to_vec()),
                Ok(expected),
                "{text:?}"
            );
        }
    }

    #[test]
    fn mistakes_in_them() {
        let many = "1\n".repeat(MOST_STARTS + 1);
        for (text, line, part) in [
            ("", 1, "no start times, expected seconds"),
            ("start\n", 1, "no start times"),
            (
                "0\n-3\n",
                2,
                "value \"-3\", expected seconds from the begin of the run such as 12.5 (0 to 604800)",
            ),
            ("0\n5\n4.5\n", 3, "value \"4.5\" comes before the line above (5), expected starts in order"),
            ("0\nnan\n", 2, "value \"nan\""),
            ("0\n1e9\n", 2, "value \"1e9\""),
            ("0\n2s\n", 2, "value \"2s\""),
            (
                "starts,user\n1,ann\n",
                1,
                "no column is named \"start\", expected one with seconds from the begin; \"starts\" comes near",
            ),
            ("user,start\nann\n", 2, "value \"\""),
            (&many, MOST_STARTS + 1, "more than 1000000 starts"),
        ] {
            let (at, message) = StartTimes::parse(text.as_bytes()).unwrap_err();
            assert!(at == line && message.contains(part), "{at}: {message}");
        }
    }

    #[test]
    fn the_peak_is_that_of_any_second() {
        let starts = StartTimes::parse(b"0\n0.9\n1.1\n1.8\n1.9\n5\n").unwrap();
        assert_eq!(starts.peak_rate(), 3.0);
        assert_eq!(format!("{starts:?}"), "6 starts until 5s");
    }

    /// The one file that there is.
    fn files(path: &str) -> Result<Vec<u8>, String> {
        match path {
            "starts.csv" => Ok(b"start\n0.5\n1.5\n2.5\n".to_vec()),
            _ => Err(format!("{path} cannot be read: no such file")),
        }
    }

    fn stage(name: &str, seconds: u64, rate: f64) -> Stage {
        Stage { name: name.to_owned(), duration: Duration::from_secs(seconds), from: rate, to: rate }
    }

    #[test]
    fn a_file_of_start_times_is_the_load() {
        let read = |text| {
            let document = crate::profile::document::Document::parse(text);
            let workload = Workload::read(&document.root(), &files);
            document.accept("f", workload).unwrap()
        };
        let alone = read("workload.arrivals.file = \"starts.csv\"");
        assert_eq!(alone.stages(), [stage("replay", 3, 1.0)]);
        assert_eq!((alone.arrivals(), alone.peak_rate()), (Some(3.0), 1.0));
        let two = "{ duration = \"1s\" }, { name = \"b\", duration = \"4s\" }";
        let divided =
            read(&format!("workload = {{ arrivals = {{ file = \"starts.csv\" }}, stages = [{two}] }}"));
        assert_eq!(divided.stages(), [stage("stage-1", 1, 1.0), stage("b", 4, 0.5)]);
    }

    #[test]
    fn mistakes_in_arrivals() {
        let table = [
            (
                "workload = { arrivals = \"poison\", stages = [{ duration = \"1s\", rate = 1 }] }",
                "workload.arrivals: value \"poison\", expected \"uniform\", \"poisson\" or a file of start times such as { file \
                 = \"starts.csv\" }; did you mean \"poisson\"",
            ),
            (
                "workload = { arrivals = { file = \"none.csv\" } }",
                "workload.arrivals.file: none.csv cannot be read: no such file",
            ),
            (
                "workload = { arrivals = { fil = \"starts.csv\" } }",
                "workload.arrivals.fil: unknown key; did you mean file",
            ),
            (
                "workload = { arrivals = { file = \"starts.csv\" }, stages = [{ duration = \"3s\", rate = 1 }] }",
                "workload.stages[0].rate: stands beside a file of start times",
            ),
            (
                "workload = { arrivals = { file = \"starts.csv\" }, stages = [{ duration = \"2s\" }] }",
                "workload.stages: the last start is 2.5 s after the begin, and the stages end after 2s; lengthen",
            ),
            (
                "workload = { model = \"closed\", arrivals = \"poisson\", stages = [{ duration = \"1s\", flows = 1 }] }",
                "workload.arrivals: belongs to the open model",
            ),
        ];
        for (text, expected) in table {
            read_alone(text, |root| Workload::read(root, &files)).assert(&Err(expected));
        }
    }
}
