//! From positions in a text inside another file to positions in that file.

use crate::diagnostic::{Place, Source};
use std::ops::Range;
use std::sync::Arc;

/// The beginnings of the lines of a text in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineMap {
    source: Arc<Source>,
    /// Offset in the text, offset in the source.
    starts: Vec<(usize, usize)>,
}

impl LineMap {
    /// The map of a source onto itself.
    pub(crate) fn whole(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), starts: vec![(0, 0)] }
    }

    /// The place of a range of the text.
    pub(crate) fn place(&self, range: Range<usize>) -> Place {
        Place::new(&self.source, self.offset(range.start)..self.offset(range.end))
    }

    fn offset(&self, at: usize) -> usize {
        let index = self.starts.partition_point(|(start, _)| *start <= at);
        let (from, to) = self.starts[index.saturating_sub(1)];
        to + at.saturating_sub(from)
    }

    /// The map of a literal block at `span` of the text of this map.
    pub(crate) fn of_block(&self, outer: &str, span: Range<usize>, block: &str) -> Self {
        let written = outer.get(span.clone()).unwrap_or_default();
        let skip_header = usize::from(written.starts_with('|'));
        let mut offset = span.start;
        let mut written = written.split_inclusive('\n');
        for header in written.by_ref().take(skip_header) {
            offset += header.len();
        }
        let mut starts = vec![(0, self.offset(offset))];
        let mut at = 0;
        for line in block.split_inclusive('\n') {
            // A block loses the same indentation in each line; blank lines can be shorter.
            let full = written.next().unwrap_or(line);
            let indent = full.trim_end().len().saturating_sub(line.trim_end().len());
            starts.push((at, self.offset(offset + indent)));
            at += line.len();
            offset += full.len();
        }
        Self { source: Arc::clone(&self.source), starts }
    }
}

impl From<&Place> for LineMap {
    /// The map of an unchanged text that begins at a place.
    fn from(place: &Place) -> Self {
        Self { source: Arc::clone(place.source()), starts: vec![(0, place.range().start)] }
    }
}
