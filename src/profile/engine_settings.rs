//! How the generator is built.

use super::document::{Reader, Section};

/// Most Goose users.
const MOST_RELYING_PARTIES: u32 = 64;
/// Most flows that one of them carries.
const MOST_FLOWS_PER_RELYING_PARTY: u32 = 1_000_000;
/// Most connections: one IP address has no more ports.
const MOST_CONNECTIONS: u32 = 65_536;
const DEFAULT_RELYING_PARTIES: u32 = 2;
const DEFAULT_FLOWS_PER_RELYING_PARTY: u32 = 50_000;
const DEFAULT_CONNECTIONS: u32 = 512;

/// Size of the generator: what it may hold, not what it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineSettings {
    /// Goose users. Each is a relying party with its own client credentials.
    pub relying_parties: u32,
    /// Flows that one relying party carries at once.
    pub flows_per_relying_party: u32,
    /// Connections to the target, all relying parties together.
    pub max_connections: u32,
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
        let settings = Self {
            relying_parties: section.or("relying_parties", &parties, DEFAULT_RELYING_PARTIES),
            flows_per_relying_party: section.or(
                "flows_per_relying_party",
                &flows,
                DEFAULT_FLOWS_PER_RELYING_PARTY,
            ),
            max_connections: section.or("max_connections", &connections, DEFAULT_CONNECTIONS),
        };
        section.finish();
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::document::read_alone;

    #[test]
    fn settings() {
        let table = [
            ("", Ok((2, 50_000, 512))),
            (
                "engine = { relying_parties = 4, flows_per_relying_party = 25_000, max_connections = 64 }",
                Ok((4, 25_000, 64)),
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
            ("engine = 3", Err("engine: value 3, expected a table [engine]")),
        ];
        for (text, expected) in table {
            let expected = expected.map(|(relying_parties, flows_per_relying_party, max_connections)| {
                EngineSettings { relying_parties, flows_per_relying_party, max_connections }
            });
            read_alone(text, |root| Some(EngineSettings::read(root))).assert(&expected);
        }
    }
}
