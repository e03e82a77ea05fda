//! Walking a document.

use std::cell::RefCell;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::{Document, Reader, nearest};

/// One table of a document, or a table that is absent and therefore empty.
///
/// A key counts as known once it was asked for; [`Section::finish`] reports the others.
#[must_use = "a section has to be finished, else its unknown keys go unreported"]
pub struct Section<'d> {
    document: &'d Document<'d>,
    path: String,
    table: Option<&'d DeTable<'d>>,
    /// Where in the text to look for what is missing.
    offset: usize,
    known: RefCell<Vec<&'static str>>,
}

impl<'d> Section<'d> {
    /// The value of a key, nothing where it is absent or wrong; the latter is noted.
    pub fn optional<T: 'd>(&self, key: &'static str, reader: &Reader<'_, T>) -> Option<T> {
        let value = self.value(key)?;
        self.read(value, self.path_of(key), reader)
    }

    /// The value of a key, the default where it is absent.
    pub fn or<T: 'd>(&self, key: &'static str, reader: &Reader<'_, T>, default: T) -> T {
        self.optional(key, reader).unwrap_or(default)
    }

    /// The value of a key that has to be there.
    pub fn required<T: 'd>(&self, key: &'static str, reader: &Reader<'_, T>) -> Option<T> {
        if self.value(key).is_none() {
            self.missing(key, reader.expected());
        }
        self.optional(key, reader)
    }

    /// The values of a list, nothing where it is absent. Values that are wrong are noted and left out.
    pub fn list<T: 'd>(&self, key: &'static str, reader: &Reader<'_, T>) -> Option<Vec<T>> {
        let value = self.value(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.unexpected(key, &format!("a list in brackets, each {}", reader.expected()));
            return None;
        };
        let items = array.iter().enumerate();
        let path = self.path_of(key);
        Some(items.filter_map(|(index, item)| self.read(item, format!("{path}[{index}]"), reader)).collect())
    }

    /// The table of a key; an empty one where it is absent or something else.
    pub fn table(&self, key: &'static str) -> Section<'d> {
        let table = self.value(key).and_then(|value| {
            let table = value.get_ref().as_table();
            if table.is_none() {
                self.unexpected(key, &format!("a table [{}]", self.path_of(key)));
            }
            table
        });
        self.inner(self.path_of(key), table, self.offset_of(key))
    }

    /// Whether the value of a key is a table, where it may be something else as well.
    #[must_use]
    pub fn has_table(&self, key: &'static str) -> bool {
        self.value(key).is_some_and(|value| value.get_ref().is_table())
    }

    /// The tables of a list of tables, nothing where it is absent or something else.
    pub fn tables(&self, key: &'static str) -> Option<Vec<Section<'d>>> {
        let value = self.value(key)?;
        let path = self.path_of(key);
        let tables: Option<Vec<_>> = value.get_ref().as_array().and_then(|array| {
            let tables = array.iter().enumerate().map(|(index, item)| {
                let table = item.get_ref().as_table()?;
                Some(self.inner(format!("{path}[{index}]"), Some(table), item.span().start))
            });
            tables.collect()
        });
        if tables.is_none() {
            self.unexpected(key, &format!("a list of tables [[{path}]]"));
        }
        tables
    }

    /// All entries of a table whose keys are names that the author chose, each of which has to be a table.
    pub fn named_tables(self) -> Vec<(String, Section<'d>)> {
        let entries = self.table.into_iter().flatten();
        let sections = entries.filter_map(|(name, value)| {
            let path = join(&self.path, name.get_ref());
            let table = value.get_ref().as_table();
            if table.is_none() {
                let shown = self.document.shown(value.span());
                let message = format!("value {shown}, expected a table [{path}]");
                self.document.note(value.span().start, path.clone(), message);
            }
            Some((name.get_ref().to_string(), self.inner(path, Some(table?), name.span().start)))
        });
        sections.collect()
    }

    /// All entries of a table whose keys are names that the author chose. Values that are wrong are noted and left out.
    pub fn named_values<T: 'd>(self, reader: &Reader<'_, T>) -> Vec<(String, T)> {
        let entries = self.table.into_iter().flatten();
        let values = entries.filter_map(|(name, value)| {
            let path = join(&self.path, name.get_ref());
            Some((name.get_ref().to_string(), self.read(value, path, reader)?))
        });
        values.collect()
    }

    /// Whether the table itself stands in the document.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.table.is_some()
    }

    /// Whether a key stands in the document.
    #[must_use]
    pub fn has(&self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// Notes that the value of a key is not what was expected, which includes what to do about it.
    pub fn unexpected(&self, key: &'static str, expected: &str) {
        match self.value(key) {
            Some(value) => {
                let shown = self.document.shown(value.span());
                self.problem(key, &format!("value {shown}, expected {expected}"));
            }
            None => self.missing(key, expected),
        }
    }

    /// Notes that a key is missing.
    pub fn missing(&self, key: &'static str, expected: &str) {
        self.known.borrow_mut().push(key);
        if self.document.is_all_toml() {
            self.document.note(self.offset, self.path_of(key), format!("missing, expected {expected}"));
        }
    }

    /// Notes anything else about a key.
    pub fn problem(&self, key: &'static str, message: &str) {
        self.document.note(self.offset_of(key), self.path_of(key), message.to_owned());
    }

    /// Notes anything about a key further inside, by its path below this table such as `stages[2].name`. Where the
    /// path leads nowhere, the place is as near as it goes.
    pub fn problem_at(&self, path: &str, message: &str) {
        let mut offset = self.offset;
        let mut table = self.table;
        let mut array: Option<&DeArray<'_>> = None;
        for step in path.split(['.', '[']) {
            let value: Option<&Spanned<DeValue<'_>>> = match step.strip_suffix(']') {
                Some(index) => index.parse::<usize>().ok().and_then(|index| array?.get(index)),
                None => table.and_then(|table| table.get(step)),
            };
            let Some(value) = value else { break };
            offset = value.span().start;
            table = value.get_ref().as_table();
            array = value.get_ref().as_array();
        }
        self.document.note(offset, self.path_of(path), message.to_owned());
    }

    /// Reports the keys that nobody asked for.
    pub fn finish(self) {
        let mut known = self.known.take();
        known.sort_unstable();
        known.dedup();
        for key in self.table.into_iter().flat_map(DeTable::keys) {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let remedy = match nearest(name, &known) {
                Some(meant) => format!("did you mean {meant}"),
                None => format!("known here: {}", known.join(", ")),
            };
            self.document.note(key.span().start, join(&self.path, name), format!("unknown key; {remedy}"));
        }
    }

    /// The section that a whole document is.
    pub(super) fn of_document(document: &'d Document<'d>, table: &'d DeTable<'d>) -> Self {
        Section { document, path: String::new(), table: Some(table), offset: 0, known: RefCell::default() }
    }

    fn read<T>(&self, value: &Spanned<DeValue<'_>>, path: String, reader: &Reader<'_, T>) -> Option<T> {
        let shown = self.document.shown(value.span());
        reader
            .read(value.get_ref(), &shown)
            .map_err(|message| self.document.note(value.span().start, path, message))
            .ok()
    }

    fn value(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.known.borrow_mut().push(key);
        #[cfg(test)]
        self.document.asked.borrow_mut().insert(key);
        self.table?.get(key)
    }

    fn inner(&self, path: String, table: Option<&'d DeTable<'d>>, offset: usize) -> Section<'d> {
        Section { document: self.document, path, table, offset, known: RefCell::default() }
    }

    fn path_of(&self, key: &str) -> String {
        join(&self.path, key)
    }

    fn offset_of(&self, key: &str) -> usize {
        let entry = self.table.and_then(|table| table.get_key_value(key));
        entry.map_or(self.offset, |(key, _)| key.span().start)
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = r#"
cuont = 3
list = [1, "two", 30]

[place]
town = 5
strete = "Main"

[[stop]]
minutes = 4

[[stop]]
minutes = 400

[people.alice]
minutes = 1
"#;

    fn problems_of(text: &str) -> String {
        let document = Document::parse(text);
        let root = document.root();
        root.required("count", &Reader::whole(1..=10, ""));
        root.list("list", &Reader::whole(1..=10, ""));
        let place = root.table("place");
        place.optional("town", &Reader::text(1..=10));
        place.optional("street", &Reader::text(1..=10));
        place.finish();
        for stop in root.tables("stop").unwrap_or_default() {
            stop.or("minutes", &Reader::whole(1..=60, ""), 1);
            stop.finish();
        }
        for (_, person) in root.table("people").named_tables() {
            person.required("name", &Reader::text(1..=10));
            person.or("minutes", &Reader::whole(1..=60, ""), 1);
            person.finish();
        }
        root.finish();
        document
            .accept("trip.toml", Some(()))
            .map_or_else(|problems| problems.to_string(), |()| String::new())
    }

    #[test]
    fn all_problems_are_reported_with_their_lines() {
        let expected = r#"trip.toml:1: count: missing, expected a whole number (1 to 10)
trip.toml:2: cuont: unknown key; did you mean count
trip.toml:3: list[1]: value "two", expected a whole number (1 to 10)
trip.toml:3: list[2]: value 30, expected a whole number (1 to 10)
trip.toml:6: place.town: value 5, expected a text of 1 to 10 characters without control characters
trip.toml:7: place.strete: unknown key; did you mean street
trip.toml:13: stop[1].minutes: value 400, expected a whole number (1 to 60)
trip.toml:15: people.alice.name: missing, expected a text of 1 to 10 characters without control characters"#;
        assert_eq!(problems_of(TEXT), expected);
    }

    #[test]
    fn tables_that_are_something_else() {
        let expected = r#"trip.toml:2: place: value "here", expected a table [place]
trip.toml:3: stop: value 7, expected a list of tables [[stop]]
trip.toml:4: people.bob: value 1, expected a table [people.bob]"#;
        assert_eq!(problems_of("count = 1\nplace = \"here\"\nstop = 7\npeople.bob = 1\n"), expected);
    }

    #[test]
    fn what_is_not_toml_is_reported_beside_the_rest_but_not_its_consequences() {
        let shown = problems_of("count = 5/s\nlist = [100]\nplace = { town = 5 }\n");
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].starts_with("trip.toml:1: not TOML: "), "{shown}");
        assert!(lines[1..].iter().all(|line| !line.starts_with("trip.toml:1: count")), "{shown}");
        assert!(lines.iter().any(|line| line.starts_with("trip.toml:2: list[0]: value 100")), "{shown}");
        assert!(lines.iter().any(|line| line.starts_with("trip.toml:3: place.town: value 5")), "{shown}");
    }

    #[test]
    fn long_values_are_cut() {
        let shown = problems_of(&format!("count = \"{}\"", "x".repeat(500)));
        assert!(shown.contains("xxx.., expected a whole number"), "{shown}");
        assert!(shown.len() < 200, "{shown}");
    }

    #[test]
    fn a_sound_document_has_no_problems() {
        assert_eq!(problems_of("count = 3\n[people.bob]\nname = \"Bob\"\n"), "");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            problems_of(&text);
        }

        #[test]
        fn no_damage_panics(at in 0..TEXT.len(), byte in 0u8..128, cut in 0..TEXT.len()) {
            let mut damaged = TEXT.as_bytes().to_vec();
            damaged[at] = byte;
            damaged.truncate(cut.max(1));
            problems_of(&String::from_utf8(damaged).unwrap());
        }
    }
}
