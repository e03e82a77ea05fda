//! A TOML text with a comment above each key.

use std::fmt::Display;
use std::net::SocketAddr;

use super::ServerUrl;
use super::explained::{explained, keys_of};
use super::parse::ANY_FREE_LOOPBACK_PORT;

/// What stands for a secret where there is none yet.
const NO_SECRET: &str = "\"env:NAME\"";

/// The file as far as it is written.
#[derive(Default)]
pub(super) struct Text {
    written: String,
    /// The table whose keys are written now.
    table: String,
}

impl Text {
    /// What was written.
    pub(super) fn into_text(self) -> String {
        self.written
    }

    pub(super) fn line(&mut self, line: &str) {
        self.written.push_str(line);
        self.written.push('\n');
    }

    /// A key that is always written.
    pub(super) fn key(&mut self, key: &str, value: impl Display) {
        self.explain_key(key);
        self.line(&format!("{key} = {value}"));
    }

    /// A key that may be left out, as a comment where its value is the default.
    pub(super) fn or<T: Display + PartialEq>(&mut self, key: &str, value: T, default: T) {
        match value == default {
            true => self.commented(key, value),
            false => self.key(key, value),
        }
    }

    /// A key that may be left out, its example as a comment where it is.
    pub(super) fn optional(&mut self, key: &str, value: Option<impl Display>) {
        match value {
            Some(value) => self.key(key, value),
            None => {
                let example = explained(&self.path(key)).and_then(|found| found.example).unwrap_or_default();
                self.commented(key, example);
            }
        }
    }

    pub(super) fn word<T: Copy + PartialEq>(
        &mut self,
        key: &str,
        words: &[(&'static str, T)],
        value: T,
        default: T,
    ) {
        self.or(key, quoted(word(words, value)), quoted(word(words, default)));
    }

    pub(super) fn address(&mut self, key: &str, address: SocketAddr) {
        self.or(key, quoted(&address.to_string()), quoted(&ANY_FREE_LOOPBACK_PORT.to_string()));
    }

    pub(super) fn optional_url(&mut self, key: &str, url: Option<&ServerUrl>) {
        self.optional(key, url.map(|url| quoted(url.as_str())));
    }

    pub(super) fn users(&mut self, key: &str, users: &[String]) {
        let list: Vec<String> = users.iter().map(|user| quoted(user)).collect();
        self.optional(key, (!users.is_empty()).then(|| format!("[{}]", list.join(", "))));
    }

    pub(super) fn table(&mut self, path: &str) {
        self.begin(path);
        self.line(&format!("[{path}]"));
    }

    /// A table of a list.
    pub(super) fn item(&mut self, path: &str) {
        self.begin(path);
        self.line(&format!("[[{path}]]"));
    }

    /// A table that is not there, as comments: what it would be for, and how it looks in the example.
    pub(super) fn absent_table(&mut self, path: &str) {
        self.begin(path);
        let is_list = matches!(path, "known_deviation" | "open_banking.third_party");
        self.line(&if is_list { format!("# [[{path}]]") } else { format!("# [{path}]") });
        for (key, example) in keys_of(path) {
            let example = if matches!(key, "client_secret" | "code" | "initial_access_token") {
                NO_SECRET
            } else {
                example
            };
            self.line(&format!("# {key} = {example}"));
        }
    }

    fn begin(&mut self, table: &str) {
        self.line("");
        table.clone_into(&mut self.table);
        self.explain(table);
    }

    fn commented(&mut self, key: &str, value: impl Display) {
        self.explain_key(key);
        self.line(&format!("# {key} = {value}"));
    }

    fn explain_key(&mut self, key: &str) {
        let path = self.path(key);
        self.explain(&path);
    }

    fn explain(&mut self, path: &str) {
        for about in explained(path).map_or(&[][..], |found| &found.about) {
            self.line(&format!("# {about}"));
        }
    }

    fn path(&self, key: &str) -> String {
        if self.table.is_empty() { key.to_owned() } else { format!("{}.{key}", self.table) }
    }
}

/// A text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], meaning: T) -> &'static str {
    words.iter().find(|(_, known)| *known == meaning).map_or("", |(word, _)| *word)
}
