//! How far a batch has come: what its rows do not say, so that it can go on or be joined with others.

use super::Fan;
use serde::{Deserialize, Serialize};

/// The file with the state, in the folder of an unfinished batch and in that of a shard.
pub const PART: &str = "part.json";
/// Under this name it is written before it takes the place of the one before.
pub const PART_IN_WRITING: &str = "part.json.new";

/// Runs that are finished and in their files, up to a byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// How many runs.
    pub runs: u64,
    /// The length of `runs.csv` with them.
    pub runs_bytes: u64,
    /// The length of `scalings.csv` with them.
    pub scalings_bytes: u64,
    /// Available pods over time, over these runs: the only thing that rows do not hold.
    pub available: Fan,
}

impl Part {
    /// As JSON text, in one line.
    pub fn to_json(&self) -> String {
        // Numbers only, so this cannot fail.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// Whether the counts of available pods are those of as many runs, at every moment.
    pub fn is_sound(&self, grid_points: usize) -> bool {
        self.available.is_of(self.runs, grid_points)
    }
}
