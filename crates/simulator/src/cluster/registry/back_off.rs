//! The back-off of failed pulls (`pkg/kubelet/images/image_manager.go`, client-go `util/flowcontrol`).

use crate::cluster::pod::PodId;
use crate::cluster::site::ImageId;
use crate::cluster::world::World;
use crate::observe::Observer;
use crate::{Span, Timestamp};
use std::collections::BTreeMap;

/// First window of the image pull back-off; doubles with each failure up to [`LONGEST_WINDOW`]
/// (`pkg/kubelet/kubelet.go`, `imageBackOffPeriod` and `MaxImageBackOff`).
const FIRST_WINDOW: Span = Span::from_secs(10);
const LONGEST_WINDOW: Span = Span::from_secs(300);

/// An image's failures are forgotten after this time without a new one: twice the longest window (client-go
/// `util/flowcontrol/backoff.go`).
const FORGOTTEN_AFTER: Span = Span::from_secs(600);

/// The failures by pod and image. A success changes nothing here.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct BackOffs(BTreeMap<(PodId, ImageId), BackOff>);

#[derive(Debug, Clone, Copy)]
struct BackOff {
    /// Number of consecutive failures, as far as they are remembered.
    failures: u32,
    last: Timestamp,
}

impl BackOffs {
    pub(super) fn reset(&mut self) {
        self.0.clear();
    }

    /// Records a failure. Returns the window before the next attempt.
    fn fail(&mut self, pod: PodId, image: ImageId, now: Timestamp) -> Span {
        let entry = self.0.entry((pod, image)).or_insert(BackOff { failures: 0, last: now });
        if now.since(entry.last) > FORGOTTEN_AFTER {
            entry.failures = 0;
        }
        entry.failures = entry.failures.saturating_add(1);
        entry.last = now;
        let doublings = (entry.failures - 1).min(10);
        Span::from_nanos(FIRST_WINDOW.as_nanos() << doublings).min(LONGEST_WINDOW)
    }
}

impl<O: Observer> World<O> {
    /// Attempts within the window fail at once. The next one is the first sync of the pod after the window:
    /// windows of 10, 20, 40 s and so on with syncs every 10 to 16 s give attempts at about 0, 10-16, 35, 80,
    /// 165 s.
    pub(super) fn back_off_pull(&mut self, id: PodId, image: ImageId) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        let window = site.pulls.back_offs.fail(id, image, now);
        self.pull_failed(id, now + window);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_double_and_are_forgotten_after_ten_quiet_minutes() {
        let mut back_offs = BackOffs::default();
        let mut now = Timestamp::ZERO;
        let mut fail = |pod: u32, after: i64| {
            now += Span::from_secs(after);
            back_offs.fail(PodId(pod), ImageId(0), now).as_nanos() / 1_000_000_000
        };
        let windows: Vec<i64> = (0..8).map(|_| fail(0, 310)).collect();
        assert_eq!(windows, [10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(fail(1, 0), 10, "another pod starts at 10 s");
        assert_eq!(fail(0, 600), 300, "still remembered");
        assert_eq!(fail(0, 601), 10, "forgotten");
    }
}
