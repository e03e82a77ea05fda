//! What each key of a target file is for: the comments of the annotated example, so that they are written once.

use std::sync::LazyLock;

const ANNOTATED: &str = include_str!("../../../profiles/targets/embedded.toml");
/// What the other dialects' examples explain beside.
const DIALECTS: [&str; 2] = [
    include_str!("../../../profiles/targets/keycloak.toml"),
    include_str!("../../../profiles/targets/approval_url.toml"),
];
/// Whose keys the other clients have, too.
const EXPLAINED_CLIENTS: [&str; 4] =
    ["clients.poll", "clients.assertion", "clients.signed", "clients.certificate"];

/// A key or a table of the annotated example.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Explained {
    /// The key with its tables, as in `clients.poll.client_id`.
    pub path: String,
    /// The comment above it, line by line, without the `#`.
    pub about: Vec<&'static str>,
    /// Its value in the example; nothing for a table.
    pub example: Option<&'static str>,
}

/// The key or table of that path.
pub(super) fn explained(path: &str) -> Option<&'static Explained> {
    let find = |path: &str| ENTRIES.iter().find(|entry| entry.path == path);
    let of_dialects = || OF_DIALECTS.iter().find(|entry| entry.path == path && !entry.about.is_empty());
    find(path).filter(|entry| !entry.about.is_empty()).or_else(of_dialects).or_else(|| {
        let of_client = path.strip_prefix("clients.").and_then(|rest| Some(rest.split_once('.')?.1));
        let key = of_client.or_else(|| path.strip_prefix("open_banking.third_party."))?;
        EXPLAINED_CLIENTS
            .iter()
            .find_map(|client| find(&format!("{client}.{key}")).filter(|entry| !entry.about.is_empty()))
    })
}

/// The keys of the table of that path, without those of its tables.
pub(super) fn keys_of(table: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    ENTRIES.iter().filter_map(move |entry| {
        let key = entry.path.strip_prefix(table)?.strip_prefix('.').filter(|key| !key.contains('.'))?;
        Some((key, entry.example?))
    })
}

static ENTRIES: LazyLock<Vec<Explained>> = LazyLock::new(|| entries(ANNOTATED));
static OF_DIALECTS: LazyLock<Vec<Explained>> =
    LazyLock::new(|| DIALECTS.into_iter().flat_map(entries).collect());

fn entries(example: &'static str) -> Vec<Explained> {
    let (mut entries, mut table, mut about) = (Vec::new(), String::new(), Vec::new());
    for line in example.lines() {
        if let Some(comment) = line.strip_prefix('#') {
            about.push(comment.trim_start());
        } else if let Some(name) = line.strip_prefix('[') {
            table = name.trim_matches(['[', ']']).to_owned();
            entries.push(Explained { path: table.clone(), about: std::mem::take(&mut about), example: None });
        } else if let Some((key, value)) = line.split_once(" = ") {
            let path = if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") };
            entries.push(Explained { path, about: std::mem::take(&mut about), example: Some(value) });
        } else {
            about.clear();
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_table_of_the_example_is_explained() {
        assert!(ENTRIES.len() > 40, "the test sees keys");
        for entry in ENTRIES.iter() {
            let about = explained(&entry.path).map(|found| found.about.join(" ")).unwrap_or_default();
            assert!(about.starts_with(|first: char| !first.is_lowercase()), "{}: {about}", entry.path);
            assert!(about.ends_with('.'), "{}: {about}", entry.path);
        }
    }

    #[test]
    fn other_clients_have_the_keys_of_the_first() {
        let id = explained("clients.unregistered.client_id").unwrap();
        assert_eq!((id.path.as_str(), id.example), ("clients.poll.client_id", Some("\"poll-client\"")));
        assert_eq!(explained("clients.poll.color"), None);
        assert_eq!(explained("nothing"), None);
        let keys: Vec<&str> = keys_of("clients.ping").map(|(key, _)| key).collect();
        assert_eq!(keys, ["client_id", "client_secret"]);
        assert_eq!(keys_of("authentication_service").count(), 9);
    }
}
