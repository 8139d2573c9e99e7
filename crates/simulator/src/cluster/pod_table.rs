//! Tables with one row for every pod of a run.

use super::pod::PodId;
use std::ops::{Deref, DerefMut};

/// One row per pod, in order of creation. For containers, each pod has several consecutive rows.
///
/// The dozen tables are most of the memory of a run. A `Vec` doubles, so a rollout of 5,000 replicas, which
/// creates 10,000 pods, would allocate 16,384 rows of each; this one grows by a quarter, which still copies a
/// row fewer than five times on average.
#[derive(Debug, Clone)]
pub struct PodTable<T>(Vec<T>);

/// Rows that the first growth makes room for.
const FIRST_ROWS: usize = 16;

impl<T> PodTable<T> {
    /// Adds a row at the end.
    pub fn push(&mut self, row: T) {
        self.make_room(1);
        self.0.push(row);
    }

    /// Removes all rows and keeps the allocation.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn make_room(&mut self, rows: usize) {
        if self.0.capacity() - self.0.len() < rows {
            self.0.reserve_exact(rows.max(self.0.len() / 4).max(FIRST_ROWS));
        }
    }
}

impl<T: Clone + Default> PodTable<T> {
    /// The row of a pod; creates missing rows.
    #[inline]
    pub fn row(&mut self, id: PodId) -> &mut T {
        if id.index() >= self.0.len() {
            self.grow_to(id.index() + 1);
        }
        &mut self.0[id.index()]
    }

    #[cold]
    fn grow_to(&mut self, rows: usize) {
        self.make_room(rows - self.0.len());
        self.0.resize(rows, T::default());
    }
}

impl<T> Default for PodTable<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for PodTable<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for PodTable<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T> Extend<T> for PodTable<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, rows: I) {
        let rows = rows.into_iter();
        // `extend` would double the `Vec` at the first row beyond its lower size hint.
        self.make_room(rows.size_hint().0);
        self.0.extend(rows);
    }
}

impl<'a, T> IntoIterator for &'a PodTable<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut PodTable<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_appear_when_they_are_asked_for() {
        let mut table: PodTable<u32> = PodTable::default();
        *table.row(PodId(3)) = 7;
        assert_eq!(table[..], [0, 0, 0, 7]);
        table.push(9);
        table.extend([1, 2]);
        assert_eq!(*table.row(PodId(4)), 9);
        assert_eq!(table.len(), 7);
        table.clear();
        assert_eq!(*table.row(PodId(0)), 0, "nothing is left of earlier rows");
    }

    #[test]
    fn at_most_a_quarter_is_spare() {
        let mut table: PodTable<u64> = PodTable::default();
        for row in (0..9_000).step_by(3) {
            table.push(row);
            *table.row(PodId(row as u32 + 1)) = row;
            table.extend([row]);
            assert_eq!(table.len() as u64, row + 3);
            assert!(table.0.capacity() <= (table.len() + FIRST_ROWS).max(table.len() * 5 / 4 + 1));
        }
    }
}
