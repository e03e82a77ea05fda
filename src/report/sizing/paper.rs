use super::account::{Part, account};
use crate::analysis::sizing::Sizing;
use crate::report::Style;
use crate::report::markdown::escape;
use crate::report::table::{Grid, Page, Tone};

/// For a terminal.
pub fn terminal(sizing: &Sizing, style: &Style) -> String {
    let mut page = Page::new(style);
    for part in account(sizing) {
        match part {
            Part::Heading { title, remark } => page.heading(title, &remark),
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
    page.finish()
}

/// For a comment or a page.
pub fn markdown(sizing: &Sizing) -> String {
    let mut page = String::new();
    for part in account(sizing) {
        match part {
            Part::Heading { title, remark } => {
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
    page
}
