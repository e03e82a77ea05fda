//! Users from a CSV file.

use std::collections::HashSet;

use mock_auth_service::Decision;

use super::document::{Row, Rows, nearest, nearest_few};

/// Most users of a file.
const MOST_LISTED: usize = 1_000_000;
/// Longest name of a user, in characters.
const LONGEST_NAME: usize = 4_000;
const DECISIONS: [(&str, Decision); 3] =
    [("approve", Decision::Approve), ("deny", Decision::Deny), ("ignore", Decision::Ignore)];

/// Which columns are read.
pub(super) struct Columns {
    /// Of the users' names.
    pub login_hint: String,
    /// Of what single users decide.
    pub decision: Option<String>,
}

/// What a file says.
#[derive(Debug, PartialEq)]
pub(super) struct UserFile {
    /// The users in order; at least one, and nobody twice.
    pub names: Vec<Box<str>>,
    /// What single users decide; those that are not here decide by the shares.
    pub decisions: Vec<(String, Decision)>,
}

impl UserFile {
    /// Reads the bytes of a file whose first line names the columns.
    ///
    /// # Errors
    ///
    /// The line and what is wrong with it.
    pub fn parse(bytes: &[u8], columns: &Columns) -> Result<Self, (usize, String)> {
        let (mut rows, mut row) = (Rows::of(bytes)?, Row::default());
        if !rows.next_into(&mut row)? {
            return Err((1, "empty, expected a first line that names the columns".to_owned()));
        }
        let header = row.clone();
        let login_hint = column(&header, &columns.login_hint)?;
        let decision = columns.decision.as_deref().map(|name| column(&header, name)).transpose()?;
        let (mut names, mut decisions, mut known) = (Vec::new(), Vec::new(), HashSet::new());
        while rows.next_into(&mut row)? {
            let wrong = |message: String| (row.line, message);
            if row.fields.len() != header.fields.len() {
                let (fields, columns) = (row.fields.len(), header.fields.len());
                return Err(wrong(format!("{fields} fields, expected {columns} as in the first line")));
            }
            if names.len() >= MOST_LISTED {
                return Err(wrong(format!("more than {MOST_LISTED} users, expected at most that many")));
            }
            let name = row.fields[login_hint].as_str();
            if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
                return Err(wrong(format!(
                    "value {:?} in the column {}, expected 1 to {LONGEST_NAME} characters without control characters",
                    cut(name),
                    columns.login_hint
                )));
            }
            if !known.insert(Box::<str>::from(name)) {
                return Err(wrong(format!(
                    "value {:?} for the second time, expected each user once; remove it",
                    cut(name)
                )));
            }
            if let Some(word) =
                decision.map(|column| row.fields[column].trim()).filter(|word| !word.is_empty())
            {
                decisions.push((name.to_owned(), read_decision(word).map_err(wrong)?));
            }
            names.push(name.into());
        }
        match names.is_empty() {
            true => Err((
                header.line,
                "no users below the names of the columns, expected at least one".to_owned(),
            )),
            false => Ok(UserFile { names, decisions }),
        }
    }
}

/// Where a column is.
fn column(header: &Row, name: &str) -> Result<usize, (usize, String)> {
    header.fields.iter().position(|field| field.trim() == name).ok_or_else(|| {
        let names: Vec<&str> = header.fields.iter().map(|field| field.trim()).collect();
        let meant = nearest(name, &names).map_or(String::new(), |meant| format!("; did you mean {meant:?}"));
        let names: Vec<String> = names.iter().take(10).map(|name| cut(name)).collect();
        (header.line, format!("no column is named {name:?}, the first line has {}{meant}", names.join(", ")))
    })
}

fn read_decision(word: &str) -> Result<Decision, String> {
    let found = DECISIONS.iter().find(|(known, _)| *known == word);
    found.map(|(_, decision)| *decision).ok_or_else(|| {
        let words = DECISIONS.map(|(word, _)| word);
        let meant = nearest_few(word, &words, 1)
            .first()
            .map_or(String::new(), |meant| format!("; did you mean {meant:?}"));
        format!("value {:?} as decision, expected approve, deny, ignore or nothing{meant}", cut(word))
    })
}

fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8], decision: Option<&str>) -> Result<UserFile, (usize, String)> {
        let columns = Columns { login_hint: "name".to_owned(), decision: decision.map(str::to_owned) };
        UserFile::parse(bytes, &columns)
    }

    #[test]
    fn names_and_decisions() {
        let file =
            parse("\u{feff}answer,name\r\n,\"Müller, Jörg\"\r\nignore,ann\r\n".as_bytes(), Some("answer"))
                .unwrap();
        assert_eq!(file.names, ["Müller, Jörg", "ann"].map(Box::from));
        assert_eq!(file.decisions, [("ann".to_owned(), Decision::Ignore)]);
        assert_eq!(parse(b"answer,name\nnonsense,ann\n", None).unwrap().decisions, []);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let many = format!("name\n{}", (0..=MOST_LISTED).map(|n| format!("{n}\n")).collect::<String>());
        let table: [(&[u8], usize, &str); 10] = [
            (b"", 1, "empty, expected a first line that names the columns"),
            (b"name,answer\n", 1, "no users below the names of the columns"),
            (
                b"nam,x\nann,1\n",
                1,
                "no column is named \"name\", the first line has nam, x; did you mean \"nam\"",
            ),
            (b"name\nann\n", 1, "no column is named \"answer\""),
            (b"name,answer\nann,\nbob\n", 3, "1 fields, expected 2 as in the first line"),
            (b"name,answer\n,deny\n", 2, "value \"\" in the column name, expected 1 to 4000 characters"),
            (b"name,answer\nann,\nbob,\nann,\n", 4, "value \"ann\" for the second time"),
            (
                b"name,answer\nann,aprove\n",
                2,
                "value \"aprove\" as decision, expected approve, deny, ignore or nothing; did you mean \"approve\"",
            ),
            (b"name,answer\nann,\nJ\xf6rg,\n", 3, "byte 0xF6 is not UTF-8"),
            (b"name,answer\n\"ann,\n", 2, "a quote that is never closed"),
        ];
        for (bytes, line, part) in table {
            let (at, message) = parse(bytes, Some("answer")).unwrap_err();
            assert!(at == line && message.contains(part), "{at}: {message}");
        }
        let (at, message) = parse(many.as_bytes(), None).unwrap_err();
        assert!(at == MOST_LISTED + 2 && message.contains("more than 1000000 users"), "{at}: {message}");
    }
}
