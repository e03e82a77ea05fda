//! What is wrong with a configuration: everything at once, each with its field and value.

use std::fmt;

/// One field with a value that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the field, such as `workspaces[0].clients[1].token_delivery_mode`.
    pub field: String,
    /// The value as it was given; `absent` for a missing one.
    pub value: String,
    /// What was expected, and what to do.
    pub expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}: {}", self.field, self.value, self.expected)
    }
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Unknown keys, wrong types, syntax.
    #[error("the settings of the embedded provider cannot be read")]
    Toml(#[source] toml::de::Error),
    /// Impossible values, all of them.
    #[error("{}", list(.0))]
    Invalid(Vec<Problem>),
}

impl SettingsError {
    /// The impossible values; empty when the text could not be read at all.
    pub fn problems(&self) -> &[Problem] {
        match self {
            SettingsError::Toml(_) => &[],
            SettingsError::Invalid(problems) => problems,
        }
    }
}

fn list(problems: &[Problem]) -> String {
    let mut text = format!("{} wrong in the settings of the embedded provider:", count(problems.len()));
    for problem in problems {
        text.push_str("\n  ");
        text.push_str(&problem.to_string());
    }
    text
}

fn count(problems: usize) -> String {
    match problems {
        1 => "1 value is".to_owned(),
        n => format!("{n} values are"),
    }
}
