//! A part of the runs of a batch.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Shard I of N has the runs k with k mod N = I - 1: interleaved, so that all shards have the same cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// I, from 1 to N.
    pub number: u64,
    /// N.
    pub of: u64,
}

/// A text is not a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// It is not `I/N`.
    #[error("write I/N, as in 2/4: the second of four shards")]
    Form,
    /// N is zero.
    #[error("there is at least one shard")]
    None,
    /// N is too large.
    #[error("there are at most {} shards", Shard::MOST)]
    TooMany,
    /// I is not between 1 and N.
    #[error("shards are numbered from 1 to {of}")]
    Number {
        /// N.
        of: u64,
    },
}

impl Shard {
    /// The largest number of shards.
    pub const MOST: u64 = 1_000_000;

    /// Reads `I/N`.
    ///
    /// # Errors
    /// The text is not of this form, or a number is out of range.
    pub fn parse(text: &str) -> Result<Self, ShardError> {
        let whole = |text: &str| text.parse::<u64>().ok();
        let Some((number, of)) = text.split_once('/').and_then(|(i, n)| whole(i).zip(whole(n))) else {
            return Err(ShardError::Form);
        };
        match (number, of) {
            (_, 0) => Err(ShardError::None),
            (_, of) if of > Self::MOST => Err(ShardError::TooMany),
            (0, of) => Err(ShardError::Number { of }),
            (number, of) if number > of => Err(ShardError::Number { of }),
            _ => Ok(Self { number, of }),
        }
    }

    /// Number of runs of the shard, of runs 0 to `runs` - 1.
    pub const fn share_of(self, runs: u64) -> u64 {
        (runs + self.of - self.number) / self.of
    }

    /// The number of its run at `position`, counted from 0.
    pub const fn run_at(self, position: u64) -> u64 {
        position * self.of + self.number - 1
    }

    /// The name of its folder.
    pub fn folder_name(self) -> String {
        format!("{}-of-{}", self.number, self.of)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_divide_the_runs() {
        for (runs, of) in [(0, 3), (1, 3), (10, 3), (12, 4), (3, 7), (1000, 1)] {
            let mut all: Vec<u64> = (1..=of)
                .map(|number| Shard { number, of })
                .flat_map(|shard| (0..shard.share_of(runs)).map(move |position| shard.run_at(position)))
                .collect();
            all.sort_unstable();
            assert_eq!(all, (0..runs).collect::<Vec<_>>(), "{runs} runs in {of} shards");
        }
        assert!((0..25).all(|position| Shard { number: 2, of: 4 }.run_at(position) % 4 == 1));
    }

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!(Shard::parse("2/4"), Ok(Shard { number: 2, of: 4 }));
        for wrong in ["0/4", "5/4", "1/0", "0/0", "2", "a/b", "-1/4", "1/4/2", "", "1/2000000"] {
            assert!(Shard::parse(wrong).is_err(), "{wrong}");
        }
    }
}
