//! Parameters of the authentication request beside those that this tool makes itself.

use super::document::{Reader, Section};

/// Most parameters of one table.
const MOST_PARAMETERS: usize = 32;
/// Longest value, in characters.
const LONGEST_VALUE: usize = 4_000;
/// Longest `acr_values`, in characters.
const LONGEST_ACR_VALUES: usize = 1_000;
/// What stands in the request anyway, or has a setting of its own.
const OWN: [&str; 14] = [
    "scope",
    "login_hint",
    "login_hint_token",
    "id_token_hint",
    "binding_message",
    "client_notification_token",
    "user_code",
    "acr_values",
    "requested_expiry",
    "request",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];

/// Reads the table `parameters` of a section: names and values as they are sent (CIBA Core 1.0, 7.1: a server ignores what
/// it does not know).
pub fn read_parameters(section: &Section<'_>) -> Vec<(String, String)> {
    let parameters = section.table("parameters").named_values(&Reader::text(0..=LONGEST_VALUE));
    if parameters.len() > MOST_PARAMETERS {
        let count = parameters.len();
        section
            .problem("parameters", &format!("value {count} parameters, expected at most {MOST_PARAMETERS}"));
    }
    for (name, _) in parameters.iter().filter(|(name, _)| OWN.contains(&name.as_str())) {
        section.problem(
            "parameters",
            &format!("{name} is not a further parameter, expected one that this tool does not send by itself; use its own key"),
        );
    }
    parameters
}

/// `acr_values`: values separated by spaces, in the order of preference (CIBA Core 1.0, 7.1).
pub fn acr_values<'r>() -> Reader<'r, String> {
    Reader::text(1..=LONGEST_ACR_VALUES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::document::read_alone;

    fn read(root: &Section<'_>) -> Option<Vec<(String, String)>> {
        Some(read_parameters(root))
    }

    #[test]
    fn parameters_have_any_name_but_those_of_the_tool() {
        let parsed = vec![("a.b".to_owned(), "1 + <ü>".to_owned()), ("resource".to_owned(), String::new())];
        read_alone("parameters = { \"a.b\" = \"1 + <ü>\", resource = \"\" }", read).assert(&Ok(parsed));
        read_alone("", read).assert(&Ok(Vec::new()));
        for (text, expected) in [
            (
                "parameters.login_hint = \"x\"",
                "parameters: login_hint is not a further parameter, expected one",
            ),
            ("parameters.a = 5", "parameters.a: value 5, expected a text of 0 to 4000 characters"),
            ("parameters = \"a=b\"", "parameters: value \"a=b\", expected a table [parameters]"),
        ] {
            read_alone(text, read).assert(&Err(expected));
        }
        let many: String = (0..33).map(|n| format!("parameters.p{n} = \"\"\n")).collect();
        read_alone(&many, read).assert(&Err("parameters: value 33 parameters, expected at most 32"));
    }
}
