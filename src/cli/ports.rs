//! Local ports: how many connections need, and whether there are so many.

use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

use super::failure::Failure;
use crate::profile::{EngineSettings, Workload};

/// Where the system tells the first and the last port that it gives to connections.
const RANGE: &str = "/proc/sys/net/ipv4/ip_local_port_range";
/// How long the system keeps the port of a connection that this side has closed: `TIME_WAIT` of Linux.
const KEPT: Duration = Duration::from_secs(60);

/// Ports that connections to the target need at most, of each address that they come from.
///
/// They are kept open, so that each flow under way needs one at most. Those that are renewed leave their ports behind for a
/// while. What a server closes costs ports of its own machine.
pub fn needed(engine: &EngineSettings, workload: &Workload) -> u64 {
    let open = u64::from(engine.max_connections).min(workload.peak_in_flight());
    let renewed = engine.connection_max_age.map_or(0.0, |age| KEPT.as_secs_f64() / age.as_secs_f64());
    let addresses = engine.source_addresses.len().max(1) as f64;
    // The cast saturates.
    (open as f64 * (1.0 + renewed) / addresses).ceil() as u64
}

/// Ports that the system gives to connections of one address to one server; `None` where it does not tell.
pub fn available() -> Option<u64> {
    parse(&std::fs::read_to_string(RANGE).ok()?)
}

fn parse(range: &str) -> Option<u64> {
    let mut ends = range.split_whitespace().map(str::parse::<u64>);
    let (first, last) = (ends.next()?.ok()?, ends.next()?.ok()?);
    Some((last + 1).saturating_sub(first))
}

/// Makes sure that the connections of a run find ports, and come from where they are to.
pub fn ensure(engine: &EngineSettings, workload: &Workload) -> Result<(), Failure> {
    for address in &engine.source_addresses {
        own(*address)?;
    }
    match available() {
        Some(available) => enough(engine, needed(engine, workload), available),
        None => Ok(()),
    }
}

fn enough(engine: &EngineSettings, needed: u64, available: u64) -> Result<(), Failure> {
    if needed <= available {
        return Ok(());
    }
    let age = match engine.connection_max_age {
        Some(age) => format!(
            "those that connection_max_age = \"{}\" leaves behind for {} s included",
            mock_auth_service::duration::format(age),
            KEPT.as_secs()
        ),
        None => "all of them open at once".to_owned(),
    };
    Err(Failure::usage(format!(
        "too few local ports: this run needs up to {needed} for its connections to the target from each of its addresses, {age}, and \
         this machine gives {available} ({RANGE}); lower engine.max_connections, raise engine.connection_max_age, name several \
         addresses of this machine in engine.source_addresses, or widen the range with `sysctl -w \
         net.ipv4.ip_local_port_range=\"1024 65535\"`"
    )))
}

/// Whether connections can come from there.
fn own(address: IpAddr) -> Result<(), Failure> {
    match UdpSocket::bind((address, 0)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::usage(format!(
            "engine.source_addresses: no connection can come from {address} ({error}); expected an address of this machine: `ip \
             address` lists them"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn profile(engine: &str) -> Profile {
        let text = format!(
            "workload = {{ max_in_flight = 60_000, stages = [{{ duration = \"10s\", rate = 100 }}] }}\n\
             engine.flows_per_relying_party = 60_000\n{engine}"
        );
        Profile::parse("t", "t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"))
    }

    #[test]
    fn what_is_needed_follows_connections_ages_and_addresses() {
        for (engine, expected) in [
            ("", 512),
            ("engine.max_connections = 65_536", 60_000),
            ("engine.connection_max_age = \"30s\"", 3 * 512),
            (
                "engine.connection_max_age = \"30s\"\nengine.source_addresses = [\"127.0.0.2\", \"127.0.0.3\"]",
                768,
            ),
        ] {
            let profile = profile(engine);
            assert_eq!(needed(&profile.engine, &profile.workload), expected, "{engine}");
        }
    }

    #[test]
    fn the_range_is_read_with_both_ends() {
        assert_eq!(parse("32768\t60999\n"), Some(28_232));
        assert_eq!((parse(""), parse("1"), parse("9 x")), (None, None, None));
        assert!(available().is_none_or(|ports| ports > 0));
    }

    #[test]
    fn too_few_are_told_with_what_helps() {
        let lines = |engine: &str, needed| {
            enough(&profile(engine).engine, needed, 28_232).map_err(|failure| failure.lines().join("\n"))
        };
        assert!(lines("", 28_232).is_ok());
        let open = lines("", 30_000).unwrap_err();
        for part in ["up to 30000", "gives 28232", "engine.source_addresses", "sysctl -w", "open at once"] {
            assert!(open.contains(part), "{part} is not in {open}");
        }
        let renewed = lines("engine.connection_max_age = \"1s\"", 31_232).unwrap_err();
        assert!(renewed.contains("connection_max_age = \"1s\" leaves behind for 60 s"), "{renewed}");
    }

    #[test]
    fn an_address_of_another_machine_is_refused_beforehand() {
        let ensure = |address: &str| {
            let profile = profile(&format!("engine.source_addresses = [\"{address}\"]"));
            ensure(&profile.engine, &profile.workload)
        };
        assert!(ensure("127.0.0.2").is_ok());
        // For documentation: nobody has it (RFC 5737).
        let lines = ensure("192.0.2.7").unwrap_err().lines();
        assert!(lines[0].contains("no connection can come from 192.0.2.7"), "{lines:?}");
    }
}
