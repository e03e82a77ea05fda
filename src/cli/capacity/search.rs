//! Trial after trial.

use std::path::Path;
use std::time::Duration;

use super::Arguments;
use super::resume::{earlier, was_carried_out};
use crate::analysis::capacity::{part_name, trial_sentence};
use crate::analysis::unit;
use crate::capacity::{Campaign, Planned};
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::{Output, watched};
use crate::cli::report::RECORD_FILE;
use crate::cli::results::{RunFolder, write_record};
use crate::cli::run::{self, Job, Kept, Known, Watching};
use crate::clock::Clock;
use crate::record::{Ended, RunRecord, TargetSeen, TrialRecord};

/// What a search is carried out with.
pub struct Carrier<'c> {
    /// What is tested, and with which profile.
    pub job: &'c Job,
    /// As they were given.
    pub arguments: &'c Arguments,
    /// The command line that repeats it.
    pub command: &'c [String],
    /// The limit of descriptors in force.
    pub descriptors: u64,
    /// Folder of the search.
    pub folder: &'c Path,
    /// Where words go.
    pub output: Output,
    /// Ctrl-C.
    pub interrupt: &'c Interrupt,
    /// The time.
    pub clock: Clock,
}

/// How the search went on, besides what it found.
pub struct Carried {
    /// How it ended.
    pub ended: Ended,
    /// The target, as the trials saw it.
    pub target: TargetSeen,
}

impl Carrier<'_> {
    /// Carries out all trials, or as many as can be. What keeps the very first one from being carried out is a failure.
    pub fn search(&self, campaign: &mut Campaign) -> Result<Carried, Failure> {
        let (mut target, mut ended) = (None, Ended::Completed);
        while let Some(planned) = campaign.next() {
            let (record, is_new) = match earlier(self.folder, &planned, self.job)? {
                Some(record) => (record, false),
                None => match self.carry(&planned) {
                    Ok(record) => (record, true),
                    Err(failure) if target.is_none() => return Err(failure),
                    Err(failure) => {
                        self.output.failure(&failure);
                        ended = failure.ended(failure.lines().join("; "));
                        campaign.stop("a trial could not be carried out");
                        break;
                    }
                },
            };
            target = Some(record.target.clone());
            if !was_carried_out(&record.ended) {
                ended = record.ended;
                campaign.stop("the search was ended");
                break;
            }
            let trial = campaign.record(&planned, &record);
            self.output.note(&line(&planned, &trial, is_new));
            if is_new && campaign.next().is_some() && self.settled().is_err() {
                ended = Ended::Interrupted;
                campaign.stop("the search was interrupted");
                break;
            }
        }
        let target = target.ok_or_else(|| Failure::internal("the search had no trials"))?;
        Ok(Carried { ended, target })
    }

    /// One load, with its record in a folder of its own.
    fn carry(&self, planned: &Planned) -> Result<RunRecord, Failure> {
        let job = self.job.with_profile(planned.profile.clone());
        let mut folder = RunFolder::create(&self.folder.join(&planned.folder), &[RECORD_FILE])?;
        let known = Known {
            name: job.profile.name.clone(),
            command: self.command.to_vec(),
            descriptors: self.descriptors,
            conformance: None,
        };
        let kept = Kept { log: folder.log()?, known };
        // One line a trial is enough where nobody sees it live.
        let watching = Watching::from(Output { quiet: self.output.quiet || !watched(), ..self.output });
        let measured = run::start(&job, kept, None, self.clock, self.interrupt, watching)?;
        let record = run::run_record(&job, self.command.to_vec(), measured, self.descriptors);
        write_record(&mut folder, &record)?;
        Ok(record)
    }

    /// Lets the target settle; a signal ends the pause.
    fn settled(&self) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(Failure::internal)?;
        let pause: Duration = self.arguments.settle;
        runtime.block_on(self.interrupt.or(async {
            tokio::time::sleep(pause).await;
            Ok(())
        }))
    }
}

/// `trial 3, rough: 200 flows/s for 5.00 s: notify p99 < 250ms: 1.31 s; 149 completed per second`.
fn line(planned: &Planned, trial: &TrialRecord, is_new: bool) -> String {
    let earlier = if is_new { "" } else { " (carried out before)" };
    format!(
        "trial {}{earlier}, {}: {} flows/s for {}: {}; {} completed per second",
        planned.number,
        part_name(trial.part),
        unit::figure(trial.rate_per_s),
        unit::seconds(trial.length_s),
        trial_sentence(trial),
        unit::figure(trial.completed_per_s)
    )
}
