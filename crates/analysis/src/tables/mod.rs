//! The tables and files of a batch: results into bytes for machines.

pub mod example;
pub mod fields;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod provenance;
pub mod rows;
pub mod scalings;
pub mod summary_json;
pub mod survival;
pub mod timeline;
