//! The reference of the columns in `docs/results.md` is what the code says.

use analysis::tables::fields::{reference, tables};
use std::path::Path;

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

/// After a change of columns: `WRITE_REFERENCE=1 cargo test -p rollout-lab --test reference`.
#[test]
fn columns_are_documented_as_they_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/results.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let expected = with_tables(&text);
    if std::env::var_os("WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let stale = expected.lines().zip(text.lines()).find(|(expected, found)| expected != found);
    assert!(
        expected == text,
        "docs/results.md is stale; WRITE_REFERENCE=1 writes it anew. The first difference (ours, found): {stale:?}"
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
