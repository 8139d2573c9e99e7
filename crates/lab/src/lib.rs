//! Many replications: scenario files, experiments, statistics, charts and results.

pub mod conform;
pub mod scenario;
