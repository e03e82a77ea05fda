//! What comes from a server can be anything: here it becomes text that Markdown shows and does not read.

use crate::report::printable::printable;

/// Shortest fence of a block.
const FENCE_MIN: usize = 3;

/// Plain text within a line.
pub(in crate::report) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '#' | '~' | '!' | '@' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text within HTML.
pub(in crate::report) fn html(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text as it is, in a cell of a table: a pipe ends a cell even within code.
pub(in crate::report) fn code(text: &str) -> String {
    let text = printable(text).replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    if text.is_empty() { String::new() } else { format!("{fence}{pad}{text}{pad}{fence}") }
}

/// A block of lines as they are: its fence is longer than any in it.
pub(in crate::report) fn block(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| printable(line)).collect();
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let fence = "`".repeat(FENCE_MIN.max(longest + 1));
    format!("{fence}text\n{}\n{fence}\n", lines.join("\n"))
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_and_not_read() {
        assert_eq!(text("a|b <i> `c` *d* @e &amp; _f_"), r"a\|b &lt;i&gt; \`c\` \*d\* \@e &amp;amp; \_f\_");
        assert_eq!(text("one\ntwo\u{1b}[2J"), r"one\\ntwo\\u\{1b\}\[2J");
        assert_eq!(html("</summary>&"), "&lt;/summary&gt;&amp;");
    }

    #[test]
    fn code_ends_where_it_should() {
        for (raw, written) in [
            ("", ""),
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("``", "``` `` ```"),
            ("a|b", r"`a\|b`"),
            ("a\nb", r"`a\nb`"),
        ] {
            assert_eq!(code(raw), written, "{raw}");
        }
    }

    #[test]
    fn a_block_cannot_be_left() {
        let written = block(&["````".to_owned(), "</details>\n```".to_owned()]);
        assert_eq!(written, "`````text\n````\n</details>\\n```\n`````\n");
    }
}
