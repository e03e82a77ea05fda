//! Reads this repository's own files, and Rust files without what is not code, for the tests about the source itself.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Folders below the root that hold nothing of the repository's own.
const SKIPPED: [&str; 5] =
    ["target", "reports/runs", ".git", "examples/oidc-provider/node_modules", "examples/oidc-provider/keys"];

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file below the root.
pub fn text(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below a folder whose name ends in one of `endings`, relative to the root, with `/`, in order.
pub fn files(folder: &str, endings: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    let mut names: Vec<String> = found
        .iter()
        .filter_map(|path| path.strip_prefix(root()).ok()?.to_str())
        .map(|path| path.replace('\\', "/"))
        .filter(|path| endings.iter().any(|ending| path.ends_with(ending)))
        .collect();
    names.sort();
    names
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if SKIPPED.iter().any(|skipped| path == root().join(skipped)) {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// A word of the language, as far as these tests care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'t> {
    Ident(&'t str),
    /// `::`
    PathSeparator,
    Other(char),
}

/// Tokens with their lines, from 1.
pub type Tokens<'t> = Vec<(usize, Token<'t>)>;

/// The tokens of a text from which comments and literals were [`blanked`].
pub fn tokens(code: &str) -> Tokens<'_> {
    let mut tokens = Vec::new();
    for (number, line) in (1..).zip(code.lines()) {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            let (token, length) = match length {
                0 if rest.starts_with("::") => (Token::PathSeparator, 2),
                0 => (Token::Other(first), first.len_utf8()),
                _ => (Token::Ident(&rest[..length]), length),
            };
            tokens.push((number, token));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Takes out every item behind `#[cfg(test)]`. The second part are the names of modules that stand in files of their
/// own.
pub fn without_tests(mut tokens: Tokens<'_>) -> (Tokens<'_>, Vec<String>) {
    let mut files = Vec::new();
    while let Some(start) = tokens
        .windows(ATTRIBUTE.len())
        .position(|window| window.iter().zip(ATTRIBUTE).all(|((_, token), attribute)| *token == attribute))
    {
        let item = start..end_of_item(&tokens, start);
        files.extend(module_file(&tokens[item.clone()]));
        tokens.drain(item);
    }
    (tokens, files)
}

const ATTRIBUTE: [Token<'static>; 7] = [
    Token::Other('#'),
    Token::Other('['),
    Token::Ident("cfg"),
    Token::Other('('),
    Token::Ident("test"),
    Token::Other(')'),
    Token::Other(']'),
];

/// Behind the `;` or the `}` that ends the item which begins, attributes included, at `start`.
fn end_of_item(tokens: &[(usize, Token<'_>)], start: usize) -> usize {
    let mut depth = 0usize;
    for (at, (_, token)) in tokens.iter().enumerate().skip(start) {
        match token {
            Token::Other('{' | '(' | '[') => depth += 1,
            Token::Other(closing @ ('}' | ')' | ']')) => {
                depth = depth.saturating_sub(1);
                if depth == 0 && *closing == '}' {
                    return at + 1;
                }
            }
            Token::Other(';') if depth == 0 => return at + 1,
            Token::Other(_) | Token::Ident(_) | Token::PathSeparator => {}
        }
    }
    tokens.len()
}

/// `name` of an item that ends in `mod name;`.
fn module_file(item: &[(usize, Token<'_>)]) -> Option<String> {
    match item {
        [.., (_, Token::Ident("mod")), (_, Token::Ident(name)), (_, Token::Other(';'))] => {
            Some((*name).to_owned())
        }
        _ => None,
    }
}

/// The text with spaces for every comment and every literal, and its lines as they were.
pub fn blanked(text: &str) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let end = match hidden(text, at) {
            Some(hidden) => {
                blanked.extend(text[hidden.clone()].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
                hidden.end
            }
            None => {
                // A word is taken in one piece, so that the r of `for` begins no raw string.
                let word = text[at..].find(|c: char| !is_word(c)).unwrap_or(text.len() - at);
                let end = at + word.max(next.len_utf8());
                blanked.push_str(&text[at..end]);
                end
            }
        };
        at = end;
    }
    blanked
}

/// The comment or literal that begins at `at`.
fn hidden(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let until =
        |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |found| from + found + end.len());
    let length = if rest.starts_with("//") {
        rest.find('\n').unwrap_or(rest.len())
    } else if rest.starts_with("/*") {
        block_comment(rest)
    } else if let Some((prefix, hashes)) = raw_string(rest) {
        until(&format!("\"{}", "#".repeat(hashes)), prefix + hashes + 1)
    } else if rest.starts_with('"') || rest.starts_with("b\"") || rest.starts_with("c\"") {
        let open = rest.find('"')? + 1;
        escaped(rest, open, '"')
    } else if rest.starts_with('\'') {
        character(rest)?
    } else {
        return None;
    };
    Some(at..at + length)
}

/// Length of a comment that may hold others.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// Length of the letters before a raw string, and how many `#` it has.
fn raw_string(rest: &str) -> Option<(usize, usize)> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        rest.strip_prefix(prefix).is_some_and(|rest| rest.trim_start_matches('#').starts_with('"'))
    })?;
    let behind = &rest[prefix.len()..];
    Some((prefix.len(), behind.len() - behind.trim_start_matches('#').len()))
}

/// Behind the closing quote of a literal whose contents begin at `open`.
fn escaped(rest: &str, open: usize, quote: char) -> usize {
    let mut contents = rest[open..].char_indices();
    while let Some((at, c)) = contents.next() {
        if c == '\\' {
            contents.next();
        } else if c == quote {
            return open + at + 1;
        }
    }
    rest.len()
}

/// Length of a character literal; `None` for a lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut characters = rest.chars().skip(1);
    match (characters.next()?, characters.next()?) {
        ('\\', _) => Some(escaped(rest, 1, '\'')),
        (c, '\'') => Some(2 + c.len_utf8()),
        _ => None,
    }
}

#[test]
fn only_code_is_left() {
    let text = r####"
        use crate::a; // crate::comment
        /* crate::b /* crate::c */ crate::d */ let x = "crate::e \" crate::f"; let y = 'c'; let z: &'static str;
        let r = r#"crate::g "crate::h"#; for r in b"crate::i" { '\'' } '"' crate::j
    "####;
    let code = blanked(text);
    assert_eq!(code.lines().count(), text.lines().count());
    let paths: Vec<_> = code.match_indices("crate::").map(|(at, _)| &code[at + 7..at + 8]).collect();
    assert_eq!(paths, ["a", "j"], "{code}");
    assert!(code.contains("&'static str"));
}

#[test]
fn items_of_tests_are_taken_out() {
    let text = "use a; #[cfg(test)] #[path(x)] pub(crate) mod sample; fn f() { [1; 2] } \
                #[cfg(test)] mod tests { fn g() { h(); } } #[cfg(test)] use k::{l}; fn i() {}";
    let (left, files) = without_tests(tokens(text));
    let idents: Vec<_> = left
        .iter()
        .filter_map(|(_, token)| if let Token::Ident(name) = token { Some(*name) } else { None })
        .collect();
    assert_eq!(idents, ["use", "a", "fn", "f", "1", "2", "fn", "i"]);
    assert_eq!(files, ["sample"]);
}
