use super::*;
use std::collections::BTreeSet;

fn is_unique<T: Ord>(mut names: impl Iterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    names.all(|name| seen.insert(name))
}

#[test]
fn names_keys_and_paths_are_unique() {
    let register = Register::standard();
    assert!(is_unique(register.columns().iter().map(Column::name)));
    assert!(is_unique(register.measures().map(|measure| measure.key)));
    assert!(is_unique(register.measures().map(|measure| measure.label)));
    assert!(is_unique(register.questions().iter().map(Question::name)));
    assert!(is_unique(register.measures().filter_map(|measure| measure.summary).map(|summary| summary.path)));
}

/// A regression in any column can be seen by a comparison.
#[test]
fn every_numeric_column_is_compared() {
    for measure in Register::standard().measures() {
        assert!(!measure.views.is_empty(), "{}", measure.key);
    }
}
