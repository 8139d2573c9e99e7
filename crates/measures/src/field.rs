//! What the columns of the tables are: the reference in the documentation is generated from this.

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
pub const fn field(name: &'static str, kind: Kind, unit: &'static str, meaning: &'static str) -> Field {
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
