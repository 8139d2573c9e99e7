//! `provenance.json`: what the results came from.

use crate::results::Shard;
use serde::Serialize;

/// How a folder says that we wrote it.
pub const TOOL: &str = "rollout-lab";

/// Our own version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Version of the shape of `provenance.json`.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that decides the results, and their hash. No clock time, duration, thread count, path or
/// host: the same scenario and seed give the same bytes anywhere.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    tool: &'static str,
    schema_version: u32,
    version: &'static str,
    scenario: String,
    seed: u64,
    /// In all shards together.
    runs: u64,
    /// Absent if it is a whole batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<Shard>,
    /// Absent while the batch is running.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// The scenario with everything in it resolved, as `explain` prints it.
    resolved_scenario: String,
}

impl Provenance {
    /// Of a batch that is about to run.
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

    /// The same of one shard.
    #[must_use]
    pub fn of_shard(self, shard: Option<Shard>) -> Self {
        Self { shard, ..self }
    }

    /// The same after the batch.
    #[must_use]
    pub fn finished(self, digest: String) -> Self {
        Self { digest: Some(digest), ..self }
    }

    /// The same of another number of runs.
    #[must_use]
    pub fn of_runs(self, runs: u64) -> Self {
        Self { runs, ..self }
    }

    /// The scenario with everything in it resolved.
    pub fn resolved(&self) -> &str {
        &self.resolved_scenario
    }

    /// As JSON text.
    pub fn to_json(&self) -> String {
        super::summary_json::pretty(self)
    }
}
