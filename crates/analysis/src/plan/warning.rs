//! Problems that occur in the runs, with their evidence.

use measures::stats::Proportion;
use measures::{Elapsed, Milli, Row, known};

/// A problem in some of the runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// A short name for programs.
    pub kind: &'static str,
    /// What happens, in words.
    pub text: &'static str,
    /// The share of the runs.
    pub share: Proportion,
    /// The run in which it is worst, the first of several.
    pub run: u64,
    /// Its severity there.
    pub worst: Severity,
    /// Messages of the API server in that run, each text once; empty if not read.
    pub said: Vec<String>,
}

/// The severity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It occurs or it does not.
    Plain,
    /// A time, or a duration.
    Seconds(Milli),
    /// A percentage.
    Percent(Milli),
    /// A count.
    Count(u64),
}

/// A problem that a run can have.
struct Trouble {
    kind: &'static str,
    text: &'static str,
    /// `None` if it does not occur; larger is worse.
    severity: fn(&Row) -> Option<Severity>,
}

/// In order of cost.
const TROUBLES: [Trouble; 7] = [
    Trouble {
        kind: "never-ends",
        text: "the rollout does not end within the horizon",
        severity: |row| (row.elapsed() == Some(Elapsed::BeyondHorizon)).then_some(Severity::Plain),
    },
    Trouble {
        kind: "deadline-fires",
        text: "the progress deadline fires, and `kubectl rollout status` fails",
        severity: |row| row.deadline_fired().then_some(Severity::Plain),
    },
    Trouble {
        kind: "below-promise",
        text: "fewer pods are available than replicas - maxUnavailable promises",
        severity: |row| positive(row.sum(known::LONGEST_BELOW_PROMISED)).map(Severity::Seconds),
    },
    Trouble {
        kind: "ends-below-promise",
        text: "pods that are promised are not available at the horizon",
        severity: |row| {
            row.get(known::AVAILABLE_END)?;
            times(row.count(known::PROMISED_END) - row.count(known::AVAILABLE_END))
        },
    },
    Trouble {
        kind: "requests-fail",
        text: "requests to the Service fail while it rolls",
        severity: |row| positive(row.get(known::REQUESTS_FAILED)?).map(Severity::Percent),
    },
    Trouble {
        kind: "pods-refused",
        text: "creations of pods are refused",
        severity: |row| times(row.count(known::CREATES_REFUSED)),
    },
    Trouble {
        kind: "restarts",
        text: "containers are restarted",
        severity: |row| times(row.count(known::RESTARTS)),
    },
];

fn times(count: i64) -> Option<Severity> {
    (count > 0).then_some(Severity::Count(count.unsigned_abs()))
}

fn positive(number: Milli) -> Option<Milli> {
    (number > Milli::ZERO).then_some(number)
}

/// All problems that occur in at least one run.
pub fn warnings(rows: &[Row]) -> Vec<Warning> {
    let of = rows.len() as u64;
    let warning = |trouble: &Trouble| {
        let struck = rows.iter().filter_map(|row| Some(((trouble.severity)(row)?, row.run)));
        let hits = struck.clone().count() as u64;
        // The first of several with the same severity.
        let (worst, run) = struck.reduce(|worst, other| if other.0 > worst.0 { other } else { worst })?;
        let share = Proportion { hits, of };
        Some(Warning { kind: trouble.kind, text: trouble.text, share, run, worst, said: Vec::new() })
    };
    TROUBLES.iter().filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_run_is_the_evidence() {
        let below = |run, seconds| {
            Row { run, ..Row::example() }.with(known::LONGEST_BELOW_PROMISED, Milli::from_whole(seconds))
        };
        let rows = [below(0, 0), below(1, 3), below(2, 7), below(3, 7)];
        let found = warnings(&rows);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].kind, found[0].run), ("below-promise", 2));
        assert_eq!(found[0].worst, Severity::Seconds(Milli::from_whole(7)));
        assert_eq!(found[0].share, Proportion { hits: 3, of: 4 });
        assert!(warnings(&[Row::example()]).is_empty());
    }
}
