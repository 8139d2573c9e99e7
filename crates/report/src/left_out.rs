//! Fields of the manifests that the model does not use.

use measures::text::lines;
use scenario::LeftOut;
use serde_json::{Value, json};
use std::fmt::{self, Display};

/// Prints the fields that are not simulated and can decide the outcome; nothing if there are none.
pub struct LeftOutWarnings<'a>(pub &'a [String]);

impl Display for LeftOutWarnings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nNot simulated, and can decide the outcome")?;
        self.0.iter().try_for_each(|warning| lines(f, "  ! ", warning))
    }
}

/// All fields that are left out, for programs.
pub fn left_out_json(left_out: &[LeftOut]) -> Value {
    let field = |field: &LeftOut| {
        json!({
            "field": field.field,
            "objects": field.objects,
            "ofSubject": field.of_subject,
            "count": field.count,
            "effect": field.effect.as_str(),
            "why": field.why,
        })
    };
    left_out.iter().map(field).collect()
}
