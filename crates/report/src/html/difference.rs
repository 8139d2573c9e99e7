//! The lines that differ between two scenarios as `explain` prints them.

use serde::Serialize;

/// A line of only one scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct LineChange {
    side: &'static str,
    line: String,
}

/// A setting of both scenarios with different values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Differing {
    pub(super) path: String,
    pub(super) values: [String; 2],
}

/// The line before the hash of the model: both come last.
const HASH: &str = "checked model, all of it";

/// The lines of only one of the two: lines of A before lines of B at the same position.
pub(super) fn changes(a: &str, b: &str) -> Vec<LineChange> {
    let (a, b) = (lines(a), lines(b));
    let common = longest_common(&a, &b);
    let mut changes = Vec::new();
    let (mut next_a, mut next_b) = (0, 0);
    for (at_a, at_b) in common.into_iter().chain([(a.len(), b.len())]) {
        let only = |side, lines: &[String]| {
            lines.iter().map(|line| LineChange { side, line: line.clone() }).collect::<Vec<_>>()
        };
        changes.extend(only("A", &a[next_a..at_a]));
        changes.extend(only("B", &b[next_b..at_b]));
        (next_a, next_b) = (at_a + 1, at_b + 1);
    }
    changes
}

/// The settings of both scenarios among the changes.
pub(super) fn differing(changes: &[LineChange]) -> Vec<Differing> {
    let of = |side| changes.iter().filter(move |change| change.side == side).filter_map(LineChange::setting);
    let pair = |(path, a): (&str, &str)| {
        let (_, b) = of("B").find(|(other, _)| *other == path)?;
        (a != b).then(|| Differing { path: path.to_owned(), values: [a.to_owned(), b.to_owned()] })
    };
    of("A").filter_map(pair).collect()
}

impl LineChange {
    /// The path and the value, if the line is a setting.
    fn setting(&self) -> Option<(&str, &str)> {
        let (path, rest) = self.line.split_once(' ')?;
        let roots = ["spec.", "deployment.", "replicaset."];
        let value = rest.split(" # ").next()?;
        roots.iter().any(|root| path.starts_with(root)).then_some((path, value))
    }
}

/// The lines without padding, title and hash.
fn lines(resolved: &str) -> Vec<String> {
    let body = resolved.split(HASH).next().unwrap_or_default();
    // The head of the report has the name and the description.
    let lines = body.split_once("\n\n").map_or(body, |(_, rest)| rest).lines();
    let bare = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    lines.map(bare).filter(|line| !line.is_empty() && !scenario::is_derived(line)).collect()
}

/// The line numbers of a longest common subsequence, in both.
fn longest_common(a: &[String], b: &[String]) -> Vec<(usize, usize)> {
    // The length of the longest common subsequence of the rests from here.
    let mut rest = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            rest[i][j] =
                if a[i] == b[j] { rest[i + 1][j + 1] + 1 } else { rest[i + 1][j].max(rest[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut common) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            common.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if rest[i + 1][j] >= rest[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "scenario a\nOne\n\nsettings\n  spec.runs      10   # stated\n  spec.seed  1  # stated\n\nactions\n  at 1s: pause\n\nchecked model, all of it\n  sha256:1\n";
    const B: &str = "scenario b\nOther\n\nsettings\n  spec.runs  20 # stated\n  spec.seed  1 # stated\n\nactions\n  at 1s: pause\n  at 2s: resume\n\nchecked model, all of it\n  sha256:2\n";

    #[test]
    fn only_lines_that_differ_in_more_than_their_padding_are_told() {
        let shown: Vec<String> =
            changes(A, B).iter().map(|change| format!("{} {}", change.side, change.line)).collect();
        assert_eq!(shown, ["A spec.runs 10 # stated", "B spec.runs 20 # stated", "B at 2s: resume"]);
        assert!(changes(A, A).is_empty());
    }

    #[test]
    fn a_setting_that_both_have_is_one_difference() {
        let both = differing(&changes(A, B));
        assert_eq!(both, [Differing { path: "spec.runs".into(), values: ["10".into(), "20".into()] }]);
    }
}
