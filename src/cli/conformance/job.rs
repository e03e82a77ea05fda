//! What the suite is asked to do, checked before anything starts.

use std::time::Duration;

use reference_op::FaultSet;

use super::arguments::{Arguments, OrderSeed, Standard};
use super::baseline::baseline;
use super::deviations::check_deviations;
use crate::ciba::Level;
use crate::cli::check_names::no_such_check;
use crate::cli::choices::faults;
use crate::cli::failure::Failure;
use crate::cli::input::{self, ChosenTarget};
use crate::cli::secrets::random_number;
use crate::conformance::{Check, Chosen, SECTIONS, Section};
use crate::record::Baseline;
use crate::target::file::{AuthenticationService, ConformanceSettings, USERS_BY_DEFAULT};

/// A check with its section.
pub type Entry = (&'static Section, &'static Check);

/// A selection of checks and what to run them against.
#[derive(Debug)]
pub struct SuiteJob {
    /// The target; `None` is the embedded OP.
    pub target: Option<ChosenTarget>,
    /// Faults of the embedded OP.
    pub faults: FaultSet,
    /// What the server is held against.
    pub standard: Standard,
    /// Which checks are asked for.
    pub chosen: Chosen,
    /// Those checks, in the order of the registry.
    pub entries: Vec<Entry>,
    /// Whether only the first choice of several allowed answers passes.
    pub strict: bool,
    /// The weakest level whose failure fails the run.
    pub fail_on: Level,
    /// Most checks at a time.
    pub jobs: usize,
    /// The users whom checks may use.
    pub users: Vec<String>,
    /// A user that the server does not know.
    pub unknown_user: String,
    /// Seed of a random order.
    pub order_seed: Option<u64>,
    /// The time that all checks may take together.
    pub budget: Option<Duration>,
    /// The earlier run with which failures are compared.
    pub baseline: Option<Baseline>,
}

/// What is asked of a suite, before it is known whether there are checks and users for it.
#[derive(Debug)]
pub struct Asked {
    /// Faults of the embedded OP.
    pub faults: FaultSet,
    /// What the server is held against.
    pub standard: Standard,
    /// Which checks are asked for.
    pub chosen: Chosen,
    /// Whether only the first choice of several allowed answers passes.
    pub strict: bool,
    /// The weakest level whose failure fails the run.
    pub fail_on: Level,
    /// Most checks at a time, where that is said.
    pub jobs: Option<u16>,
    /// Seed of a random order.
    pub order_seed: Option<u64>,
    /// The time that all checks may take together.
    pub budget: Option<Duration>,
    /// The earlier run with which failures are compared.
    pub baseline: Option<Baseline>,
}

impl SuiteJob {
    /// Reads the files that the arguments name and checks everything; the problems of all files are told at once.
    pub fn read(arguments: &Arguments) -> Result<Self, Failure> {
        let target = arguments.target.as_deref().map(input::target).transpose();
        let earlier = arguments.baseline.as_deref().map(baseline).transpose();
        let (target, baseline) = Failure::both(target, earlier)?;
        let asked = Asked {
            faults: faults(&arguments.fault),
            standard: arguments.standard,
            chosen: Chosen { only: arguments.only.clone(), level: arguments.level.level() },
            strict: arguments.strict,
            fail_on: arguments.fail_on.level(),
            jobs: arguments.jobs,
            order_seed: arguments.random_order.map(drawn),
            budget: arguments.budget,
            baseline,
        };
        Self::of(asked, target)
    }

    /// Finds the checks and the users, the embedded OP being the target where none is given.
    pub fn of(asked: Asked, target: Option<ChosenTarget>) -> Result<Self, Failure> {
        let Asked { chosen, .. } = asked;
        let entries = chosen.checks(SECTIONS).map_err(|error| no_such_check("--only", &error.0));
        let deviations = target.as_ref().map(check_deviations).transpose();
        let (entries, _) = Failure::both(entries, deviations)?;
        if entries.is_empty() {
            return Err(Failure::usage(
                "no check is left: those that --only names ask less strongly than --level; leave --level out",
            ));
        }
        let jobs = asked.jobs.map(usize::from);
        let (users, unknown_user) = users(target.as_ref(), jobs)?;
        let from_file = target.as_ref().and_then(|target| target.file.conformance.jobs);
        Ok(SuiteJob {
            faults: asked.faults,
            standard: asked.standard,
            chosen,
            entries,
            strict: asked.strict,
            fail_on: asked.fail_on,
            jobs: jobs.or(from_file).unwrap_or(users.len()).min(users.len()),
            users,
            unknown_user,
            order_seed: asked.order_seed,
            budget: asked.budget,
            baseline: asked.baseline,
            target,
        })
    }

    /// Whether users are made up although an authentication service that is not ours has to know them.
    pub fn guesses_users(&self) -> bool {
        self.target.as_ref().is_some_and(|target| {
            target.file.conformance.users.is_empty()
                && target.file.authentication_service == AuthenticationService::None
        })
    }

    /// Whether the target file says whom the server does not know.
    pub fn names_unknown_user(&self) -> bool {
        self.target.as_ref().is_some_and(|target| target.file.conformance.unknown_user.is_some())
    }

    /// What is tested, in words.
    pub fn target_name(&self) -> String {
        match &self.target {
            Some(target) => target.file.issuer.to_string(),
            None => "the embedded OP".to_owned(),
        }
    }
}

/// The users whom checks may use, and one whom nobody knows. Where names are made up there are enough for all jobs.
fn users(target: Option<&ChosenTarget>, jobs: Option<usize>) -> Result<(Vec<String>, String), Failure> {
    let Some(target) = target else {
        let unknown = ConformanceSettings::default().unknown_user().to_owned();
        return Ok((ConformanceSettings::default_users(made_up(jobs)), unknown));
    };
    let settings = &target.file.conformance;
    let users = target
        .file
        .conformance_users(made_up(jobs.or(settings.jobs)))
        .map_err(|refused| Failure::usage(format!("{}: {refused}", target.path.display())))?;
    Ok((users, settings.unknown_user().to_owned()))
}

fn made_up(jobs: Option<usize>) -> usize {
    jobs.unwrap_or(0).max(USERS_BY_DEFAULT)
}

fn drawn(seed: OrderSeed) -> u64 {
    // Of a drawn seed only what can be typed in again.
    seed.0.unwrap_or_else(|| random_number() >> 1)
}
