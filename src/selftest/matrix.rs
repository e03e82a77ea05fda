use super::{EMBEDDED_BANK, ProvingGround, SIGNING_BANK};
use crate::conformance::{Check, Need, Section, every_check};
use crate::record::{CheckRecord, Verdict};
use crate::world::WorldSettings;
use reference_op::{Fault, FaultSet};
use std::future::Future;

/// What one fault does to the suite.
#[derive(Debug)]
pub struct Row {
    /// The fault; `None` for the row without any.
    pub fault: Option<Fault>,
    /// The checks that ran, in the order of the registry.
    pub checks: Vec<CheckRecord>,
}

/// Whether one check fails under the fault that it names.
#[derive(Debug)]
pub struct Proof {
    /// The check.
    pub check: &'static Check,
    /// Why it is not proven; `None` when it is.
    pub unproven: Option<String>,
}

type Entry = (&'static Section, &'static Check);

/// Every check under the fault that it names, and without any.
pub fn diagonal() -> Vec<Proof> {
    let sound = row(None, &every_check().collect::<Vec<Entry>>());
    every_check()
        .map(|entry| {
            let (_, check) = entry;
            let passed =
                sound.checks.iter().find(|record| record.id == check.id).map(|record| &record.verdict);
            let unproven = match passed {
                // What cannot show in a world without faults shows under the fault, or the check is unproven.
                Some(Verdict::Pass | Verdict::NotApplicable { .. }) => under_its_fault(entry),
                Some(verdict) => Some(format!("without faults it comes to {}", verdict.in_words())),
                None => Some("it did not run".to_owned()),
            };
            Proof { check, unproven }
        })
        .collect()
}

/// All checks under one fault, or without any.
pub fn matrix(fault: Option<Fault>) -> Row {
    row(fault, &every_check().collect::<Vec<Entry>>())
}

/// Runs a future on a thread of its own making, in virtual time.
///
/// # Panics
/// When the operating system refuses a runtime.
pub fn virtual_time<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    match runtime {
        Ok(runtime) => runtime.block_on(future),
        Err(error) => panic!("no runtime: {error}"),
    }
}

fn row(fault: Option<Fault>, entries: &[Entry]) -> Row {
    let faults = fault.map_or(FaultSet::NONE, FaultSet::from);
    // A bank signs its consents in one country only; what is about these is proven there.
    let (signed, others): (Vec<Entry>, Vec<Entry>) =
        entries.iter().partition(|(_, check)| check.needs.contains(&Need::SignedConsents));
    let mut checks = Vec::new();
    for (entries, bank) in [(others, EMBEDDED_BANK), (signed, SIGNING_BANK)] {
        if entries.is_empty() {
            continue;
        }
        checks.extend(virtual_time(async {
            match ProvingGround::with(WorldSettings { faults, ..WorldSettings::of_bank(bank) }).await {
                Ok(ground) => ground.run(&entries).await.checks,
                Err(error) => panic!("{error}"),
            }
        }));
    }
    Row { fault, checks }
}

fn under_its_fault(entry: Entry) -> Option<String> {
    let name = entry.1.fault;
    let Ok(fault) = name.parse::<Fault>() else {
        return Some(format!("the embedded OP has no fault {name:?}"));
    };
    let row = row(Some(fault), &[entry]);
    match row.checks.first().map(|record| &record.verdict) {
        Some(Verdict::Fail { .. }) => None,
        Some(verdict) => Some(format!("under the fault {name} it comes to {}", verdict.in_words())),
        None => Some("it did not run".to_owned()),
    }
}
