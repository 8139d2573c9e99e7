//! The format of scenario files for editors.
//!
//! The schema is written by hand because the decoder has no descriptions of keys; only the measures of objectives
//! come from their register. Tests compare it with the decoder: every key and every word that a reader requests in
//! scenarios with all keys must be in the schema at that place, and no other key or word.

use measures::{Measure, Register, Unit};
use std::sync::LazyLock;

#[cfg(test)]
pub(super) mod requested;
#[cfg(test)]
mod tests;

/// The JSON Schema, draft 2020-12. For older tools it uses neither `prefixItems` nor `unevaluatedProperties`.
pub static SCHEMA: LazyLock<String> = LazyLock::new(|| schema_of(Register::standard()));

/// The placeholder of the measures in the written part.
const MEASURES: &str = "        \"$measures\": true\n";

/// The schema with the measures of a register.
pub fn schema_of(register: &Register) -> String {
    let line = |measure: &Measure| {
        let (key, label, bound) = (measure.key, measure.label, bound(measure.unit));
        format!("        \"{key}\": {{\"$ref\": \"#/$defs/{bound}\", \"description\": \"{label}\"}}")
    };
    let lines: Vec<String> = register.numbers().map(line).collect();
    let written = include_str!("../../assets/scenario.schema.json");
    written.replace(MEASURES, &format!("{}\n", lines.join(",\n")))
}

const fn bound(unit: Unit) -> &'static str {
    match unit {
        Unit::Count | Unit::Flag => "countBound",
        Unit::Time => "timeBound",
        Unit::Percent => "percentBound",
        Unit::Pods | Unit::PodSeconds => "numberBound",
    }
}
