use super::{Check, ProvingGround, Section, every_check};
use crate::record::{CheckRecord, Verdict};
use mock_auth_service::{Fault, FaultSet};

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
            let passed = sound.iter().find(|record| record.id == check.id).map(|record| &record.verdict);
            let unproven = match passed {
                Some(Verdict::Pass) => under_its_fault(entry),
                Some(verdict) => Some(format!("without faults it comes to {}", verdict.in_words())),
                None => Some("it did not run".to_owned()),
            };
            Proof { check, unproven }
        })
        .collect()
}

/// Checks under one fault, or without any, in virtual time.
///
/// # Panics
/// When the operating system refuses a runtime, or the proving ground cannot be set up: this tool is at fault.
pub fn row(fault: Option<Fault>, entries: &[Entry]) -> Vec<CheckRecord> {
    let faults = fault.map_or(FaultSet::NONE, FaultSet::from);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    runtime.block_on(async {
        match ProvingGround::new(faults, |service| service).await {
            Ok(ground) => ground.run(entries).await.checks,
            Err(error) => panic!("{error}"),
        }
    })
}

fn under_its_fault(entry: Entry) -> Option<String> {
    let name = entry.1.fault;
    let Ok(fault) = name.parse::<Fault>() else {
        return Some(format!("the mock authentication service has no fault {name:?}"));
    };
    match row(Some(fault), &[entry]).first().map(|record| &record.verdict) {
        Some(Verdict::Fail { .. }) => None,
        Some(verdict) => Some(format!("under the fault {name} it comes to {}", verdict.in_words())),
        None => Some("it did not run".to_owned()),
    }
}
