//! The counts stored in the repository, and their comparison.

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// Where they are stored.
pub(crate) const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.json");

/// Counts, with the properties they depend on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Reference {
    rustc: String,
    architecture: String,
    /// For information only: the counts do not depend on it.
    valgrind: String,
    instructions: Vec<Count>,
}

/// Instructions per repetition of one piece of work.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) work: String,
    pub(crate) per: String,
    pub(crate) instructions: f64,
}

impl Reference {
    /// The counts of this program.
    pub(crate) fn of(instructions: Vec<Count>, valgrind: &str) -> Self {
        Self {
            rustc: env!("RUSTC_VERSION").to_owned(),
            architecture: std::env::consts::ARCH.to_owned(),
            valgrind: valgrind.to_owned(),
            instructions,
        }
    }

    pub(crate) fn load() -> Result<Self, String> {
        let text = std::fs::read_to_string(FILE).map_err(|error| format!("cannot read {FILE}: {error}"))?;
        serde_json::from_str(&text).map_err(|error| format!("{FILE}: {error}"))
    }

    pub(crate) fn store(&self) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        std::fs::write(FILE, text + "\n").map_err(|error| format!("cannot write {FILE}: {error}"))
    }

    /// Why the two cannot be compared, or `None`.
    pub(crate) fn is_foreign_to(&self, other: &Self) -> Option<String> {
        let ours = (&self.rustc, &self.architecture);
        let theirs = (&other.rustc, &other.architecture);
        (ours != theirs).then(|| {
            format!("counted with {} on {}, the reference with {} on {}", ours.0, ours.1, theirs.0, theirs.1)
        })
    }

    /// Counts that differ by more than `tolerance` percent, are new, or are missing. Fewer instructions are a
    /// finding too: an outdated reference would hide the next regression.
    pub(crate) fn findings(&self, reference: &Self, tolerance: f64) -> Vec<String> {
        let moved = |count: &Count| match reference.of_work(&count.work) {
            None => Some(format!("{} is new", count.work)),
            Some(before) => {
                let percent = percent(before, count.instructions);
                let word = if percent > 0.0 { "more" } else { "fewer" };
                let text = format!("{}: {:.1}% {word} instructions than stored", count.work, percent.abs());
                (percent.abs() > tolerance).then_some(text)
            }
        };
        let gone = |count: &&Count| self.of_work(&count.work).is_none();
        let gone = reference.instructions.iter().filter(gone).map(|count| format!("{} is gone", count.work));
        self.instructions.iter().filter_map(moved).chain(gone).collect()
    }

    fn of_work(&self, work: &str) -> Option<f64> {
        self.instructions.iter().find(|count| count.work == work).map(|count| count.instructions)
    }

    /// A table of these counts next to the stored ones.
    pub(crate) fn beside(&self, reference: &Self) -> String {
        let mut table = format!("{:<34}{:>16}{:>16}{:>9}  per\n", "instructions", "now", "stored", "");
        for count in &self.instructions {
            let stored = reference.of_work(&count.work).map_or_else(String::new, |before| {
                format!("{before:>16.1}{:>+8.2}%", percent(before, count.instructions))
            });
            let Count { work, per, instructions } = count;
            let _ = writeln!(table, "{work:<34}{instructions:>16.1}{stored:>25}  {per}");
        }
        table
    }
}

fn percent(before: f64, now: f64) -> f64 {
    (now / before - 1.0) * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, f64)]) -> Reference {
        let count = |(work, instructions): &(&str, f64)| Count {
            work: (*work).to_owned(),
            per: "run".to_owned(),
            instructions: *instructions,
        };
        Reference::of(pairs.iter().map(count).collect(), "valgrind")
    }

    #[test]
    fn what_moves_in_either_direction_is_found() {
        let stored = counts(&[("same", 100.0), ("up", 100.0), ("down", 100.0), ("gone", 1.0)]);
        let now = counts(&[("same", 102.9), ("up", 104.0), ("down", 90.0), ("new", 1.0)]);
        let expected = [
            "up: 4.0% more instructions than stored",
            "down: 10.0% fewer instructions than stored",
            "new is new",
            "gone is gone",
        ];
        assert_eq!(now.findings(&stored, 3.0), expected);
    }

    #[test]
    fn counts_of_another_compiler_are_not_compared() {
        let stored = counts(&[]);
        let now = Reference { rustc: "rustc 1.0".to_owned(), ..counts(&[]) };
        assert!(now.is_foreign_to(&stored).is_some());
        assert!(stored.is_foreign_to(&stored).is_none());
    }
}
