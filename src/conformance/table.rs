use super::requirement::{Coverage, Requirement, Standard, Subject};
use crate::ciba::Level;
use serde::Deserialize;
use std::sync::LazyLock;

/// An embedded table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It is not TOML, or has other keys and values than a table of requirements.
    #[error("{file} is not a table of requirements: {problem}")]
    Form {
        /// The file in the source tree.
        file: &'static str,
        /// What the parser says, with line and column.
        problem: String,
    },
    /// A row contradicts itself.
    #[error("{file}: {id} {problem}")]
    Row {
        /// The file in the source tree.
        file: &'static str,
        /// The row.
        id: String,
        /// What is wrong, what was expected.
        problem: &'static str,
    },
}

/// All requirements, in the order of the files. Empty when a file cannot be read, which a test rules out;
/// [`broken_table`] tells.
pub fn requirements() -> &'static [Requirement] {
    TABLE.as_deref().unwrap_or_default()
}

/// Why [`requirements`] is empty: it never is, as a test makes sure.
pub fn broken_table() -> Option<&'static TableError> {
    TABLE.as_ref().err()
}

/// The requirement of that id, if there is one.
pub fn requirement(id: &str) -> Option<&'static Requirement> {
    requirements().iter().find(|requirement| requirement.id == id)
}

/// Ids of the requirements that some check has to cover, in the order of the files.
pub fn must_be_covered() -> impl Iterator<Item = &'static str> {
    requirements()
        .iter()
        .filter(|requirement| requirement.coverage == Coverage::ByChecks)
        .map(|requirement| requirement.id.as_str())
}

/// Table, file and text.
const FILES: [(Standard, &str, &str); 4] = [
    (Standard::Core, "src/conformance/spec/ciba_core.toml", include_str!("spec/ciba_core.toml")),
    (Standard::FapiCiba, "src/conformance/spec/fapi_ciba.toml", include_str!("spec/fapi_ciba.toml")),
    (Standard::Referenced, "src/conformance/spec/referenced.toml", include_str!("spec/referenced.toml")),
    (Standard::OpenBanking, "src/conformance/spec/open_banking.toml", include_str!("spec/open_banking.toml")),
];

