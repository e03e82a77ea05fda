//! What a target file says of registering clients.

use super::FileSecret;
use super::commented::{Text, quoted};
use super::parse::Secrets;
use crate::profile::document::Section;

/// Clients may be registered at the server (RFC 7591).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrationEntry {
    /// What a registration shows, where not everybody may register.
    pub initial_access_token: Option<FileSecret>,
}

impl RegistrationEntry {
    pub(super) fn write(entry: Option<&Self>, text: &mut Text) {
        match entry {
            Some(entry) => {
                text.table("registration");
                let token = entry.initial_access_token.as_ref();
                text.optional("initial_access_token", token.map(|token| quoted(&token.expose_text())));
            }
            None => text.absent_table("registration"),
        }
    }
}

impl Secrets<'_> {
    /// Reads `[registration]`, whose being there is the permission.
    pub(super) fn read_registration(&self, root: &Section<'_>) -> Option<RegistrationEntry> {
        if !root.has("registration") {
            return None;
        }
        let section = root.table("registration");
        let initial_access_token = section.optional("initial_access_token", &self.secret());
        section.finish();
        Some(RegistrationEntry { initial_access_token })
    }
}
