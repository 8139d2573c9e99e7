//! The measures as tables in Markdown, for the documentation.

use super::Register;
use crate::measure::{Absent, Measure, Negative};
use crate::question::{Better, Margin, Question};
use crate::{Unit, units};
use std::fmt::Write as _;

/// The first lines of [`bounds`].
pub const BOUNDS: &str = "| measure | unit | what it is | column |\n|---|---|---|---|\n";

/// The first lines of [`comparisons`].
pub const COMPARISONS: &str = "| measure | better | margin by default |\n|---|---|---|\n";

/// The measures that objectives can bound.
pub fn bounds(register: &Register) -> String {
    let mut text = BOUNDS.to_owned();
    for measure in register.numbers() {
        let (key, label, column) = (measure.key, measure.label, measure.field.name);
        let (unit, note) = (unit(measure.unit), note(measure));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{key}` | {unit} | {label}{note} | `{column}` |");
    }
    text
}

const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Count | Unit::Flag => "number",
        Unit::Time => "duration",
        Unit::Percent => "percentage",
        Unit::Pods | Unit::PodSeconds => "decimal",
    }
}

/// What the name of the column does not state.
const fn note(measure: &Measure) -> &'static str {
    match (measure.absent, measure.negative) {
        (Absent::Unfinished, _) => "; one that does not end counts as longer than the horizon",
        (Absent::NotYet, _) => "; never counts as later than the horizon",
        (Absent::DoesNotApply, Negative::Size) => "; its size counts",
        (Absent::DoesNotApply, Negative::Zero) => "; a fall counts as 0",
        (Absent::DoesNotApply, Negative::Kept) => "",
    }
}

/// The questions of comparisons. Adjacent questions with the same group, direction, margin and unit share a line.
pub fn comparisons(register: &Register) -> String {
    let mut text = COMPARISONS.to_owned();
    let questions = register.questions();
    let is_alike = |one: &Question, other: &Question| {
        (one.measure.group, one.better, one.margin, one.unit())
            == (other.measure.group, other.better, other.margin, other.unit())
    };
    for alike in questions.chunk_by(is_alike) {
        let names: Vec<String> = alike.iter().map(|question| format!("`{}`", question.name())).collect();
        let better = match alike[0].better {
            Better::Lower => "less",
            Better::Higher => "more",
            Better::Neither => "neither",
        };
        let margin = margin(&alike[0]);
        let _ = writeln!(text, "| {} | {better} | {margin} |", names.join(", "));
    }
    text
}

fn margin(question: &Question) -> String {
    let number = |number: f64| units::plain(crate::Milli::from_f64(number));
    match (question.margin, question.unit()) {
        (Margin::Relative(share), _) => format!("{}% of A", number(share * 100.0)),
        (Margin::Absolute(size), Unit::Flag) => format!("{} percentage points", number(size * 100.0)),
        (Margin::Absolute(size), Unit::Percent) => format!("{} percentage points", number(size)),
        (Margin::Absolute(size), Unit::Time) => format!("{} s", number(size)),
        (Margin::Absolute(size), Unit::PodSeconds) => format!("{} pod-seconds", number(size)),
        (Margin::Absolute(size), Unit::Count | Unit::Pods) => number(size),
    }
}
