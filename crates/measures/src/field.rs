//! Descriptions of the columns of result tables, from which the reference in the documentation is generated.

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in the header row.
    pub name: &'static str,
    /// The type of its cells.
    pub kind: Kind,
    /// The unit, for the reference.
    pub unit: &'static str,
    /// Its meaning, for the reference.
    pub meaning: &'static str,
}

/// A column in the list of a table.
pub const fn field(name: &'static str, kind: Kind, unit: &'static str, meaning: &'static str) -> Field {
    Field { name, kind, unit, meaning }
}

/// The type of the cells of a column that are not empty.
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
