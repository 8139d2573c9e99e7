//! `provenance.json`: the origin of the results.

use crate::results::Shard;
use serde::Serialize;

/// The tool name in the file, which identifies results of rollout-lab.
pub const TOOL: &str = "rollout-lab";

/// The version of rollout-lab.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Version of the format of `provenance.json`.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that decides the results, and their hash. No clock time, duration, thread count, path or host: the
/// same scenario and seed give the same bytes on any machine.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    tool: &'static str,
    schema_version: u32,
    version: &'static str,
    scenario: String,
    seed: u64,
    /// The number of runs of all shards together.
    runs: u64,
    /// Absent for a whole batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<Shard>,
    /// Absent while the batch is running.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// The resolved scenario, as `explain` prints it.
    resolved_scenario: String,
}

impl Provenance {
    /// For a batch that is about to run.
    pub fn new(scenario: String, seed: u64, runs: u64, resolved_scenario: String) -> Self {
        Self {
            tool: TOOL,
            schema_version: SCHEMA_VERSION,
            version: VERSION,
            scenario,
            seed,
            runs,
            shard: None,
            digest: None,
            resolved_scenario,
        }
    }

    /// For one shard.
    #[must_use]
    pub fn of_shard(self, shard: Option<Shard>) -> Self {
        Self { shard, ..self }
    }

    /// For a finished batch.
    #[must_use]
    pub fn finished(self, digest: String) -> Self {
        Self { digest: Some(digest), ..self }
    }

    /// With another number of runs.
    #[must_use]
    pub fn of_runs(self, runs: u64) -> Self {
        Self { runs, ..self }
    }

    /// The resolved scenario.
    pub fn resolved(&self) -> &str {
        &self.resolved_scenario
    }

    /// As JSON text.
    pub fn to_json(&self) -> String {
        super::summary_json::pretty(self)
    }
}
