//! Closed sets of names as arguments: a wrong one is answered with the right ones.

use clap::builder::{PossibleValue, PossibleValuesParser};

use super::check_names::offer;
use crate::report::{COMPARISON_FORMATS, FORMATS};
use reference_op::{Fault, FaultSet};

/// A format of a run's files that is made of more than the record, or of more than one file.
pub const HGRM: &str = "hgrm";
/// Goose's own report.
pub const GOOSE: &str = "goose";

/// The format that the record itself has.
pub const RECORD_FORMAT: &str = "json";

/// The format that has every figure of a load over time.
const SERIES_FORMAT: &str = "csv";

/// Formats that only a run's folder can have, and what they are.
pub const FOLDER_FORMATS: [(&str, &str); 2] = [
    (HGRM, "one HdrHistogram percentile file per span, in ms: histograms/SPAN.hgrm (run only)"),
    (GOOSE, "Goose's own report of the run: goose.html (run only)"),
];

/// Largest seed: TOML's integers end here, and a seed can stand in a profile.
pub const SEED_MAX: u64 = i64::MAX.unsigned_abs();

/// A fault of the embedded OP by its name. There are too many to list them all where one is wrong.
pub fn fault_name(name: &str) -> Result<String, String> {
    let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    one_of(name, &names, "`ciba-bench list faults` names them")
}

/// The faults of those names; names that the parser would have refused are left out.
pub fn faults(names: &[String]) -> FaultSet {
    names.iter().filter_map(|name| name.parse::<Fault>().ok()).collect()
}

/// A fault of the mock authentication service by its name.
pub fn service_fault_name(name: &str) -> Result<String, String> {
    let names: Vec<&str> = mock_auth_service::Fault::ALL.iter().map(|fault| fault.name()).collect();
    one_of(name, &names, "`ciba-bench list auth-service-faults` names them")
}

fn one_of(name: &str, names: &[&str], otherwise: &str) -> Result<String, String> {
    match names.contains(&name) {
        true => Ok(name.to_owned()),
        false => Err(format!("no fault has this name, {}", offer(name, names, otherwise))),
    }
}

/// The faults of those names; names that the parser would have refused are left out.
pub fn service_faults(names: &[String]) -> mock_auth_service::FaultSet {
    names.iter().filter_map(|name| name.parse::<mock_auth_service::Fault>().ok()).collect()
}

/// Formats that a record can be written in.
pub fn format_names() -> PossibleValuesParser {
    FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about)).collect::<Vec<_>>().into()
}

/// Those that are written where nothing is said: all but the record's own, and the figures of a load as a table.
pub fn suite_formats() -> Vec<String> {
    let names = FORMATS.iter().map(|format| format.name.to_owned());
    names.filter(|name| name != RECORD_FORMAT && name != SERIES_FORMAT).collect()
}

/// Formats that a comparison can be written in.
pub fn comparison_format_names() -> PossibleValuesParser {
    let formats = COMPARISON_FORMATS.iter();
    formats.map(|format| PossibleValue::new(format.name).help(format.about)).collect::<Vec<_>>().into()
}

/// Formats that a run can write into its folder.
pub fn run_format_names() -> PossibleValuesParser {
    let record = FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about));
    let folder = FOLDER_FORMATS.iter().map(|(name, about)| PossibleValue::new(*name).help(*about));
    record.chain(folder).collect::<Vec<_>>().into()
}
