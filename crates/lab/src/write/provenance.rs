//! `provenance.json`: what the results came from.

use crate::results::Shard;
use serde::Serialize;
use sha2::{Digest, Sha256};

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

/// Hashes the digests of the runs in their order.
#[derive(Debug, Clone, Default)]
pub struct BatchDigest(Sha256);

impl BatchDigest {
    /// Adds the next run.
    pub fn add(&mut self, run_digest: u64) {
        self.0.update(run_digest.to_be_bytes());
    }

    /// Adds the hash of a whole batch.
    pub fn add_text(&mut self, digest: &str) {
        self.0.update(digest.as_bytes());
    }

    /// `sha256:` and the hash in hexadecimal.
    pub fn finish(self) -> String {
        digest_words(self.0)
    }
}

/// `sha256:` and a hash in hexadecimal.
pub(crate) fn digest_words(hash: Sha256) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("sha256:");
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha256_over_big_endian_words() {
        let mut digest = BatchDigest::default();
        digest.add(0x6162_6364_6566_6768);
        // printf abcdefgh | sha256sum
        let expected = "sha256:9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab";
        assert_eq!(digest.finish(), expected);
    }
}
