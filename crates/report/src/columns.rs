//! The one builder of tables for a terminal of 80 columns.
//!
//! A table is a list of [`Column`]s with fixed positions. Text is aligned to the left and numbers to the right; a cell
//! that is too wide takes the free space of the next column. The last column can be [`Column::rest`], which
//! continues on further lines below its beginning.

use measures::text::{WIDTH, wrap};
use std::fmt::{self, Write};

/// Rows begin here, headings at the margin.
const INDENT: usize = 2;

/// The last column has at least this width, so that a narrow one does not become a column of words.
const NARROWEST: usize = 30;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    gap: usize,
    width: usize,
    align: Align,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
    /// The rest of the line, wrapped.
    Rest,
}

impl Column {
    /// Text of this width.
    pub const fn left(width: usize) -> Self {
        Self { gap: 0, width, align: Align::Left }
    }

    /// Numbers of this width.
    pub const fn right(width: usize) -> Self {
        Self { gap: 0, width, align: Align::Right }
    }

    /// Text in the rest of the line.
    pub const fn rest() -> Self {
        Self { gap: 0, width: 0, align: Align::Rest }
    }

    /// The same after a gap.
    #[must_use]
    pub const fn after(self, gap: usize) -> Self {
        Self { gap, ..self }
    }
}

/// The columns of a table: an array in a constant, or a vector if they depend on the values.
#[derive(Debug, Clone, Copy)]
pub struct Columns<C>(pub C);

impl Columns<Vec<Column>> {
    /// Columns of text as wide as their widest cell, with `gap` blanks between them.
    pub fn fitted(header: &[&str], rows: &[Vec<String>], gap: usize) -> Self {
        let width = |index: usize| {
            let cells = rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.chars().count());
            cells.chain([header[index].chars().count()]).max().unwrap_or(0)
        };
        let column = |index: usize| Column::left(width(index)).after(if index == 0 { 0 } else { gap });
        Self((0..header.len()).map(column).collect())
    }
}

impl<C: AsRef<[Column]>> Columns<C> {
    /// Writes a heading, which begins at the margin.
    ///
    /// # Errors
    /// The formatter refuses.
    pub fn heading(&self, out: &mut impl Write, cells: &[&str]) -> fmt::Result {
        self.line(out, 0, cells)
    }

    /// Writes a row, which is indented.
    ///
    /// # Errors
    /// The formatter refuses.
    pub fn row(&self, out: &mut impl Write, cells: &[&str]) -> fmt::Result {
        self.line(out, INDENT, cells)
    }

    /// Writes a line whose first cell is indented by `indent`.
    ///
    /// # Errors
    /// The formatter refuses.
    pub fn line(&self, out: &mut impl Write, indent: usize, cells: &[&str]) -> fmt::Result {
        let mut line = " ".repeat(indent);
        let (mut length, mut end, mut below) = (indent, 0, Vec::new());
        for (Column { gap, width, align }, cell) in self.0.as_ref().iter().zip(cells) {
            let begin = end + gap;
            end = begin + width;
            if cell.is_empty() {
                continue;
            }
            let mut first = (*cell).to_owned();
            let start = match align {
                Align::Left => begin,
                Align::Right => end.saturating_sub(cell.chars().count()),
                Align::Rest => {
                    let mut lines = wrap(cell, WIDTH.saturating_sub(begin).max(NARROWEST)).into_iter();
                    first = lines.next().unwrap_or_default();
                    below.extend(lines.map(|text| format!("{:begin$}{text}", "")));
                    begin
                }
            };
            // Two cells never touch.
            let blanks = start.saturating_sub(length).max(usize::from(length > indent));
            line.push_str(&" ".repeat(blanks));
            line.push_str(&first);
            length += blanks + first.chars().count();
        }
        writeln!(out, "{}", line.trim_end())?;
        below.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Columns<[Column; 4]> =
        Columns([Column::left(12), Column::right(6), Column::right(8), Column::rest().after(4)]);

    fn text(write: impl Fn(&mut String) -> fmt::Result) -> String {
        let mut text = String::new();
        write(&mut text).unwrap();
        text
    }

    #[test]
    fn numbers_are_aligned_to_the_right() {
        let table = text(|out| {
            TABLE.heading(out, &["Outcome", "runs", "share", "95% interval"])?;
            TABLE.row(out, &["complete", "9", "90.0%", "59.6% to 98.2%"])?;
            TABLE.row(out, &["unfinished", "1,000", "", ""])
        });
        let expected = "\
Outcome       runs   share    95% interval
  complete       9   90.0%    59.6% to 98.2%
  unfinished 1,000
";
        assert_eq!(table, expected);
    }

    #[test]
    fn a_wide_cell_takes_the_space_of_the_next_column() {
        let wide = text(|out| TABLE.heading(out, &["Available pods", "9", "1"]));
        assert_eq!(wide, "Available pods   9       1\n");
        let wider = text(|out| TABLE.heading(out, &["Available pods of 10", "9", "1"]));
        assert_eq!(wider, "Available pods of 10 9   1\n");
    }

    #[test]
    fn the_last_column_is_wrapped() {
        let words = "word ".repeat(12);
        let table = text(|out| TABLE.row(out, &["name", "1", "2", &words]));
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{table}");
        assert_eq!(lines[1], format!("{:30}word word", ""));
    }

    #[test]
    fn columns_fit_their_cells() {
        let rows = [vec!["deployment.apps/web".to_owned(), "10/10".to_owned()]];
        let columns = Columns::fitted(&["NAME", "READY"], &rows, 3);
        let table = text(|out| columns.heading(out, &["NAME", "READY"]));
        assert_eq!(table, "NAME                  READY\n");
    }
}
