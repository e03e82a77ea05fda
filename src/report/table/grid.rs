use crate::report::printable::printable;
use tabled::builder::Builder;
use tabled::settings::formatting::AlignmentStrategy;
use tabled::settings::object::Columns;
use tabled::settings::style::HorizontalLine;
use tabled::settings::{Alignment, Padding, Style};

/// A table: a line of headings, a rule, rows. Columns are right-aligned, as figures are, unless said otherwise.
pub(in crate::report) struct Grid {
    builder: Builder,
    left: Vec<usize>,
    rows: usize,
}

impl Grid {
    /// `left` are the columns of text.
    pub(in crate::report) fn new(headings: &[&str], left: &[usize]) -> Self {
        let mut builder = Builder::default();
        builder.push_record(headings.iter().copied());
        Grid { builder, left: left.to_vec(), rows: 0 }
    }

    pub(in crate::report) fn row<I: IntoIterator<Item = String>>(&mut self, cells: I) {
        self.builder.push_record(cells.into_iter().map(|cell| printable(&cell)));
        self.rows += 1;
    }

    pub(in crate::report) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Columns that the widest line has.
    pub(in crate::report) fn width(&self) -> usize {
        self.text().lines().map(|line| line.trim_end().chars().count()).max().unwrap_or(0)
    }

    pub(in crate::report) fn into_text(self) -> String {
        self.text()
    }

    fn text(&self) -> String {
        let mut table = self.builder.clone().build();
        table
            .with(Style::empty().horizontals([(1, HorizontalLine::new('─'))]))
            .with(Padding::new(0, 2, 0, 0))
            .with(Alignment::right())
            .with(AlignmentStrategy::PerLine);
        for column in &self.left {
            table.modify(Columns::one(*column), Alignment::left());
        }
        table.to_string()
    }
}
