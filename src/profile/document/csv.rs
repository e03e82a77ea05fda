//! Comma-separated values (RFC 4180), a row at a time.

use std::str::Chars;

/// A text of rows.
pub struct Rows<'t> {
    rest: Chars<'t>,
    line: usize,
}

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// The line that it begins on, from 1.
    pub line: usize,
    /// Its fields, without quotes; at least one.
    pub fields: Vec<String>,
}

impl<'t> Rows<'t> {
    /// The rows of a file's bytes. A byte order mark at the begin is skipped, and so are empty lines.
    ///
    /// # Errors
    ///
    /// The line and what is wrong with it: the bytes are not UTF-8.
    pub fn of(bytes: &'t [u8]) -> Result<Self, (usize, String)> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
            (line, format!("byte 0x{byte:02X} is not UTF-8; save the file in that encoding"))
        })?;
        Ok(Rows { rest: text.strip_prefix('\u{feff}').unwrap_or(text).chars(), line: 1 })
    }

    /// The next row; its fields take the place of those in `row`. False at the end.
    ///
    /// # Errors
    ///
    /// The line and what is wrong with it: quotes that do not fit.
    pub fn next_into(&mut self, row: &mut Row) -> Result<bool, (usize, String)> {
        row.fields.clear();
        row.line = self.line;
        let mut field = String::new();
        let mut quoted = false;
        loop {
            match self.rest.next() {
                Some('"') if field.is_empty() && !quoted => {
                    self.read_quoted(&mut field, row.line)?;
                    quoted = true;
                }
                Some('"') => {
                    return Err((
                        self.line,
                        "a quote inside a field, expected the whole field in quotes".to_owned(),
                    ));
                }
                Some(',') => {
                    row.fields.push(std::mem::take(&mut field));
                    quoted = false;
                }
                Some('\r') if self.rest.as_str().starts_with('\n') => {}
                Some('\n') => {
                    self.line += 1;
                    if !row.fields.is_empty() || !field.is_empty() || quoted {
                        row.fields.push(field);
                        return Ok(true);
                    }
                    row.line = self.line;
                }
                None => {
                    let is_row = !row.fields.is_empty() || !field.is_empty() || quoted;
                    if is_row {
                        row.fields.push(field);
                    }
                    return Ok(is_row);
                }
                Some(_) if quoted => {
                    return Err((self.line, "text after a closing quote, expected a comma".to_owned()));
                }
                Some(character) => field.push(character),
            }
        }
    }

    /// The rest of a field whose opening quote was read.
    fn read_quoted(&mut self, field: &mut String, begin: usize) -> Result<(), (usize, String)> {
        loop {
            match self.rest.next() {
                Some('"') if self.rest.as_str().starts_with('"') => {
                    self.rest.next();
                    field.push('"');
                }
                Some('"') => return Ok(()),
                Some(character) => {
                    self.line += usize::from(character == '\n');
                    field.push(character);
                }
                None => return Err((begin, "a quote that is never closed".to_owned())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A line and the fields that begin on it.
    type Line = (usize, Vec<String>);

    fn read(bytes: &[u8]) -> Result<Vec<Line>, (usize, String)> {
        let (mut rows, mut row, mut all) = (Rows::of(bytes)?, Row::default(), Vec::new());
        while rows.next_into(&mut row)? {
            all.push((row.line, row.fields.clone()));
        }
        Ok(all)
    }

    #[test]
    fn rows_and_fields() {
        let row = |line, fields: &[&str]| {
            (line, fields.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>())
        };
        for (text, expected) in [
            ("", vec![]),
            ("a,b\nc,d\n", vec![row(1, &["a", "b"]), row(2, &["c", "d"])]),
            ("a,b\r\n\r\nc,\r\n", vec![row(1, &["a", "b"]), row(3, &["c", ""])]),
            ("\u{feff}a\nb", vec![row(1, &["a"]), row(2, &["b"])]),
            ("\"a,\"\"b\"\"\nc\",d\ne\n", vec![row(1, &["a,\"b\"\nc", "d"]), row(3, &["e"])]),
            ("\"\"\n,\n", vec![row(1, &[""]), row(2, &["", ""])]),
        ] {
            assert_eq!(read(text.as_bytes()), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (bytes, line, part) in [
            (&b"a\nb\"c\n"[..], 2, "a quote inside a field"),
            (b"a\n\"b\"c\n", 2, "text after a closing quote"),
            (b"a\n\"b\nc\n", 2, "a quote that is never closed"),
            (b"a\nb\nM\xfcller\n", 3, "byte 0xFC is not UTF-8"),
        ] {
            let (at, message) = read(bytes).unwrap_err();
            assert!(at == line && message.contains(part), "{at}: {message}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_quoted_fields_come_back(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            fields in proptest::collection::vec("\\PC*", 1..5),
        ) {
            let _ = read(&bytes);
            let text = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect::<Vec<_>>().join(",");
            prop_assert_eq!(read(text.as_bytes()), Ok(vec![(1, fields)]));
        }
    }
}
