//! Many replications: scenario files, experiments, statistics, charts and results.

pub mod diagnostic;
pub mod scenario;
