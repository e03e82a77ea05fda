use super::SizingFormat;
use super::account::{Part, account};
use super::format::STEM;
use crate::analysis::sizing::Sizing;
use crate::report::markdown::escape;
use crate::report::table::{Grid, Page, Tone};
use crate::report::{RenderError, Style};

/// For a terminal.
pub(super) const TABLE: SizingFormat = SizingFormat {
    name: "table",
    stem: STEM,
    extension: "txt",
    about: "tables for a terminal: capacity per size, per vCPU and per cost, scaling, what to choose",
    render: terminal,
};

/// For a comment or a page.
pub(super) const MARKDOWN: SizingFormat = SizingFormat {
    name: "markdown",
    stem: STEM,
    extension: "md",
    about: "the same as Markdown, for a comment or a page",
    render: markdown,
};

fn terminal(sizing: &Sizing, style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut page = Page::new(style);
    for part in account(sizing) {
        match part {
            Part::Heading { title, remark, .. } => page.heading(title, &remark),
            Part::Table { headings, rows } => {
                let mut grid = Grid::new(&headings, &[0]);
                for row in rows {
                    grid.row(row);
                }
                page.grid(grid);
            }
            Part::Caution(text) => page.marked(2, Tone::Careful, "! ", &text),
            Part::Text(text) => page.text(2, &text),
        }
    }
    Ok(page.finish().into_bytes())
}

fn markdown(sizing: &Sizing, _style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut page = String::new();
    for part in account(sizing) {
        match part {
            Part::Heading { title, remark, .. } => {
                page.push_str(&format!("### {title}\n\n"));
                if !remark.is_empty() {
                    page.push_str(&format!("{}\n\n", escape::text(&remark)));
                }
            }
            Part::Table { headings, rows } => {
                page.push_str(&format!(
                    "| {} |\n|---|{}\n",
                    headings.join(" | "),
                    "---:|".repeat(headings.len() - 1)
                ));
                for row in rows {
                    let cells: Vec<_> = row.iter().map(|cell| escape::text(cell)).collect();
                    page.push_str(&format!("| {} |\n", cells.join(" | ")));
                }
                page.push('\n');
            }
            Part::Caution(text) => page.push_str(&format!("> **Caution:** {}\n\n", escape::text(&text))),
            Part::Text(text) => page.push_str(&format!("{}\n\n", escape::text(&text))),
        }
    }
    Ok(page.into_bytes())
}
