//! From a text that stands inside of another file back to that file.

use crate::diagnostic::{Place, Source};
use std::ops::Range;
use std::sync::Arc;

/// Where the lines of a text begin in the source it was taken from.
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

    /// The map of a literal block that stands at `span` of the text this map belongs to.
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
            // A block loses the same indentation in each line, and blank lines may be shorter.
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
    /// For a text that begins at a place and was not changed.
    fn from(place: &Place) -> Self {
        Self { source: Arc::clone(place.source()), starts: vec![(0, place.range().start)] }
    }
}
