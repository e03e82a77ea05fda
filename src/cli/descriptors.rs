//! File descriptors: how many a run needs, and whether it may have them.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::failure::Failure;
use crate::profile::{EngineSettings, Workload};

/// For files, listeners, event queues and whatever the process has open anyway.
const OWN: u64 = 64;
/// Calls that the parties beside the target exchange per flow: verify, start, decision, notification.
const CALLS_PER_FLOW: u64 = 4;
/// Connections that one party opens at most.
const CONNECTIONS_PER_PARTY_MAX: u64 = 1024;

/// Who runs in this process beside the generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// The embedded OP, the authentication service and the notification endpoint: both ends of every connection.
    EmbeddedOp,
    /// The authentication service and the notification endpoint.
    Instruments,
}

/// Descriptors that a run needs at most.
///
/// The generator uses no more connections than its engine allows or than flows can be under way. The calls beside it are
/// allowed to take a second each at the peak rate.
pub fn needed(engine: &EngineSettings, workload: &Workload, beside: Beside) -> u64 {
    let flows = workload.peak_in_flight();
    let connections = u64::from(engine.max_connections).min(flows);
    // The cast saturates: a closed model without think time has no highest rate.
    let peak = (workload.peak_rate().ceil() as u64).min(flows);
    let calls = CALLS_PER_FLOW * peak.min(CONNECTIONS_PER_PARTY_MAX);
    let ends = match beside {
        Beside::EmbeddedOp => 2,
        Beside::Instruments => 1,
    };
    OWN + ends * connections + ends * calls
}

/// Descriptors that a suite needs at most whose checks open so many connections to the target.
pub fn needed_by_suite(connections: usize, beside: Beside) -> u64 {
    let ends = match beside {
        Beside::EmbeddedOp => 2,
        Beside::Instruments => 1,
    };
    // The target calls our side less often than it is called.
    OWN + 2 * ends * connections as u64
}

/// Descriptors that this process may open at most, its soft limit raised as far as it goes.
pub fn limit() -> u64 {
    getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX)
}

/// Makes sure that this process may open `needed` descriptors, raising its soft limit where the hard one allows it. Gives
/// the limit in force.
pub fn ensure(needed: u64) -> Result<u64, Failure> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // No limit at all is `None`.
    let (soft, hard) = (current.unwrap_or(u64::MAX), maximum.unwrap_or(u64::MAX));
    if soft >= needed {
        return Ok(soft);
    }
    if hard >= needed && setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum }).is_ok() {
        return Ok(needed);
    }
    Err(Failure::usage(format!(
        "too few file descriptors: this run needs up to {needed}, and this process may open {soft} (hard limit {hard}); \
         raise it with `ulimit -n {needed}`, or lower --jobs, or engine.max_connections or the rates in the profile"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    #[test]
    fn what_is_needed_follows_connections_and_rate() {
        let profile = |text: &str| {
            let stage = "[[workload.stages]]\nname = \"s\"\nduration = \"10s\"\n";
            Profile::parse("t", "t.toml", &format!("{text}\n{stage}rate = 100\n")).unwrap()
        };
        let small = profile("engine.max_connections = 10\nworkload.max_in_flight = 50");
        let wide = profile("engine.max_connections = 2000\nworkload.max_in_flight = 1000");
        for (profile, beside, expected) in [
            (&small, Beside::Instruments, 64 + 10 + 4 * 50),
            (&small, Beside::EmbeddedOp, 64 + 2 * 10 + 2 * 4 * 50),
            (&wide, Beside::Instruments, 64 + 1000 + 4 * 100),
        ] {
            assert_eq!(needed(&profile.engine, &profile.workload, beside), expected);
        }
    }

    #[test]
    fn an_impossible_number_is_refused_with_the_number() {
        let now = ensure(1).unwrap();
        assert!(now >= 1);
        if now < u64::MAX {
            let lines = ensure(u64::MAX - 1).unwrap_err().lines();
            assert!(lines[0].contains(&format!("needs up to {}", u64::MAX - 1)), "{lines:?}");
        }
    }
}
