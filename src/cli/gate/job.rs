//! What a gate is asked to do, read and checked before anything starts.

use std::path::{Path, PathBuf};

use reference_op::FaultSet;

use super::Arguments;
use super::gate_file::{GateChecks, GateFile};
use crate::cli::conformance::{self, Asked, SuiteJob};
use crate::cli::failure::Failure;
use crate::cli::input::{self, ChosenProfile, ChosenTarget};
use crate::cli::run;
use crate::profile::Profile;

/// The gate file that is built in.
const BUILT_IN: &str = "release";
const RELEASE: &str = include_str!("../../../profiles/gates/release.toml");

/// A gate with everything that its file names. One of the two parts is there at least.
#[derive(Debug)]
pub struct GateJob {
    /// What the run is called.
    pub name: String,
    /// The target; `None` is the embedded OP.
    pub target: Option<ChosenTarget>,
    /// Whether the load is left out when a check fails.
    pub stop_on_violation: bool,
    /// The checks.
    pub suite: Option<SuiteJob>,
    /// The load, with the thresholds of the gate.
    pub load: Option<run::Job>,
}

impl GateJob {
    /// Reads the gate file and the files that it names; the problems of all that can be found are told at once.
    pub fn read(arguments: &Arguments) -> Result<Self, Failure> {
        let text = text(&arguments.gate)?;
        let places = Places { folder: arguments.gate.parent().map(Path::to_owned).unwrap_or_default() };
        let mut profile = Ok(None);
        let gate = GateFile::parse(&arguments.gate.to_string_lossy(), &text, |choice| {
            profile = input::profile(&places.profile(choice)).map(Some);
            Some(profile.as_ref().ok()?.as_ref()?.profile.workload.clone())
        });
        let (gate, profile) = Failure::both(gate.map_err(Failure::usage), profile)?;
        let target =
            arguments.target.clone().or_else(|| gate.target.as_deref().map(|path| places.path(path)));
        let earlier = gate.conformance.as_ref().and_then(|checks| checks.baseline.as_deref());
        let (target, baseline) = Failure::both(
            target.as_deref().map(input::target).transpose(),
            earlier.map(|path| conformance::baseline(&places.path(path))).transpose(),
        )?;
        let suite =
            gate.conformance.map(|checks| SuiteJob::of(Asked { baseline, ..asked(checks) }, target.clone()));
        let thresholds = gate.load.and_then(|load| load.thresholds);
        let load = profile.map(|ChosenProfile { profile, text }| {
            let profile = Profile { thresholds: thresholds.unwrap_or(profile.thresholds), ..profile };
            let job = run::Job::of(
                ChosenProfile { profile, text },
                target.clone(),
                FaultSet::default(),
                arguments.seed,
            )?;
            job.check_permission()?;
            Ok(job)
        });
        let (suite, load) = Failure::both(suite.transpose(), load.transpose())?;
        Ok(GateJob { name: gate.name, target, stop_on_violation: gate.stop_on_violation, suite, load })
    }

    /// What is tested, in words.
    pub fn target_name(&self) -> String {
        match &self.target {
            Some(target) => target.file.issuer.to_string(),
            None => "the embedded OP".to_owned(),
        }
    }

    /// Descriptors that the more demanding part needs at most.
    pub fn descriptors(&self) -> u64 {
        let suite = self.suite.as_ref().map_or(0, conformance::descriptors);
        let load = self.load.as_ref().map_or(0, |load| load.plan().descriptors);
        suite.max(load)
    }
}

/// The text of a gate file: of that name, if one is built in, else in that file.
pub fn text(gate: &Path) -> Result<String, Failure> {
    match gate.as_os_str() == BUILT_IN {
        true => Ok(RELEASE.to_owned()),
        false => input::text(
            gate,
            "the gate file",
            "`ciba-bench gate release` is built in, and with --show it is printed",
        ),
    }
}

fn asked(checks: GateChecks) -> Asked {
    Asked {
        faults: FaultSet::default(),
        standard: checks.standard,
        chosen: checks.chosen,
        strict: checks.strict,
        fail_on: checks.fail_on,
        jobs: checks.jobs,
        order_seed: None,
        budget: checks.budget,
        baseline: None,
    }
}

/// Where the files are that a gate file names: beside it.
struct Places {
    folder: PathBuf,
}

impl Places {
    fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Names of built-in profiles, and names that look like one, are no paths.
    fn profile(&self, choice: &str) -> String {
        if input::looks_like_a_path(choice) {
            self.path(choice).to_string_lossy().into_owned()
        } else {
            choice.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_looked_for_beside_the_gate_file() {
        let places = Places { folder: PathBuf::from("profiles/gates") };
        for (choice, expected) in [
            ("smoke", "smoke"),
            ("smok", "smok"),
            ("mine.toml", "profiles/gates/mine.toml"),
            ("../mine", "profiles/gates/../mine"),
            ("/etc/mine.toml", "/etc/mine.toml"),
        ] {
            assert_eq!(places.profile(choice), expected);
        }
        assert_eq!(places.path("record.json"), Path::new("profiles/gates/record.json"));
    }
}
