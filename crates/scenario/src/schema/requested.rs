//! The keys and words that readers request at each place, for the comparison with the schema.

use crate::diagnostic::Place;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Names by the range of the value in its file.
pub(super) type ByPlace = BTreeMap<(usize, usize), BTreeSet<&'static str>>;

/// The keys that readers requested from mappings, and the words that they accept in texts.
#[derive(Debug, Default)]
pub(super) struct Requested {
    pub(super) keys: ByPlace,
    pub(super) words: ByPlace,
}

thread_local! {
    static REQUESTED: RefCell<Requested> = RefCell::default();
}

/// The key of a place in this record.
pub(super) fn at(place: &Place) -> (usize, usize) {
    (place.range().start, place.range().end)
}

/// Records that a reader knows these keys of the mapping at `place`.
pub(crate) fn keys(place: &Place, known: &[&'static str]) {
    REQUESTED.with_borrow_mut(|asked| asked.keys.entry(at(place)).or_default().extend(known));
}

/// Records that a reader knows these words for the text at `place`.
pub(crate) fn words(place: &Place, known: impl Iterator<Item = &'static str>) {
    REQUESTED.with_borrow_mut(|asked| asked.words.entry(at(place)).or_default().extend(known));
}

/// The record since the last call.
pub(super) fn take() -> Requested {
    REQUESTED.take()
}
