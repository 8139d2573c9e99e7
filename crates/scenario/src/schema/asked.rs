//! What the readers ask for, at which places: the record that the schema is compared with.

use crate::diagnostic::Place;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Names by the place of the value that was read: where it begins and ends in its file.
pub(super) type ByPlace = BTreeMap<(usize, usize), BTreeSet<&'static str>>;

/// The keys that were asked of mappings, and the words that were tried on texts.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) keys: ByPlace,
    pub(super) words: ByPlace,
}

thread_local! {
    static ASKED: RefCell<Asked> = RefCell::default();
}

/// Where a value stands, as this record names places.
pub(super) fn at(place: &Place) -> (usize, usize) {
    (place.range().start, place.range().end)
}

/// A reader knows these keys of the mapping at `place`.
pub(crate) fn keys(place: &Place, known: &[&'static str]) {
    ASKED.with_borrow_mut(|asked| asked.keys.entry(at(place)).or_default().extend(known));
}

/// A reader knows these words for the text at `place`.
pub(crate) fn words(place: &Place, known: impl Iterator<Item = &'static str>) {
    ASKED.with_borrow_mut(|asked| asked.words.entry(at(place)).or_default().extend(known));
}

/// What was recorded since the last call.
pub(super) fn take() -> Asked {
    ASKED.take()
}
