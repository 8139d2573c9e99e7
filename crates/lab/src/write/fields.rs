//! What the columns of the tables are: the reference in the documentation is generated from this.

use super::example::{pods, replica_sets};
use super::{rows, scalings, survival, timeline};
use std::fmt::Write as _;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in the header row.
    pub name: &'static str,
    /// What its cells are.
    pub kind: Kind,
    /// The unit, for the reference.
    pub unit: &'static str,
    /// What it means, for the reference.
    pub meaning: &'static str,
}

/// A column, for the list of a table.
pub(super) const fn field(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    meaning: &'static str,
) -> Field {
    Field { name, kind, unit, meaning }
}

/// What the cells of a column are, if they are not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Count,
    /// Numbers with decimals.
    Number,
    /// Words and hashes.
    Word,
    /// `true` or `false`.
    Flag,
}

/// The tables of a batch: the name of each without its extension, and its columns.
pub fn tables() -> [(&'static str, Vec<Field>); 6] {
    [
        ("runs", rows::COLUMNS.iter().map(|column| column.field).collect()),
        ("scalings", scalings::FIELDS.to_vec()),
        ("timeline", timeline::FIELDS.to_vec()),
        ("survival", survival::FIELDS.to_vec()),
        ("example-replica-sets", replica_sets::FIELDS.to_vec()),
        ("example-pods", pods::FIELDS.to_vec()),
    ]
}

/// The columns as a table in Markdown.
pub fn reference(fields: &[Field]) -> String {
    let mut text = String::from("| column | unit | meaning |\n|---|---|---|\n");
    for Field { name, unit, meaning, .. } in fields {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{name}` | {unit} | {meaning} |");
    }
    text
}