static TABLE: LazyLock<Result<Vec<Requirement>, TableError>> = LazyLock::new(|| {
    let mut table = Vec::new();
    for (standard, file, text) in FILES {
        table.extend(read(standard, file, text)?);
    }
    Ok(table)
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Specification of the rows that name none.
    spec: Option<String>,
    requirement: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    spec: Option<String>,
    section: String,
    level: Level,
    keyword: String,
    subject: Subject,
    text: String,
    official: Vec<String>,
    unobservable: Option<String>,
    exception: Option<String>,
}

fn read(standard: Standard, file: &'static str, text: &str) -> Result<Vec<Requirement>, TableError> {
    let File { spec, requirement } = toml::from_str(text)
        .map_err(|error| TableError::Form { file, problem: error.to_string().trim_end().to_owned() })?;
    requirement.into_iter().map(|row| row.into_requirement(standard, file, spec.as_deref())).collect()
}

impl Row {
    fn into_requirement(
        self,
        standard: Standard,
        file: &'static str,
        file_spec: Option<&str>,
    ) -> Result<Requirement, TableError> {
        let wrong = |id: &str, problem| TableError::Row { file, id: id.to_owned(), problem };
        let coverage = match self.unobservable {
            None => Coverage::ByChecks,
            Some(reason) => Coverage::Unobservable { reason },
        };
        if self.exception.is_some() && !matches!(coverage, Coverage::Unobservable { .. }) {
            return Err(wrong(
                &self.id,
                "has an exception but no unobservable: add it, or strike the exception",
            ));
        }
        let Some(spec) = self.spec.or_else(|| file_spec.map(str::to_owned)) else {
            return Err(wrong(
                &self.id,
                "names no specification: add spec to the row, or to the top of the file",
            ));
        };
        Ok(Requirement {
            standard,
            id: self.id,
            spec,
            section: self.section,
            level: self.level,
            keyword: self.keyword,
            subject: self.subject,
            text: self.text,
            official: self.official,
            coverage,
            exception: self.exception,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Rows per table, and what their ids begin with.
    const ROWS: [(Standard, usize, &str); 4] = [
        (Standard::Core, 183, "CORE-"),
        (Standard::FapiCiba, 33, "FC-"),
        (Standard::Referenced, 34, "REF-"),
        (Standard::OpenBanking, 14, "OB-"),
    ];
    /// Longest sentence, in characters.
    const TEXT_MAX: usize = 200;
    /// Words that a release manager need not know.
    const ABBREVIATIONS: [&str; 8] = ["AD", "BC", "CNE", "DCR", "JWT", "OP", "RP", "AS"];

    #[test]
    fn every_row_is_there_once() {
        assert_eq!(broken_table(), None);
        for (standard, rows, prefix) in ROWS {
            let ids: Vec<&str> = requirements()
                .iter()
                .filter(|requirement| requirement.standard == standard)
                .map(|requirement| requirement.id.as_str())
                .collect();
            assert_eq!(ids.len(), rows, "{standard}");
            assert!(ids.iter().all(|id| id.starts_with(prefix)), "{standard}: {ids:?}");
        }
        let ids: BTreeSet<&str> = requirements().iter().map(|requirement| requirement.id.as_str()).collect();
        assert_eq!(ids.len(), requirements().len(), "an id stands there twice");
        assert!(requirements().is_sorted_by_key(|requirement| requirement.standard));
    }

    #[test]
    fn sections_are_those_of_the_ids() {
        let core = requirements().iter().filter(|requirement| requirement.standard == Standard::Core);
        for requirement in core {
            assert!(requirement.id.starts_with(&format!("CORE-{}-", requirement.section)), "{requirement:?}");
        }
        assert_eq!(requirement("CORE-7.3-08").unwrap().citation(), "CIBA Core 1.0, 7.3");
        assert_eq!(requirement("FC-AS-03").unwrap().citation(), "FAPI-CIBA, 5.2.2-3");
        assert_eq!(requirement("FC-F1-05").unwrap().citation(), "FAPI 1.0, Part 1, 5.2.2-19");
        assert_eq!(requirement("REF-6749-01").unwrap().citation(), "RFC 6749, 5.1");
        assert_eq!(requirement("CORE-7.3-99"), None);
    }

    #[test]
    fn texts_are_single_sentences_in_plain_words() {
        let mut texts = BTreeSet::new();
        for Requirement { id, text, .. } in requirements() {
            assert!(text.starts_with(|first: char| first.is_uppercase()), "{id}: {text}");
            assert!(text.ends_with('.') && !text.contains(". "), "{id}: one sentence: {text}");
            assert!(text.chars().count() <= TEXT_MAX, "{id}: too long: {text}");
            let abbreviation = text.split(|letter: char| !letter.is_alphanumeric()).find(|word| {
                ABBREVIATIONS.contains(word)
                    || word.strip_suffix('s').is_some_and(|word| ABBREVIATIONS.contains(&word))
            });
            assert_eq!(abbreviation, None, "{id}: {text}");
            assert!(texts.insert(text), "{id}: a sentence of its own: {text}");
        }
    }

    /// A keyword fixes the level, but for rows whose keyword belongs to another part of the sentence.
    #[test]
    fn levels_follow_keywords() {
        // What may be left out has to be right where it is there; or the statement leaves a choice.
        let own = [
            ("CORE-4-03", Level::Plain),
            ("CORE-4-04", Level::Plain),
            ("CORE-7.1.2-01", Level::May),
            ("CORE-7.3-08", Level::Plain),
            ("CORE-8-02", Level::May),
            ("CORE-10.2-02", Level::May),
            ("REF-OIDC-11", Level::Must),
        ];
        for Requirement { id, keyword, level, .. } in requirements() {
            let by_keyword = match keyword.as_str() {
                "decl" => Level::Plain,
                "derived" => continue,
                "MAY" | "may" | "OPTIONAL" | "out of scope" | "note" => Level::May,
                "SHOULD" | "should" | "should not" | "RECOMMENDED" | "MAY/SHOULD" => Level::Should,
                "MUST" | "MUST NOT" | "must" | "REQUIRED" | "shall" | "shall not" => Level::Must,
                "SHOULD/MUST" | "MUST NOT / decl" | "OPTIONAL / MUST NOT" => Level::Must,
                keyword => panic!("{id}: a keyword that no specification uses: {keyword}"),
            };
            let expected = own.iter().find(|(own, _)| own == id).map_or(by_keyword, |(_, level)| *level);
            assert_eq!(*level, expected, "{id}");
        }
    }

    #[test]
    fn coverage_is_explained() {
        for Requirement { id, subject, coverage, exception, .. } in requirements() {
            match coverage {
                Coverage::ByChecks => {
                    assert_eq!(*subject, Subject::Op, "{id}: no check covers what binds this tool")
                }
                Coverage::Unobservable { reason } => {
                    let binds = match subject {
                        Subject::Op => "",
                        Subject::Client => "binds the client; this tool",
                        Subject::Endpoint => "binds the notification endpoint; this tool",
                    };
                    let says_more = reason.len() > binds.len() + 5 && !reason.ends_with('.');
                    assert!(reason.starts_with(binds) && says_more, "{id}: {reason}");
                }
            }
            assert!(
                exception.is_none() || *subject == Subject::Op,
                "{id}: an exception is made for the server only"
            );
        }
        assert!(must_be_covered().count() >= 100);
        assert!(must_be_covered().all(|id| requirement(id).unwrap().coverage == Coverage::ByChecks));
    }

    #[test]
    fn exceptions_are_rare() {
        let op = || requirements().iter().filter(|requirement| requirement.subject == Subject::Op);
        let exceptions = op().filter(|requirement| requirement.exception.is_some()).count();
        assert!(exceptions * 10 <= op().count(), "{exceptions} exceptions among {} rows", op().count());
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let row = "[[requirement]]\nid = \"X-1\"\nsection = \"1\"\nlevel = \"must\"\nkeyword = \"MUST\"\n\
                   subject = \"op\"\ntext = \"So.\"\nofficial = []\n";
        let refused = |head: &str, tail: &str| {
            read(Standard::Core, "x.toml", &format!("{head}\n{row}{tail}")).unwrap_err().to_string()
        };
        assert!(read(Standard::Core, "x.toml", &format!("spec = \"X\"\n{row}")).is_ok());
        for (head, tail, problem) in [
            ("", "", "x.toml: X-1 names no specification"),
            ("spec = \"X\"", "exception = \"so\"", "x.toml: X-1 has an exception but no"),
            ("spec = \"X\"", "unobservable = 1", "x.toml is not a table of requirements: "),
            ("spec = \"X\"", "note = \"more\"", "unknown field `note`"),
        ] {
            let refusal = refused(head, tail);
            assert!(refusal.contains(problem), "{refusal}");
        }
    }
}
