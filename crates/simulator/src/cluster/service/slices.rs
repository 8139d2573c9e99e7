//! Assignment of pods to slices (`staging/src/k8s.io/endpointslice/reconciler.go`).

use std::collections::BTreeSet;

/// Most endpoints in a slice (`--max-endpoints-per-slice`,
/// `pkg/controller/endpointslice/config/v1alpha1/defaults.go`).
const MOST_ENDPOINTS: u32 = 100;

/// Number of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct SliceId(pub(super) u32);

/// The slices of the Service with their sizes.
#[derive(Debug, Clone, Default)]
pub(super) struct Slices {
    sizes: Vec<u32>,
    /// Slices that are not full.
    open: BTreeSet<SliceId>,
}

impl Slices {
    pub(super) fn reset(&mut self) {
        self.sizes.clear();
        self.open.clear();
    }

    /// Finds a slice for one more endpoint: one that is to be written anyway, another one that is not full,
    /// or a new one.
    pub(super) fn add(&mut self, written: &[SliceId]) -> SliceId {
        let has_room = |slice: &&SliceId| self.open.contains(slice);
        let found = written.iter().find(has_room).or_else(|| self.open.first()).copied();
        let slice = found.unwrap_or_else(|| {
            self.sizes.push(0);
            SliceId(self.sizes.len() as u32 - 1)
        });
        let size = &mut self.sizes[slice.0 as usize];
        *size += 1;
        if *size < MOST_ENDPOINTS {
            self.open.insert(slice);
        } else {
            self.open.remove(&slice);
        }
        slice
    }

    /// Removes an endpoint from its slice.
    pub(super) fn remove(&mut self, slice: SliceId) {
        self.sizes[slice.0 as usize] -= 1;
        self.open.insert(slice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_endpoints_fill_a_slice() {
        let mut slices = Slices::default();
        let places: Vec<u32> = (0..250).map(|_| slices.add(&[]).0).collect();
        assert_eq!([places[0], places[99], places[100], places[199], places[249]], [0, 0, 1, 1, 2]);
        slices.remove(SliceId(1));
        slices.remove(SliceId(0));
        assert_eq!(slices.add(&[SliceId(1)]), SliceId(1), "the one that is written anyway");
        assert_eq!(slices.add(&[SliceId(1)]), SliceId(0), "another one with room");
        assert_eq!(slices.add(&[]), SliceId(2));
    }
}
