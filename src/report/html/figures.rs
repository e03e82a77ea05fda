//! What sections are made of: tables that a phone can show, and facts.

use crate::analysis::unit;
use crate::record::Span;
use crate::report::printable::printable;
use maud::{Markup, html};

/// A column of a table.
#[derive(Clone, Copy)]
pub(super) enum Column {
    Text(&'static str),
    Number(&'static str),
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Column::Text(head) | Column::Number(head) => head,
        }
    }

    fn class(self) -> Option<&'static str> {
        match self {
            Column::Text(_) => None,
            Column::Number(_) => Some("n"),
        }
    }
}

/// Text that may have come from a server.
pub(super) fn plain(text: &str) -> Markup {
    html! { (printable(text)) }
}

/// Most columns of a table that a phone shows as such.
const COLUMNS_NARROW_MAX: usize = 4;

/// A table. Where there is no room for its columns, each row becomes a card of names and values.
pub(super) fn table(columns: &[Column], rows: impl IntoIterator<Item = Vec<Markup>>) -> Markup {
    let wide = (columns.len() > COLUMNS_NARROW_MAX).then_some("wide");
    html! {
        table class=[wide] {
            thead { tr { @for column in columns { th class=[column.class()] scope="col" { (column.head()) } } } }
            tbody {
                @for row in rows {
                    tr {
                        @for (column, cell) in columns.iter().zip(row) {
                            td class=[column.class()] data-head=(column.head()) { (cell) }
                        }
                    }
                }
            }
        }
    }
}

/// Names and values.
pub(super) fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! { dl { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } } }
}

/// A mark that says more than its colour.
pub(super) fn mark(good: bool) -> Markup {
    if good {
        html! { b.good title="met" { "✓" } }
    } else {
        html! { b.bad title="not met" { "✗" } }
    }
}

/// A time that may not be known.
pub(super) fn time(us: Option<u64>) -> String {
    us.map_or_else(|| unit::NONE.to_owned(), |us| unit::time_us(us as f64))
}

/// From where to where a span goes.
pub(super) fn about(span: Span) -> String {
    span.about().replace("->", "→")
}

/// A part of a whole.
pub(super) fn share(part: u64, whole: u64) -> String {
    unit::ratio(part, whole).map_or_else(|| unit::NONE.to_owned(), unit::percent)
}

/// Lines of text as they are, control characters as their escapes.
pub(super) fn block(lines: &[String]) -> Markup {
    let lines: Vec<String> = lines.iter().map(|line| printable(line)).collect();
    html! { pre { (lines.join("\n")) } }
}
