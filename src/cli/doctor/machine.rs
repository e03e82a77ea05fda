//! Whether a profile fits this machine.

use super::report::{fit_lines, fit_verdict};
use crate::analysis::Exit;
use crate::cli::descriptors;
use crate::cli::failure::Failure;
use crate::cli::machine::environment;
use crate::cli::output::Output;
use crate::cli::run::Job;
use crate::clock::Clock;
use crate::doctor::State;
use crate::doctor::machine::{Ceiling, Demand, Fit, Sizes, calibrate, fits};
use crate::jose::SigningKey;

/// A machine that was measured.
pub struct Measured {
    /// The profile that it is to carry.
    pub profile: String,
    /// What it can do.
    pub ceiling: Ceiling,
    /// Whether the profile fits it.
    pub fits: Vec<Fit>,
    /// What it comes to.
    pub exit: Exit,
}

/// Measures this machine and shows whether the job fits it.
pub fn examine(job: &Job, output: Output) -> Result<Measured, Failure> {
    let plan = job.plan();
    let title = format!("ciba-bench doctor  profile {} on this machine\n\n", job.profile.name);
    output.result(title.as_bytes())?;
    if cfg!(debug_assertions) {
        output.note(
            "this is a build without optimisation: its ceiling is lower than that of one with --release",
        );
    }
    let sizes = Sizes {
        cores: plan.machine.cores,
        memory_mib: environment(descriptors::limit()).memory_mib,
        descriptors: plan.machine.descriptors,
        ports: plan.machine.ports,
    };
    let ceiling = calibrate(&keys(job), sizes, Clock::system()).map_err(Failure::internal)?;
    let demand = Demand { plan: &plan.load, descriptors: plan.descriptors, ports: plan.ports };
    let fits = fits(&demand, &ceiling);
    let failed = fits.iter().any(|fit| fit.state == State::Failed);
    let exit = if failed { Exit::Usage } else { Exit::Done };
    let lines: String = fits.iter().map(fit_lines).collect();
    output.result(lines.as_bytes())?;
    output.result(fit_verdict(&fits, exit).as_bytes())?;
    Ok(Measured { profile: job.profile.name.clone(), ceiling, fits, exit })
}

/// The keys with which the target's clients sign, and the one of its hints.
fn keys(job: &Job) -> Vec<SigningKey> {
    let Some(target) = &job.target else { return Vec::new() };
    let mut keys = Vec::new();
    for mode in job.modes() {
        for entry in target.file.clients_for(mode, job.profile.flow.consent) {
            let client = entry.client(mode);
            keys.extend([client.assertion_key(), client.request_key()].into_iter().flatten().cloned());
        }
    }
    keys.extend(target.file.login_hint_token.as_ref().map(|entry| entry.signing_key.clone()));
    keys
}
