//! The back-off of pulls that fail (`pkg/kubelet/images/image_manager.go`, client-go `util/flowcontrol`).

use crate::cluster::event::PodStep;
use crate::cluster::kubelet::slot;
use crate::cluster::pod::PodId;
use crate::cluster::site::ImageId;
use crate::cluster::world::World;
use crate::observe::{Observer, Stage};
use crate::{Span, Timestamp};
use std::collections::BTreeMap;

/// First window of the image pull back-off; doubles with each failure up to [`LONGEST_WINDOW`]
/// (`pkg/kubelet/kubelet.go`, `imageBackOffPeriod` and `MaxImageBackOff`).
const FIRST_WINDOW: Span = Span::from_secs(10);
const LONGEST_WINDOW: Span = Span::from_secs(300);

/// So long after its last failure an image is forgotten: twice the longest window (client-go
/// `util/flowcontrol/backoff.go`).
const FORGOTTEN_AFTER: Span = Span::from_secs(600);

/// After a failed sync a pod is synced again after this times U[1, 1.5] (`backOffPeriod`,
/// `pkg/kubelet/kubelet.go`), picked up by a ticker of one second.
const SYNC_RETRY: Span = Span::from_secs(10);

/// The failures of each pod and image. A success changes nothing here.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct BackOffs(BTreeMap<(PodId, ImageId), BackOff>);

#[derive(Debug, Clone, Copy)]
struct BackOff {
    /// Failures in a row, as far as they are remembered.
    failures: u32,
    last: Timestamp,
}

impl BackOffs {
    pub(super) fn reset(&mut self) {
        self.0.clear();
    }

    /// Notes a failure. Returns how many there have been, and the window before the next attempt.
    fn fail(&mut self, pod: PodId, image: ImageId, now: Timestamp) -> (u32, Span) {
        let entry = self.0.entry((pod, image)).or_insert(BackOff { failures: 0, last: now });
        if now.since(entry.last) > FORGOTTEN_AFTER {
            entry.failures = 0;
        }
        entry.failures = entry.failures.saturating_add(1);
        entry.last = now;
        let doublings = (entry.failures - 1).min(10);
        let window = Span::from_nanos(FIRST_WINDOW.as_nanos() << doublings).min(LONGEST_WINDOW);
        (entry.failures, window)
    }
}

impl<O: Observer> World<O> {
    /// The next attempt is the first sync of the pod outside the back-off window: windows of 10, 20, 40 s
    /// and so on against syncs every 10 to 16 s, so attempts come at about 0, 10-16, 35, 80, 165 s.
    pub(super) fn back_off_pull(&mut self, id: PodId, image: ImageId) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        let (failures, window) = site.pulls.back_offs.fail(id, image, now);
        let life = &site.lives[id.index()];
        let mut after = Span::ZERO;
        let mut sync = 0;
        while after <= window {
            let stretch = 1.0 + 0.5 * life.derived(slot::RETRY, u64::from(failures) << 32 | sync);
            let tick = life.derived(slot::RETRY, (1 << 63) | u64::from(failures) << 32 | sync);
            after += Span::from_secs_f64(SYNC_RETRY.as_secs_f64() * stretch + tick);
            sync += 1;
        }
        self.enter(id, Stage::PullBackOff);
        self.step_after(id, after, PodStep::RetryPull);
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
            let (_, window) = back_offs.fail(PodId(pod), ImageId(0), now);
            window.as_nanos() / 1_000_000_000
        };
        let windows: Vec<i64> = (0..8).map(|_| fail(0, 310)).collect();
        assert_eq!(windows, [10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(fail(1, 0), 10, "another pod begins anew");
        assert_eq!(fail(0, 600), 300, "still remembered");
        assert_eq!(fail(0, 601), 10, "forgotten");
    }
}
