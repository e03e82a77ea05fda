use super::grid::Grid;
use crate::report::Style;
use crate::report::group::Group;
use crate::report::printable::printable;

/// The least width that text is wrapped to, in columns: below it nothing can be read anyway.
const WIDTH_MIN: usize = 60;

/// A text that grows section by section. Whatever is written to it is freed of control characters: a server's answer must
/// not steer the reader's terminal.
pub(in crate::report) struct Page<'s> {
    style: &'s Style,
    text: String,
}

/// What a colour says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Tone {
    Plain,
    Title,
    Good,
    Bad,
    Careful,
    Quiet,
}

impl Group {
    /// How a check of this group is coloured.
    pub(in crate::report) fn tone(self) -> Tone {
        match self {
            Group::Failed | Group::Broken => Tone::Bad,
            Group::Inconclusive | Group::Warning => Tone::Careful,
            Group::Passed => Tone::Good,
            Group::Observation | Group::Known | Group::NotApplicable => Tone::Plain,
        }
    }
}

impl Tone {
    fn code(self) -> Option<&'static str> {
        match self {
            Tone::Plain => None,
            Tone::Title => Some("1"),
            Tone::Good => Some("1;32"),
            Tone::Bad => Some("1;31"),
            Tone::Careful => Some("33"),
            Tone::Quiet => Some("2"),
        }
    }
}

impl<'s> Page<'s> {
    pub(in crate::report) fn new(style: &'s Style) -> Self {
        Page { style, text: String::new() }
    }

    /// Columns that a line may have.
    pub(in crate::report) fn width(&self) -> usize {
        self.style.width.max(WIDTH_MIN)
    }

    pub(in crate::report) fn folder(&self) -> Option<&'s str> {
        self.style.folder.as_deref()
    }

    /// What is in the folder.
    pub(super) fn files(&self) -> &'s [String] {
        &self.style.files
    }

    /// A section's title, with a remark beside it.
    pub(in crate::report) fn heading(&mut self, title: &str, remark: &str) {
        self.blank();
        let title = self.painted(Tone::Title, title);
        let line = if remark.is_empty() { title } else { format!("{title}  {}", printable(remark)) };
        self.push_lines(&line);
    }

    pub(in crate::report) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Wrapped text.
    pub(in crate::report) fn text(&mut self, indent: usize, text: &str) {
        self.toned(indent, Tone::Plain, text);
    }

    /// Wrapped text that means something by its colour.
    pub(in crate::report) fn toned(&mut self, indent: usize, tone: Tone, text: &str) {
        self.marked(indent, tone, "", text);
    }

    /// Wrapped text behind a mark, its later lines hanging under its first.
    pub(in crate::report) fn marked(&mut self, indent: usize, tone: Tone, mark: &str, text: &str) {
        let hang = mark.chars().count();
        let room = self.width().saturating_sub(indent + hang);
        for (at, line) in wrapped(&printable(text), room).iter().enumerate() {
            let before = if at == 0 { mark.to_owned() } else { " ".repeat(hang) };
            let line = self.painted(tone, &format!("{before}{line}"));
            self.push_lines(&format!("{}{line}", " ".repeat(indent)));
        }
    }

    /// A table, set in by two.
    pub(in crate::report) fn grid(&mut self, grid: Grid) {
        let mut text = grid.into_text();
        for (mark, tone) in [("✓", Tone::Good), ("✗", Tone::Bad)] {
            text = text.replace(mark, &self.painted(tone, mark));
        }
        for line in text.lines() {
            self.push_lines(&format!("  {line}"));
        }
    }

    pub(in crate::report) fn finish(self) -> String {
        self.text
    }

    fn painted(&self, tone: Tone, text: &str) -> String {
        match tone.code() {
            Some(code) if self.style.colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Some(_) | None => text.to_owned(),
        }
    }

    fn push_lines(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in text.split(' ') {
        let mut rest: Vec<char> = word.chars().collect();
        if length > 0 && length + 1 + rest.len() > width {
            lines.push(String::new());
            length = 0;
        } else if length > 0 {
            push(&mut lines, &[' ']);
            length += 1;
        }
        while rest.len() > width {
            let tail = rest.split_off(width);
            push(&mut lines, &rest);
            lines.push(String::new());
            rest = tail;
        }
        push(&mut lines, &rest);
        length += rest.len();
    }
    lines
}

fn push(lines: &mut [String], characters: &[char]) {
    if let Some(line) = lines.last_mut() {
        line.extend(characters);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_words_and_long_words_are_broken() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrapped("", 3), [""]);
    }

    #[test]
    fn a_servers_answer_cannot_steer_the_terminal() {
        let style = Style { colour: false, ..Style::default() };
        let mut page = Page::new(&style);
        page.text(0, "a\u{1b}[2Jb\r\nc\u{202e}");
        assert_eq!(page.finish(), "a\\u{1b}[2Jb\\r\\nc\\u{202e}\n");
    }

    #[test]
    fn colour_is_used_only_when_asked_for() {
        for colour in [false, true] {
            let style = Style { colour, ..Style::default() };
            let mut page = Page::new(&style);
            page.toned(2, Tone::Bad, "wrong");
            assert_eq!(page.finish().contains('\u{1b}'), colour);
        }
    }
}
