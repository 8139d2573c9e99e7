//! Slow start limits the calls of a failing sync (`slowStartBatch`, `replica_set.go`).

/// The batch sizes for the creation of `total` pods: 1, 2, 4, ... and the rest. The calls of a batch run in
/// parallel; a batch with a failure is the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowStart {
    remaining: i32,
    next: i32,
}

impl SlowStart {
    /// Size of the first batch (`SlowStartInitialBatchSize`, `controller_utils.go`).
    const FIRST: i32 = 1;

    /// Batches for `total` pods.
    #[must_use]
    pub const fn new(total: i32) -> Self {
        Self { remaining: total, next: Self::FIRST }
    }

    /// Pods that no batch has covered yet.
    #[must_use]
    pub const fn remaining(&self) -> i32 {
        self.remaining
    }
}

impl Iterator for SlowStart {
    type Item = i32;

    fn next(&mut self) -> Option<i32> {
        let batch = self.remaining.min(self.next);
        if batch <= 0 {
            return None;
        }
        self.remaining -= batch;
        self.next = batch.saturating_mul(2);
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_double_and_the_last_takes_the_rest() {
        assert_eq!(SlowStart::new(10).collect::<Vec<_>>(), [1, 2, 4, 3]);
        assert_eq!(SlowStart::new(1).collect::<Vec<_>>(), [1]);
        assert_eq!(SlowStart::new(0).collect::<Vec<_>>(), [] as [i32; 0]);
    }
}
