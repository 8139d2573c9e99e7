//! Results into bytes: files for machines, tables and charts for people.

pub mod baseline;
pub mod chart;
pub mod compare;
pub mod deadline;
pub mod example;
pub mod fields;
pub mod left_out;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod plan;
pub mod provenance;
pub mod report;
pub mod rows;
pub mod scalings;
pub mod story;
pub mod summary_json;
pub mod survival;
pub mod sweep;
pub mod table;
pub mod timeline;
pub mod where_time_went;
mod words;

pub use words::{
    WIDTH, count, duration, duration_ceil, elapsed, percent, percent_of, percentage, plain, runs, wrap,
};
