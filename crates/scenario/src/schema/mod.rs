//! The format of scenario files for editors.
//!
//! The schema is written by hand, since what helps in an editor (a sentence for each key) is nowhere in the
//! decoder. The tests hold it to the decoder: every key and every word that a reader asks for while it reads
//! scenarios that have all of them must be in the schema at that place, and nothing else may be.

#[cfg(test)]
pub(super) mod asked;
#[cfg(test)]
mod tests;

/// The JSON Schema, draft 2020-12. It keeps to what older tools understand as well: no `prefixItems`, no
/// `unevaluatedProperties`.
pub const SCHEMA: &str = include_str!("../../assets/scenario.schema.json");
