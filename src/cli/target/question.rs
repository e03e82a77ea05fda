use std::net::SocketAddr;

use toml::Value;

use super::first::Draft;
use crate::target::ClientAuthentication;
use crate::target::file::SecretReference;

/// One thing about a target that its metadata do not tell.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The key of the target file that the answer becomes.
    pub key: &'static str,
    /// The flag that answers it beforehand, without its dashes.
    pub flag: &'static str,
    /// What the flag's value is.
    pub value: &'static str,
    /// What it belongs to: a heading.
    pub topic: &'static str,
    /// Why it is asked, in a line.
    pub why: &'static str,
    /// When it is asked at all.
    pub when: When,
    /// What holds without an answer.
    pub default: fn(&Draft) -> Fallback,
    /// Reads an answer as a value of the file, as far as it can be told without the rest of the file; says what was expected.
    pub parse: fn(&str) -> Result<Value, String>,
}

/// What holds where nothing is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fallback {
    /// This answer.
    Value(String),
    /// The key is left out, which means this.
    Leave(String),
    /// Nothing: there has to be an answer.
    Needed,
}

/// When a question makes sense.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// The condition, completing "asked only ..".
    pub words: &'static str,
    /// Whether it holds.
    pub holds: fn(&Draft) -> bool,
}

impl When {
    /// Always.
    pub const ALWAYS: When = When { words: "always", holds: |_| true };
}

/// A text.
pub fn text(answer: &str) -> Result<Value, String> {
    Ok(Value::from(answer))
}

/// Texts, separated by commas.
pub fn texts(answer: &str) -> Result<Value, String> {
    let texts = answer.split(',').map(str::trim).filter(|text| !text.is_empty());
    Ok(Value::Array(texts.map(Value::from).collect()))
}

/// Yes or no.
pub fn yes_or_no(answer: &str) -> Result<Value, String> {
    match answer.to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" => Ok(Value::from(true)),
        "no" | "n" | "false" => Ok(Value::from(false)),
        _ => Err(format!("value {answer:?}, expected yes or no")),
    }
}

/// Where a secret stands. A secret itself would be seen on the screen, in the history of the shell and among the processes,
/// so it is not taken, and not repeated.
pub fn secret(answer: &str) -> Result<Value, String> {
    const EXPECTED: &str = "value (not shown), expected env:NAME or file:PATH, where the secret stands; a secret itself is not \
                            typed here";
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let is_reference = match SecretReference::of(answer) {
        SecretReference::Env(name) => is_name(&name),
        SecretReference::File(path) => !path.trim().is_empty(),
        SecretReference::Inline => false,
    };
    if is_reference { Ok(Value::from(answer)) } else { Err(EXPECTED.to_owned()) }
}

/// How a client authenticates. What a private key needs stands in more keys of the file than are asked for.
pub fn method(answer: &str) -> Result<Value, String> {
    let words = ClientAuthentication::WORDS;
    let needed = match words.iter().find(|(word, _)| *word == answer).map(|(_, method)| *method) {
        Some(ClientAuthentication::PrivateKeyJwt) => Some("private_key and signing_alg"),
        Some(method) if method.is_by_certificate() => Some("certificate and certificate_key"),
        Some(_) | None => None,
    };
    if let Some(needed) = needed {
        return Err(format!(
            "value {answer:?} is not asked for here: leave this client out, or take another method for now, and write \
             authentication, {needed} into the file by hand"
        ));
    }
    text(answer)
}

/// Where to listen. The server is configured with the port, so it has to be known.
pub fn address(answer: &str) -> Result<Value, String> {
    match answer.parse::<SocketAddr>() {
        Ok(address) if address.port() != 0 => text(answer),
        Ok(_) | Err(_) => Err(format!(
            "value {answer:?}, expected an IP address and a port other than 0 such as 127.0.0.1:4010, since the server is \
             configured with the port"
        )),
    }
}

/// A name for HTTP Basic, where a colon ends it (RFC 7617, 2).
pub fn basic_user(answer: &str) -> Result<Value, String> {
    match answer.contains(':') {
        true => Err(format!("value {answer:?}, expected a name without a colon (RFC 7617, 2)")),
        false => text(answer),
    }
}

/// A rate per second, with or without its unit.
pub fn rate(answer: &str) -> Result<Value, String> {
    Ok(answer.parse::<f64>().map_or_else(|_| Value::from(answer), Value::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_become_values_of_the_file() {
        type Parse = fn(&str) -> Result<Value, String>;
        let table: [(Parse, &str, Result<&str, &str>); 20] = [
            (text, "a \"b\"", Ok("'a \"b\"'")),
            (texts, "a, b,,c ", Ok("[\"a\", \"b\", \"c\"]")),
            (yes_or_no, "Yes", Ok("true")),
            (yes_or_no, "n", Ok("false")),
            (yes_or_no, "maybe", Err("value \"maybe\", expected yes or no")),
            (secret, "env:A_1", Ok("\"env:A_1\"")),
            (secret, "file:secrets/a.txt", Ok("\"file:secrets/a.txt\"")),
            (secret, "s3cr3t", Err("value (not shown), expected env:NAME or file:PATH")),
            (secret, "env:s3cr3t!", Err("value (not shown)")),
            (secret, "env:1A", Err("value (not shown)")),
            (secret, "env:", Err("value (not shown)")),
            (secret, "file: ", Err("value (not shown)")),
            (address, "127.0.0.1:4010", Ok("\"127.0.0.1:4010\"")),
            (address, "[::1]:0", Err("a port other than 0")),
            (address, "localhost:4010", Err("expected an IP address and a port")),
            (basic_user, "op", Ok("\"op\"")),
            (basic_user, "o:p", Err("expected a name without a colon")),
            (rate, "50", Ok("50.0")),
            (rate, "50/s", Ok("\"50/s\"")),
            (rate, "fast", Ok("\"fast\"")),
        ];
        for (parse, answer, expected) in table {
            match (parse(answer), expected) {
                (Ok(value), Ok(expected)) => assert_eq!(value.to_string(), expected, "{answer}"),
                (Err(message), Err(part)) => {
                    assert!(message.contains(part) && !message.contains("s3cr3t"), "{message}");
                }
                (parsed, _) => panic!("{answer}: {parsed:?}"),
            }
        }
    }
}
