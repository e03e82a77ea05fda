//! A parsed document.

use std::cell::RefCell;
use std::ops::Range;

use toml::de::DeTable;

use super::{Problem, Problems, Section};

/// Characters of a value that a message repeats.
const MOST_SHOWN_OF_A_VALUE: usize = 60;

/// A parsed document and what was found wrong with it so far.
pub struct Document<'t> {
    text: &'t str,
    root: DeTable<'t>,
    /// Lines that are not TOML. What else is wrong there is a consequence, and so is every missing key.
    broken_lines: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
    /// The keys that were asked for, for the tests that hold the annotated files against them.
    #[cfg(test)]
    pub(crate) asked: RefCell<std::collections::BTreeSet<&'static str>>,
}

impl<'t> Document<'t> {
    /// Parses the text. Where it is not TOML, the rest of it can still be read.
    pub fn parse(text: &'t str) -> Self {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut document = Self {
            text,
            root: root.into_inner(),
            broken_lines: Vec::new(),
            problems: RefCell::new(Vec::new()),
            #[cfg(test)]
            asked: RefCell::default(),
        };
        for error in errors {
            let line = document.line(error.span().map_or(0, |span| span.start));
            document.broken_lines.push(line);
            let message = format!("not TOML: {}", error.message());
            document.problems.get_mut().push(Problem { line, key: String::new(), message });
        }
        document
    }

    /// The table that the document is.
    pub fn root(&self) -> Section<'_> {
        Section::of_document(self, &self.root)
    }

    /// The value made from the document, if nothing was wrong with it.
    ///
    /// # Errors
    ///
    /// Everything that was noted, `file` being the name to report.
    pub fn accept<T>(self, file: &str, made: Option<T>) -> Result<T, Problems> {
        let mut problems = self.problems.into_inner();
        match made {
            Some(made) if problems.is_empty() => Ok(made),
            Some(_) | None => {
                if problems.is_empty() {
                    // Nothing can be made from a document whose problems were all withheld as consequences.
                    let message = "not usable".to_owned();
                    problems.push(Problem { line: 1, key: String::new(), message });
                }
                Err(Problems::new(file, problems))
            }
        }
    }

    /// Whether the whole text is TOML.
    pub(super) fn is_all_toml(&self) -> bool {
        self.broken_lines.is_empty()
    }

    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    /// A value as it stands in the text, one line and not too long.
    pub(super) fn shown(&self, span: Range<usize>) -> String {
        let text = self.text.get(span).unwrap_or_default();
        let first_line = text.lines().next().unwrap_or_default();
        let mut shown: String = first_line.chars().take(MOST_SHOWN_OF_A_VALUE).collect();
        if shown.len() < text.trim_end().len() {
            shown.push_str("..");
        }
        shown
    }

    /// Notes a problem, unless its line is not TOML anyway.
    pub(super) fn note(&self, offset: usize, key: String, message: String) {
        let line = self.line(offset);
        if !self.broken_lines.contains(&line) {
            self.problems.borrow_mut().push(Problem { line, key, message });
        }
    }
}
