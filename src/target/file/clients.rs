//! The clients of a target file.

use super::parse::Secrets;
use super::{ClientEntry, Clients};
use crate::profile::document::Section;

impl Secrets<'_> {
    /// Reads `[clients]`.
    pub(super) fn read_clients(&self, root: &Section<'_>) -> Clients {
        const EXPECTED: &str =
            "a table [clients.poll], [clients.ping] or [clients.push], with client_id and client_secret";
        let section = root.table("clients");
        let named = ["poll", "ping", "push"].iter().any(|mode| section.has(mode));
        if !root.has("clients") {
            root.missing("clients", EXPECTED);
        } else if section.is_present() && !named {
            root.problem("clients", &format!("no client for poll, ping or push, expected {EXPECTED}"));
        }
        let names = [
            "poll",
            "ping",
            "push",
            "second",
            "user_code",
            "unregistered",
            "assertion",
            "signed",
            "certificate",
        ];
        let read = names.map(|name| {
            let has_user_code = name == "user_code";
            if section.has(name) { ClientEntry::read(section.table(name), self, has_user_code) } else { None }
        });
        section.finish();
        let [poll, ping, push, second, user_code, unregistered, assertion, signed, certificate] = read;
        Clients { poll, ping, push, second, user_code, unregistered, assertion, signed, certificate }
    }
}
