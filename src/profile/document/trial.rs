//! For tests: reading one part of a document alone, and holding an annotated file against the keys that are read.

use super::{Document, Section};

/// The keys that a reading function asks for in any of the texts and that the annotated text does not mention as a
/// key, commented out or not.
pub(crate) fn keys_not_mentioned<T>(
    annotated: &str,
    texts: &[&str],
    read: impl Fn(Section<'_>) -> T,
) -> Vec<&'static str> {
    let mentions = |key: &str| {
        let starts = |part: &str| {
            part.trim_start_matches(['#', ' ', '['])
                .trim_start()
                .strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with(['=', '.', ']']))
        };
        annotated.split(['\n', '{', ',']).any(starts) || annotated.split('.').any(starts)
    };
    let asked = texts.iter().flat_map(|text| {
        let document = Document::parse(text);
        read(document.root());
        document.asked.take()
    });
    asked.filter(|key| !mentions(key)).collect()
}

/// What came of reading a text with one reading function: for the table tests of the setting groups.
pub(crate) struct ReadAlone<T> {
    text: String,
    read: Result<T, String>,
}

pub(crate) fn read_alone<T>(text: &str, read: impl FnOnce(&Section<'_>) -> Option<T>) -> ReadAlone<T> {
    let document = Document::parse(text);
    let made = {
        let root = document.root();
        let made = read(&root);
        root.finish();
        made
    };
    let read = document.accept("f", made).map_err(|problems| problems.to_string());
    ReadAlone { text: text.to_owned(), read }
}

impl<T: PartialEq + std::fmt::Debug> ReadAlone<T> {
    /// Holds the outcome against the value, or against a part of the report.
    #[track_caller]
    pub(crate) fn assert(self, expected: &Result<T, &str>) {
        match (&self.read, expected) {
            (Ok(read), Ok(expected)) => assert_eq!(read, expected, "{}", self.text),
            (Err(report), Err(part)) => {
                assert!(report.contains(part), "{}\n  gave     {report}\n  expected {part}", self.text);
            }
            (read, expected) => panic!("{}\n  gave     {read:?}\n  expected {expected:?}", self.text),
        }
    }
}
