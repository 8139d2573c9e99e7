//! A comparison, for people and for programs.

mod json;
mod table;

pub(crate) use json::answer as answer_json;
pub use json::comparison_json;
pub use table::ComparisonTable;
pub(crate) use table::{DisplayUnit, figures, section, title};

use analysis::compare::Extreme;
use measures::Elapsed;
use serde_json::Value;

/// A command line that shows a run in A, and one that shows it in B.
pub type Replay<'a> = dyn Fn(u64) -> [String; 2] + 'a;

fn values_json(extreme: &Extreme) -> [Value; 2] {
    extreme.values.map(|value| match (value, DisplayUnit::of(&extreme.question)) {
        (Elapsed::BeyondHorizon, _) => Value::Null,
        (Elapsed::Within(number), DisplayUnit::Count) if number.thousandths() % 1000 == 0 => {
            (number.thousandths() / 1000).into()
        }
        (Elapsed::Within(number), _) => number.as_f64().into(),
    })
}
