//! The clients of a target file.

use super::parse::Secrets;
use super::{ClientEntry, Clients};
use crate::profile::document::Section;

impl Secrets<'_> {
    /// Reads `[clients]`.
    pub(super) fn read_clients(&self, root: &Section<'_>) -> Clients {
        const EXPECTED: &str = "a table [clients.poll] or [clients.ping], with client_id and client_secret";
        let section = root.table("clients");
        let named = section.has("poll") || section.has("ping");
        if !root.has("clients") {
            root.missing("clients", EXPECTED);
        } else if section.is_present() && !named {
            root.problem("clients", &format!("no client for poll or ping, expected {EXPECTED}"));
        }
        let names = ["poll", "ping", "second", "user_code", "unregistered", "assertion", "signed"];
        let [poll, ping, second, user_code, unregistered, assertion, signed] = names.map(|name| {
            let has_user_code = name == "user_code";
            if section.has(name) { ClientEntry::read(section.table(name), self, has_user_code) } else { None }
        });
        section.finish();
        Clients { poll, ping, second, user_code, unregistered, assertion, signed }
    }
}
