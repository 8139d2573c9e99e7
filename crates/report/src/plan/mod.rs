//! A forecast, for people and for programs.

mod cluster;
mod json;
mod table;

pub use json::plan_json;
pub use table::PlanTable;

/// A command that shows a run.
pub type Replay<'a> = dyn Fn(u64) -> String + 'a;
