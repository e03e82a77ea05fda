//! What every record says of when and what.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reference_op::FaultSet;

use crate::record::TargetSeen;
use crate::target::TargetFacts;

/// Wall time as RFC 3339 in UTC, to the second.
pub fn rfc3339(since_epoch: Duration) -> String {
    format(since_epoch, "%Y-%m-%dT%H:%M:%SZ")
}

/// Wall time as it stands in names of folders.
pub fn folder_time(since_epoch: Duration) -> String {
    format(since_epoch, "%Y%m%dT%H%M%SZ")
}

/// The day in UTC.
pub fn today(since_epoch: Duration) -> Date {
    timestamp(since_epoch).to_zoned(TimeZone::UTC).date()
}

/// The target, as it was seen. `reference` says whether it is the embedded OP.
pub fn target_seen(facts: &TargetFacts, reference: bool, faults: FaultSet) -> TargetSeen {
    TargetSeen {
        issuer: facts.issuer.clone(),
        reference,
        backchannel_authentication_endpoint: facts.backchannel_authentication_endpoint.to_string(),
        token_endpoint: facts.token_endpoint.to_string(),
        delivery_modes: facts.delivery_modes.iter().map(|mode| mode.name().to_owned()).collect(),
        faults: faults.iter().map(|fault| fault.name().to_owned()).collect(),
    }
}

fn format(since_epoch: Duration, form: &str) -> String {
    timestamp(since_epoch).strftime(form).to_string()
}

fn timestamp(since_epoch: Duration) -> Timestamp {
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or_default();
    Timestamp::from_second(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        let time = Duration::from_millis(1_773_480_413_900);
        assert_eq!(rfc3339(time), "2026-03-14T09:26:53Z");
        assert_eq!(folder_time(time), "20260314T092653Z");
        assert_eq!(today(time).to_string(), "2026-03-14");
    }
}
