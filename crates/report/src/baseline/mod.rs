//! The result of a check of baselines, for people and for programs.

mod json;
mod junit;
mod markdown;
mod table;

pub use json::report_json;
pub use junit::junit;
pub use markdown::Markdown;
pub use table::ReportTable;

use analysis::baseline::{Divergence, MOST_STEPS, Step};
use measures::Register;

/// `run 3, at step 12: 10.153s, in the baseline 10.201s`.
fn place(first: &Divergence) -> String {
    let Divergence { run, step, after, .. } = first;
    let Some(pair) = step else {
        let after = after.map(|step| format!(", after step {MOST_STEPS}: {}s", step.at));
        return format!("run {run}{}", after.unwrap_or_default());
    };
    let at = |step: &Step| format!("{}s", step.at);
    let when = match (&pair.saved, &pair.now) {
        (Some(saved), Some(now)) if saved.at == now.at => at(now),
        (Some(saved), Some(now)) => format!("{}, in the baseline {}", at(now), at(saved)),
        (None, Some(now)) => format!("{}, where the baseline had ended", at(now)),
        (Some(saved), None) => format!("it has ended, and the baseline goes on at {}", at(saved)),
        (None, None) => String::new(),
    };
    format!("run {run}, at step {}: {when}", pair.number)
}

/// Whether to show both rows of the first run that differs: if there are no steps to show.
fn shows_rows(first: &Divergence) -> bool {
    first.step.is_none() && first.after.is_none()
}

/// The meaning of a column.
fn meaning(name: &str) -> &'static str {
    let columns = Register::standard().columns();
    columns.iter().find(|column| column.name() == name).map_or("", |column| column.field().meaning)
}
