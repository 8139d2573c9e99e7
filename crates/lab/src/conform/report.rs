//! What `conform` prints: differences with the worst first, timelines, sums by kind and family, the total.

use super::kind::{Difference, KINDS};
use super::run::Replayed;
use ::report::columns::{Column, Columns};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many differences of a kind are listed unless all are asked for.
const LISTED: usize = 20;

/// The outcomes for people: the worst differences of each kind, all of them and the timelines if `verbose`,
/// the sums if `summary`, and the total in the last line.
#[must_use]
pub fn text(replayed: &[Replayed], verbose: bool, summary: bool) -> String {
    let mut out = String::new();
    for kind in KINDS {
        let differences = worst_first(replayed, kind.name());
        let listed = if verbose { differences.len() } else { LISTED };
        for (case, difference) in differences.iter().take(listed) {
            let _ = write!(out, "{}: {}\n{}", case.outcome.name, case.outcome.about, difference.lines);
        }
        let left_out = differences.len().saturating_sub(listed);
        if left_out > 0 {
            let _ = writeln!(out, "... and {left_out} more {} cases that differ (-v: all)", kind.name());
        }
    }
    for case in replayed {
        if let Some(timeline) = &case.outcome.timeline {
            let _ = write!(out, "{}: {}\n{timeline}", case.outcome.name, case.outcome.about);
        }
    }
    if summary {
        write_sums(&mut out, replayed);
    }
    let _ = writeln!(out, "conform: {} of {} cases match", matching(replayed), replayed.len());
    out
}

fn matching(replayed: &[Replayed]) -> usize {
    replayed.iter().filter(|case| case.outcome.matches()).count()
}

/// The differences of a kind; equally bad ones in the order of the cases.
fn worst_first<'r>(replayed: &'r [Replayed], kind: &str) -> Vec<(&'r Replayed, &'r Difference)> {
    let of_kind = replayed.iter().filter(|case| case.kind == kind);
    let mut differences: Vec<_> =
        of_kind.filter_map(|case| Some((case, case.outcome.difference.as_ref()?))).collect();
    differences.sort_by_key(|(_, difference)| std::cmp::Reverse(difference.severity));
    differences
}

/// Cases, matching cases and what was compared in them.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    cases: usize,
    matching: usize,
    compared: usize,
}

fn families<'r>(replayed: &'r [Replayed], kind: &str) -> BTreeMap<&'r str, Sum> {
    let mut families: BTreeMap<&str, Sum> = BTreeMap::new();
    for case in replayed.iter().filter(|case| case.kind == kind) {
        let sum = families.entry(&case.outcome.family).or_default();
        sum.cases += 1;
        sum.matching += usize::from(case.outcome.matches());
        sum.compared += case.outcome.compared;
    }
    families
}

/// Family of cases, and numbers of cases, of matching cases and of compared objects.
const SUMS: Columns<[Column; 4]> = Columns([
    Column::left(24),
    Column::right(6).after(1),
    Column::right(8).after(1),
    Column::right(8).after(1),
]);

fn write_sums(out: &mut String, replayed: &[Replayed]) {
    for kind in KINDS {
        let families = families(replayed, kind.name());
        if families.is_empty() {
            continue;
        }
        let compared = kind.compares().to_uppercase();
        let title = kind.name().to_uppercase();
        let _ = SUMS.heading(out, &[&title, "CASES", "MATCHING", &compared]);
        for (family, Sum { cases, matching, compared }) in families {
            let [cases, matching, compared] = [cases, matching, compared].map(|number| number.to_string());
            let _ = SUMS.heading(out, &[family, &cases, &matching, &compared]);
        }
    }
}

/// The outcomes for machines.
#[must_use]
pub fn json(replayed: &[Replayed]) -> Value {
    let mut kinds = Map::new();
    let mut divergences = Vec::new();
    for kind in KINDS {
        let families: BTreeMap<&str, Value> = families(replayed, kind.name())
            .into_iter()
            .map(|(family, Sum { cases, matching, compared })| {
                (family, json!({"cases": cases, "matching": matching, kind.compares(): compared}))
            })
            .collect();
        if !families.is_empty() {
            kinds.insert(kind.name().to_owned(), json!(families));
        }
        for (case, difference) in worst_first(replayed, kind.name()) {
            let mut fields = Map::new();
            fields.insert("kind".to_owned(), json!(kind.name()));
            fields.insert("case".to_owned(), json!(case.outcome.name));
            fields.extend(difference.fields.clone());
            divergences.push(Value::Object(fields));
        }
    }
    json!({
        "cases": replayed.len(),
        "matching": matching(replayed),
        "kinds": kinds,
        "divergences": divergences,
    })
}
