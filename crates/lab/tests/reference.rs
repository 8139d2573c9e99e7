//! The reference of the columns in `docs/results.md` is what the code says.

use analysis::results::files;
use analysis::tables::fields::{reference, tables};
use analysis::tables::{deadline_curve, sweep_cells};
use measures::Register;
use measures::field::Field;
use measures::register::reference::{BOUNDS, COMPARISONS, bounds, comparisons};
use std::path::Path;

/// The first line of the table of files.
const FILES: &str = "| file | content | written by | read by |";
/// The first line of a table of columns.
const COLUMNS: &str = "| column | unit | meaning |";

/// The text with the table under the heading of each file replaced by the one from the code.
fn with_tables(text: &str) -> String {
    let mut text = text.to_owned();
    for (name, fields) in tables() {
        let heading =
            text.find(&format!("\n## {name}.csv\n")).unwrap_or_else(|| panic!("no heading {name}.csv"));
        let start = heading + text[heading..].find("\n| column |").expect("a table of columns") + 1;
        let end = text[start..].find("\n\n").map_or(text.len(), |length| start + length + 1);
        text.replace_range(start..end, &reference(&fields));
    }
    text
}

/// The text with the table that begins with these lines replaced.
fn with_table(text: &str, head: &str, table: &str) -> String {
    let start = text.find(head).unwrap_or_else(|| panic!("no table {head}"));
    let end = text[start..].find("\n\n").map_or(text.len(), |length| start + length + 1);
    format!("{}{table}{}", &text[..start], &text[end..])
}

/// After a change of columns or measures: `WRITE_REFERENCE=1 cargo test -p rollout-lab --test runner reference`.
#[test]
fn columns_and_measures_are_documented_as_they_are() {
    is_current("docs/results.md", |text| with_table(&with_tables(text), FILES, &files::reference()));
    let cells: Vec<Field> = [sweep_cells::CELL].into_iter().chain(sweep_cells::FIELDS).collect();
    is_current("docs/sweeps.md", |text| with_table(text, COLUMNS, &reference(&cells)));
    is_current("docs/deadline.md", |text| with_table(text, COLUMNS, &reference(&deadline_curve::FIELDS)));
    let register = Register::standard();
    is_current("../scenario/docs/scenarios.md", |text| with_table(text, BOUNDS, &bounds(register)));
    is_current("docs/statistics.md", |text| with_table(text, COMPARISONS, &comparisons(register)));
}

fn is_current(page: &str, written: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let expected = written(&text);
    if std::env::var_os("WRITE_REFERENCE").is_some() {
        return std::fs::write(&path, &expected).unwrap();
    }
    let stale = expected.lines().zip(text.lines()).find(|(expected, found)| expected != found);
    assert!(
        expected == text,
        "{page} is stale; WRITE_REFERENCE=1 writes it. The first difference (ours, found): {stale:?}"
    );
}

#[test]
fn names_are_those_of_the_files() {
    for (name, fields) in tables() {
        let mut names: Vec<&str> = fields.iter().map(|field| field.name).collect();
        let seconds = fields.iter().filter(|field| field.name.ends_with("_s"));
        assert!(seconds.clone().all(|field| field.unit.contains('s')), "{name}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), fields.len(), "{name}");
    }
}
