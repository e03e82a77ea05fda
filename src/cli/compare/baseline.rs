use std::path::Path;

use super::files::formats;
use super::sides::ReadSide;
use crate::analysis::Exit;
use crate::analysis::comparison::{Comparison, Limit, Settings, Side, compare, refused_baseline};
use crate::cli::choices::RECORD_FORMAT;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::cli::results::RunFolder;
use crate::record::RunRecord;
use crate::report::{COMPARISON_FORMATS, ComparisonFormat, Style, comparison_format_named};

/// The format that is shown on standard output after the run's own report.
const SHOWN: &str = "table";

/// The earlier run, or runs, that a run is compared with when it is over.
#[derive(Debug)]
pub struct RunBaseline {
    side: ReadSide,
    limits: Vec<Limit>,
    formats: Vec<&'static ComparisonFormat>,
}

impl RunBaseline {
    /// Reads the baseline of a run under this profile, and refuses one that the run could not be held against. `names` are the
    /// formats of the run's own files: the comparison is written in the same, and as JSON.
    pub fn read(text: &str, limits: &[Limit], profile: &str, names: &[String]) -> Result<Self, Failure> {
        let side = ReadSide::read(text)?;
        if let Some(reason) = refused_baseline(&side.side('A'), profile, limits) {
            return Err(Failure::usage(format!("--baseline {reason}")));
        }
        let mut names: Vec<String> =
            names.iter().filter(|name| comparison_format_named(name).is_some()).cloned().collect();
        names.push(RECORD_FORMAT.to_owned());
        Ok(RunBaseline { side, limits: limits.to_vec(), formats: formats(&names, COMPARISON_FORMATS) })
    }

    /// Opens the comparison's files, before the run starts.
    pub fn open_files(&self, folder: &mut RunFolder) -> Result<(), Failure> {
        self.formats.iter().try_for_each(|format| folder.open(&format.file()))
    }

    /// Compares a run with it.
    pub fn compare(&self, record: &RunRecord, folder: &Path) -> Result<Comparison, Failure> {
        let run = Side { letter: 'B', runs: vec![(folder.display().to_string(), record)] };
        let settings = Settings { limits: self.limits.clone(), ..Settings::default() };
        compare(&[self.side.side('A'), run], &settings).map_err(Failure::internal)
    }

    /// Writes the comparison's files and shows it; gives the exit code that it calls for.
    pub fn tell(
        &self,
        compared: Result<Comparison, Failure>,
        folder: &mut RunFolder,
        output: Output,
    ) -> Exit {
        let comparison = match compared {
            Ok(comparison) => comparison,
            Err(failure) => {
                output.failure(&failure);
                // What was to be held against limits and could not be has not kept them.
                return if self.limits.is_empty() { Exit::Done } else { Exit::Inconclusive };
            }
        };
        let mut exits = vec![comparison.exit()];
        for format in &self.formats {
            let rendered = (format.render)(&comparison, &Style::default()).map_err(Failure::internal);
            let path = folder.path().join(format.file());
            let written = rendered.and_then(|bytes| {
                folder.write(&format.file(), &bytes).map_err(|error| {
                    Failure::internal(format!("{}: cannot be written: {error}", path.display()))
                })
            });
            if let Err(failure) = written {
                output.failure(&failure);
                exits.push(Exit::Internal);
            }
        }
        let shown = comparison_format_named(SHOWN).map_or(Ok(()), |format| {
            let text =
                (format.render)(&comparison, &output.style(None, Vec::new())).map_err(Failure::internal)?;
            output.result(b"\n").and_then(|()| output.result(&text))
        });
        if let Err(failure) = shown {
            output.failure(&failure);
            exits.push(failure.exit());
        }
        Exit::weightiest(exits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::comparison_sample::{baseline, changed};
    use std::fs;

    #[test]
    fn a_regression_is_exit_7_and_is_written_beside_the_report() {
        let scratch = std::env::temp_dir().join(format!("ciba-bench-baseline-{}", std::process::id()));
        fs::create_dir_all(&scratch).unwrap();
        let (mine, theirs) = (baseline(1), changed(2));
        let record = scratch.join("record.json");
        fs::write(&record, serde_json::to_vec(&mine).unwrap()).unwrap();
        let read = |limit: &str| {
            let limits = [limit.parse().unwrap()];
            let formats = ["table".to_owned(), "hgrm".to_owned()];
            RunBaseline::read(&record.display().to_string(), &limits, &theirs.profile, &formats)
        };
        let output = Output { quiet: true, json: true };
        for (limit, exit) in [("ack p99 > 5%", Exit::Regression), ("notify p99 > 5%", Exit::Done)] {
            let of = read(limit).unwrap();
            let place = scratch.join(exit.word());
            let mut folder = RunFolder::create(&place, &[""; 0]).unwrap();
            of.open_files(&mut folder).unwrap();
            let compared = of.compare(&theirs, folder.path());
            assert_eq!(of.tell(compared, &mut folder, output), exit, "{limit}");
            drop(folder);
            for file in ["comparison.txt", "comparison.json"] {
                assert!(fs::read_to_string(place.join(file)).unwrap().contains(limit), "{file}");
            }
            // What could not be compared has not kept its limits.
            let mut folder = RunFolder::create(&place, &[""; 0]).unwrap();
            assert_eq!(of.tell(Err(Failure::internal("x")), &mut folder, output), Exit::Inconclusive);
        }
        let refused = read("poll_denied p99 > 5%").unwrap_err().lines();
        assert!(refused[0].contains("A has too few samples, it takes 300; run longer"), "{refused:?}");
        fs::remove_dir_all(&scratch).unwrap();
    }
}
