//! The columns of the tables of a batch, and their reference for the documentation.

use super::example::{pods, replica_sets};
use super::{scalings, survival, timeline};
use measures::Register;
use measures::field::Field;
use std::fmt::Write as _;

/// The tables of a batch: the name of each without its extension, and its columns.
pub fn tables() -> [(&'static str, Vec<Field>); 6] {
    tables_of(Register::standard())
}

/// The same for the columns of another register.
pub fn tables_of(register: &Register) -> [(&'static str, Vec<Field>); 6] {
    [
        ("runs", register.columns().iter().map(|column| *column.field()).collect()),
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
