//! How the generator is built.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::document::{Mismatch, Reader, Section};

/// Most Goose users.
const MOST_RELYING_PARTIES: u32 = 64;
/// Most flows that one of them carries.
const MOST_FLOWS_PER_RELYING_PARTY: u32 = 1_000_000;
/// Most connections: one IP address has no more ports.
const MOST_CONNECTIONS: u32 = 65_536;
const DEFAULT_RELYING_PARTIES: u32 = 2;
const DEFAULT_FLOWS_PER_RELYING_PARTY: u32 = 50_000;
const DEFAULT_CONNECTIONS: u32 = 512;
/// Most ID tokens that are verified in full per second.
const MOST_ID_TOKENS: u32 = 1_000_000;
/// 67 µs each for ES256: a fifteenth of a core.
const DEFAULT_ID_TOKENS: u32 = 1_000;
/// Below a second most of the time would go into setting connections up.
const CONNECTION_AGES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(86_400);
/// Most source addresses.
const MOST_SOURCE_ADDRESSES: usize = 256;

/// Size of the generator: what it may hold, not what it sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineSettings {
    /// Goose users. Each is a relying party with its own client credentials.
    pub relying_parties: u32,
    /// Flows that one relying party carries at once.
    pub flows_per_relying_party: u32,
    /// Connections to the target, all relying parties together.
    pub max_connections: u32,
    /// ID tokens that are verified in full per second; of those beyond, the signature is left out.
    pub id_tokens_verified_per_s: u32,
    /// A connection that is older carries no further exchange; `None`: as long as the server keeps it.
    pub connection_max_age: Option<Duration>,
    /// Addresses of this machine that connections come from, by turns; the system chooses if there is none.
    pub source_addresses: Vec<IpAddr>,
}

impl EngineSettings {
    /// Flows that fit into the generator at once.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        u64::from(self.relying_parties) * u64::from(self.flows_per_relying_party)
    }

    /// Reads `[engine]`.
    pub(super) fn read(root: &Section<'_>) -> Self {
        let section = root.table("engine");
        let parties = Reader::whole_small(1..=MOST_RELYING_PARTIES, " of relying parties");
        let flows = Reader::whole_small(1..=MOST_FLOWS_PER_RELYING_PARTY, " of flows at once");
        let connections = Reader::whole_small(1..=MOST_CONNECTIONS, " of connections");
        let id_tokens = Reader::whole_small(1..=MOST_ID_TOKENS, " of ID tokens per second");
        let settings = Self {
            relying_parties: section.or("relying_parties", &parties, DEFAULT_RELYING_PARTIES),
            flows_per_relying_party: section.or(
                "flows_per_relying_party",
                &flows,
                DEFAULT_FLOWS_PER_RELYING_PARTY,
            ),
            max_connections: section.or("max_connections", &connections, DEFAULT_CONNECTIONS),
            id_tokens_verified_per_s: section.or("id_tokens_verified_per_s", &id_tokens, DEFAULT_ID_TOKENS),
            connection_max_age: section.optional("connection_max_age", &Reader::duration(CONNECTION_AGES)),
            source_addresses: section.list("source_addresses", &ip_address()).unwrap_or_default(),
        };
        settings.check(&section);
        section.finish();
        settings
    }

    fn check(&self, section: &Section<'_>) {
        let (sources, connections) = (&self.source_addresses, self.max_connections);
        let twice = (1..sources.len()).find(|index| sources[..*index].contains(&sources[*index]));
        let message = if let Some(index) = twice {
            format!("{} is there twice; name each address once", sources[index])
        } else if sources.len() > MOST_SOURCE_ADDRESSES {
            format!("{} addresses, expected {MOST_SOURCE_ADDRESSES} at most", sources.len())
        } else if sources.len() > connections as usize {
            format!(
                "{} addresses for {connections} connections: no connection would come from some of them; raise \
                 engine.max_connections, or name fewer",
                sources.len()
            )
        } else {
            return;
        };
        section.problem("source_addresses", &message);
    }
}

fn ip_address<'r>() -> Reader<'r, IpAddr> {
    Reader::new("an IP address of this machine, such as \"192.0.2.7\"", |value| {
        let address = value.as_str().and_then(|text| text.parse::<IpAddr>().ok());
        let address = address.ok_or(Mismatch::Unexpected)?;
        if address.is_unspecified() || address.is_multicast() {
            return Err(Mismatch::Because("no connection can come from it; name one address".to_owned()));
        }
        Ok(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::document::read_alone;

    #[test]
    fn settings() {
        let default = EngineSettings {
            relying_parties: 2,
            flows_per_relying_party: 50_000,
            max_connections: 512,
            id_tokens_verified_per_s: 1_000,
            connection_max_age: None,
            source_addresses: Vec::new(),
        };
        let table = [
            ("", Ok(default.clone())),
            (
                "engine.id_tokens_verified_per_s = 50",
                Ok(EngineSettings { id_tokens_verified_per_s: 50, ..default.clone() }),
            ),
            (
                "engine = { relying_parties = 4, flows_per_relying_party = 25_000, max_connections = 64 }",
                Ok(EngineSettings {
                    relying_parties: 4,
                    flows_per_relying_party: 25_000,
                    max_connections: 64,
                    ..default.clone()
                }),
            ),
            (
                "engine = { connection_max_age = \"30s\", source_addresses = [\"127.0.0.2\", \"::1\"] }",
                Ok(EngineSettings {
                    connection_max_age: Some(Duration::from_secs(30)),
                    source_addresses: vec![[127, 0, 0, 2].into(), "::1".parse().unwrap()],
                    ..default
                }),
            ),
            (
                "engine.relying_parties = 0",
                Err("engine.relying_parties: value 0, expected a whole number of relying parties (1 to 64)"),
            ),
            (
                "engine.max_connections = 2.5",
                Err("engine.max_connections: value 2.5, expected a whole number of connections (1 to 65536)"),
            ),
            (
                "engine.flows_per_user = 5",
                Err("engine.flows_per_user: unknown key; did you mean flows_per_relying_party"),
            ),
            (
                "engine.id_tokens_verified_per_s = 0",
                Err(
                    "engine.id_tokens_verified_per_s: value 0, expected a whole number of ID tokens per second (1 to 1000000)",
                ),
            ),
            ("engine = 3", Err("engine: value 3, expected a table [engine]")),
            (
                "engine.connection_max_age = \"10ms\"",
                Err(
                    "engine.connection_max_age: value \"10ms\", expected a duration such as \"250ms\", \"3s\" or \"2m\" \
                     (1s to ",
                ),
            ),
            (
                "engine.source_addresses = [\"127.0.0.2\", \"localhost\"]",
                Err(
                    "engine.source_addresses[1]: value \"localhost\", expected an IP address of this machine, such as",
                ),
            ),
            (
                "engine.source_addresses = [\"0.0.0.0\"]",
                Err(
                    "engine.source_addresses[0]: value \"0.0.0.0\", no connection can come from it; name one address",
                ),
            ),
            (
                "engine.source_addresses = [\"127.0.0.2\", \"127.0.0.2\"]",
                Err("engine.source_addresses: 127.0.0.2 is there twice; name each address once"),
            ),
            (
                "engine = { max_connections = 1, source_addresses = [\"127.0.0.2\", \"127.0.0.3\"] }",
                Err(
                    "engine.source_addresses: 2 addresses for 1 connections: no connection would come from some of them",
                ),
            ),
        ];
        for (text, expected) in table {
            read_alone(text, |root| Some(EngineSettings::read(root))).assert(&expected);
        }
    }
}
