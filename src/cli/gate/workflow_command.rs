//! Workflow commands: lines of output that GitHub Actions acts upon.

/// Longest title, in characters.
const TITLE_MAX: usize = 200;
/// Longest message, in characters.
const MESSAGE_MAX: usize = 1_000;

/// An annotation as a line of output: `::error title=T::message`.
pub fn annotation(level: &str, title: &str, message: &str) -> String {
    let title = property(&fit(title, TITLE_MAX));
    format!("::{level} title={title}::{}\n", data(&fit(message, MESSAGE_MAX)))
}

/// No line until [`resume`] with the same token is taken for a command.
pub fn pause(token: &str) -> String {
    format!("::stop-commands::{token}\n")
}

/// Ends [`pause`].
pub fn resume(token: &str) -> String {
    format!("::{token}::\n")
}

/// As the message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As the value of a property, of which there may be several.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Cut to its longest length, with what steers a terminal written as its escape; line ends stay.
fn fit(text: &str, max: usize) -> String {
    let mut fitting = String::new();
    for c in text.chars().take(max) {
        match c {
            '\n' | '\r' => fitting.push(c),
            c if c.is_control() => fitting.extend(c.escape_default()),
            c => fitting.push(c),
        }
    }
    if text.chars().nth(max).is_some() {
        fitting.push('…');
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_server_says_stays_within_its_annotation() {
        for (title, message, expected) in [
            ("a", "b", "::error title=a::b\n"),
            ("ciba/11/x: y, z", "is a: b, c", "::error title=ciba/11/x%3A y%2C z::is a: b, c\n"),
            ("100 %", "50 %25", "::error title=100 %25::50 %2525\n"),
            ("a\nb", "one\r\ntwo", "::error title=a%0Ab::one%0D%0Atwo\n"),
            ("x::y", "z\n::add-mask::secret", "::error title=x%3A%3Ay::z%0A::add-mask::secret\n"),
            ("é", "\u{1b}[31m", "::error title=é::\\u{1b}[31m\n"),
            ("", "", "::error title=::\n"),
        ] {
            assert_eq!(annotation("error", title, message), expected);
        }
    }

    #[test]
    fn long_texts_are_cut_before_they_are_escaped() {
        let line = annotation("warning", &"%".repeat(500), &"é".repeat(2_000));
        assert_eq!(line.matches("%25").count(), TITLE_MAX);
        assert!(line.starts_with("::warning title=%25") && line.contains("%25…::é"), "{line}");
        assert!(line.ends_with("é…\n"));
        assert_eq!(line.matches('é').count(), MESSAGE_MAX);
    }

    #[test]
    fn commands_are_paused_and_resumed_by_token() {
        assert_eq!(pause("t"), "::stop-commands::t\n");
        assert_eq!(resume("t"), "::t::\n");
    }
}
