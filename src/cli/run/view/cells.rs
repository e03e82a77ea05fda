//! Texts and bars at places of the screen; what does not fit is cut off.

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Sparkline, Wrap};

/// Levels that one row of a bar can have.
const LEVELS: u64 = 8;

/// Rows of the screen that are taken one after the other, from the top.
pub struct Rows {
    rest: Rect,
}

impl Rows {
    /// All rows of an area.
    pub fn of(area: Rect) -> Self {
        Rows { rest: area }
    }

    /// Rows that are left.
    pub fn left(&self) -> u16 {
        self.rest.height
    }

    /// The next rows, or fewer where there are no more.
    pub fn take(&mut self, rows: u16) -> Rect {
        let rows = rows.min(self.rest.height);
        let taken = Rect { height: rows, ..self.rest };
        self.rest.y += rows;
        self.rest.height -= rows;
        taken
    }

    /// The last row.
    pub fn take_last(&mut self) -> Rect {
        let rows = self.rest.height.min(1);
        self.rest.height -= rows;
        Rect { y: self.rest.y + self.rest.height, height: rows, ..self.rest }
    }
}

/// Columns of an area; fewer where it has no more.
pub fn columns(area: Rect, from: u16, width: u16) -> Rect {
    let from = from.min(area.width);
    Rect { x: area.x + from, width: width.min(area.width - from), ..area }
}

/// A text at the left.
pub fn left(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style) {
    frame.render_widget(Paragraph::new(Line::styled(plain(text), style)), area);
}

/// A text at the right.
pub fn right(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style) {
    frame.render_widget(Paragraph::new(Line::styled(plain(text), style)).alignment(Alignment::Right), area);
}

/// A name, and what there is to it, in as many rows as the area has.
pub fn listed(frame: &mut Frame<'_>, area: Rect, name: &str, items: Vec<(String, Style)>) {
    let mut spans = vec![Span::styled(name.to_owned(), bold())];
    for (text, style) in items {
        spans.push(Span::raw("  "));
        // What belongs together is not divided.
        spans.push(Span::styled(plain(&text).replace(' ', "\u{a0}"), style));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)).wrap(Wrap { trim: false }), area);
}

/// Bars from nothing to `top`, one a column; what is not nothing is seen.
pub fn bars(frame: &mut Frame<'_>, area: Rect, values: &[Option<f64>], top: f64, style: Style) {
    let levels = LEVELS * u64::from(area.height);
    let level = |value: f64| {
        let share = if top > 0.0 { (value / top).clamp(0.0, 1.0) } else { 0.0 };
        // The cast saturates; a share is none of more than one.
        (share * levels as f64).ceil() as u64
    };
    let data: Vec<Option<u64>> = values.iter().map(|value| value.map(level)).collect();
    frame.render_widget(Sparkline::default().data(data).max(levels.max(1)).style(style), area);
}

pub fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

pub fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

/// Without what steers a terminal or turns the direction of text: it may come from a server.
fn plain(text: &str) -> String {
    let steers = |c: &char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(|c| !steers(c)).collect()
}
