//! The format of scenario files for editors.
//!
//! The schema is written by hand, since what helps in an editor (a sentence for each key) is nowhere in the
//! decoder; only the measures that objectives bound come from their register. The tests hold it to the decoder: every key and every word that a reader asks for while it reads
//! scenarios that have all of them must be in the schema at that place, and nothing else may be.

use measures::{Measure, Register, Unit};
use std::sync::LazyLock;

#[cfg(test)]
pub(super) mod asked;
#[cfg(test)]
mod tests;

/// The JSON Schema, draft 2020-12. It keeps to what older tools understand as well: no `prefixItems`, no
/// `unevaluatedProperties`.
pub static SCHEMA: LazyLock<String> = LazyLock::new(|| schema_of(Register::standard()));

/// Where the measures stand in the written part.
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
