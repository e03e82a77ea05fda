//! The words of a threshold and what is wrong with one of them.

/// Why a threshold could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {}, expected {expected}{}", found_text(.found), suggestion_text(.suggestion))]
pub struct ThresholdError {
    /// Position in the expression, in characters from 1.
    pub column: usize,
    /// What stands there; empty at the end of the expression.
    pub found: String,
    /// What could have stood there.
    pub expected: String,
    /// The nearest word that would have been right.
    pub suggestion: Option<String>,
}

/// The words of an expression, each with its column; empty words at the end, without end.
pub(crate) struct Words<'t> {
    rest: &'t str,
    column: usize,
}

pub(crate) struct Word<'t> {
    pub(crate) text: &'t str,
    column: usize,
}

impl<'t> Words<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Self { rest: text, column: 1 }
    }

    /// Comparison signs are words of their own, so that spaces around them can be left out.
    pub(crate) fn next(&mut self) -> Word<'t> {
        let start = self.rest.trim_start();
        self.column += self.rest[..self.rest.len() - start.len()].chars().count();
        let is_sign = |c: char| matches!(c, '<' | '>' | '=' | '!');
        let starts_with_sign = start.starts_with(is_sign);
        let end = start.find(|c: char| c.is_whitespace() || is_sign(c) != starts_with_sign);
        let (text, rest) = start.split_at(end.unwrap_or(start.len()));
        let word = Word { text, column: self.column };
        self.rest = rest;
        self.column += text.chars().count();
        word
    }

    pub(crate) fn keyword(&mut self, keyword: &str) -> Result<(), ThresholdError> {
        self.next().must_be(keyword)
    }
}

impl Word<'_> {
    pub(crate) fn must_be(&self, keyword: &str) -> Result<(), ThresholdError> {
        if self.text == keyword { Ok(()) } else { Err(self.error(&format!("{keyword:?}"), None)) }
    }

    pub(crate) fn error(&self, expected: &str, suggestion: Option<&str>) -> ThresholdError {
        ThresholdError {
            column: self.column,
            found: self.text.to_owned(),
            expected: expected.to_owned(),
            suggestion: suggestion.map(str::to_owned),
        }
    }
}

fn found_text(found: &str) -> String {
    if found.is_empty() { "the expression ends here".to_owned() } else { format!("found {found:?}") }
}

fn suggestion_text(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map_or_else(String::new, |word| format!("; did you mean {word:?}"))
}
