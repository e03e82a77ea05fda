//! Plain text in columns.

/// Spaces between two columns.
const GAP: &str = "  ";

/// Rows of cells, each column as wide as its widest cell, each line after `indent`. The last column is not padded.
pub fn columns<const N: usize>(indent: &str, rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = indent.to_owned();
        for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
            if index > 0 {
                line.push_str(GAP);
            }
            line.push_str(&format!("{cell:width$}"));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "bcd", ""], ["long", "b", "end"]].map(|row| row.map(str::to_owned));
        assert_eq!(columns("  ", &rows), "  a     bcd\n  long  b    end\n");
        assert_eq!(columns::<2>("", &[]), "");
    }
}
