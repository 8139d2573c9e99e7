//! Annotations whose text is a number or a list of numbers.

use std::fmt::Write as _;

/// A decimal number kept in an annotation, where it may be missing or unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Number {
    /// The annotation does not exist.
    #[default]
    Absent,
    /// The annotation exists and is not a number.
    Malformed,
    /// The annotation's value.
    Value(i64),
}

impl Number {
    /// The value, if there is a readable one.
    #[must_use]
    pub const fn value(self) -> Option<i64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Malformed => None,
        }
    }

    /// The value where only a non-negative 32-bit number counts, as for `desired-replicas`.
    #[must_use]
    pub fn replicas(self) -> Option<i32> {
        self.value().and_then(|value| i32::try_from(value).ok()).filter(|value| *value >= 0)
    }
}

/// `deployment.kubernetes.io/revision-history`: the earlier revisions a `ReplicaSet` served, as a
/// comma-separated list, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct RevisionHistory(String);

impl RevisionHistory {
    /// Longest list that is kept, in characters (`maxRevHistoryLengthInChars` in
    /// `pkg/controller/deployment/sync.go`).
    pub const MAX_CHARACTERS: usize = 2000;

    /// The text of the annotation; empty means that there is none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds a revision at the end. The oldest entries are dropped to keep the text within `limit` characters;
    /// an entry that is too long on its own is not added.
    ///
    /// With a limit of 5, appending 7 to `1,2,3` gives `2,3,7`: `1,2,3,7` is two characters too long,
    /// and dropping `1,` is enough.
    pub fn append(&mut self, revision: i64, limit: usize) {
        let entry = revision.to_string();
        if self.0.is_empty() {
            // The first entry is always stored: the limit only applies to appending.
            self.0 = entry;
            return;
        }
        let total = self.0.len() + 1 + entry.len();
        let mut excess = total.saturating_sub(limit);
        let mut kept = self.0.as_str();
        while excess > 0 {
            let Some(comma) = kept.find(',') else { break };
            excess = excess.saturating_sub(comma + 1);
            kept = &kept[comma + 1..];
        }
        if excess > 0 {
            return;
        }
        let mut list = kept.to_owned();
        let _ = write!(list, ",{entry}");
        self.0 = list;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appended(list: &str, revision: i64, limit: usize) -> String {
        let mut history = RevisionHistory(list.to_owned());
        history.append(revision, limit);
        history.as_str().to_owned()
    }

    #[test]
    fn appending_drops_the_oldest_entries_beyond_the_limit() {
        assert_eq!(appended("", 1, 2000), "1");
        assert_eq!(appended("1", 4, 2000), "1,4");
        assert_eq!(appended("1,2,3", 7, 5), "2,3,7");
        assert_eq!(appended("100,200", 7, 5), "200,7");
        assert_eq!(appended("1,2", 3, 5), "1,2,3", "it just fits");
        assert_eq!(appended("1,2", 3, 4), "2,3", "one character too long");
        assert_eq!(appended("1,2", 333, 7), "1,2,333", "it just fits");
        assert_eq!(appended("1,2", 333, 6), "2,333", "one character too long");
        assert_eq!(appended("1", 123_456, 5), "1", "an entry that cannot fit is left out");
    }

    #[test]
    fn only_non_negative_32_bit_numbers_are_replica_counts() {
        assert_eq!(Number::Value(13).replicas(), Some(13));
        assert_eq!(Number::Value(-1).replicas(), None);
        assert_eq!(Number::Value(1 << 40).replicas(), None);
        assert_eq!(Number::Malformed.replicas(), None);
    }
}
