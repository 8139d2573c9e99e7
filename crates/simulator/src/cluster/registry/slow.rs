//! A registry that is slow for some time: new pulls, and pulls in progress.

use super::{Pull, PullCourse};
use crate::Timestamp;
use crate::cluster::event::{Event, PodEvent};
use crate::cluster::pod::NodeId;
use crate::cluster::world::World;
use crate::observe::Observer;

impl<O: Observer> World<O> {
    /// A fault that slows pulls has begun or ended: rescales the remaining time of pulls in progress.
    pub(in super::super) fn pulls_change_pace(&mut self) {
        let nodes = self.site.as_ref().map_or(0, |site| site.nodes.len());
        for node in (0..nodes as u32).map(NodeId) {
            let pulls = self.site.as_ref().map_or(0, |site| site.nodes[node.index()].puller.under_way.len());
            for place in 0..pulls {
                self.pull_changes_pace(node, place);
            }
        }
        if self.site.as_ref().is_some_and(|site| site.pulls.wire.is_shared()) {
            self.expect_next_end();
        }
    }

    fn pull_changes_pace(&mut self, node: NodeId, place: usize) {
        let Some(site) = &self.site else { return };
        let Pull { pod, image, begun, ends, how } = site.nodes[node.index()].puller.under_way[place];
        let PullCourse::Downloads { slowed: before } = how else { return };
        let slowed = self.slowing_factor(pod, image, begun);
        if slowed.total_cmp(&before).is_eq() {
            return;
        }
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        let pull = &mut site.nodes[node.index()].puller.under_way[place];
        pull.how = PullCourse::Downloads { slowed };
        if ends == Timestamp::MAX {
            return self.stretch_transfer(pod, slowed / before);
        }
        let left = ends.since(now).as_secs_f64() * (slowed / before);
        pull.ends = now + crate::Span::from_secs_f64(left);
        let ends = pull.ends;
        self.calendar.schedule_at(ends, Event::Pod(pod, PodEvent::PullEnds));
    }
}
