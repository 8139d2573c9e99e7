//! What the controller remembers of an autoscaler between evaluations. It is lost at a restart and a change of
//! the leader, dropped with the autoscaler, and survives edits of it.

use super::spec::Rules;
use crate::{Span, Timestamp};

/// The memory of one autoscaler.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    proposals: Vec<PastProposal>,
    pub(super) ups: ScaleEvents,
    pub(super) downs: ScaleEvents,
}

/// A proposal of the metrics, before stabilisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PastProposal {
    pub(super) replicas: i32,
    pub(super) at: Timestamp,
}

impl Memory {
    /// The size that is found counts as a proposal where none is remembered.
    pub(super) fn begin(&mut self, current: i32, now: Timestamp) {
        if self.proposals.is_empty() {
            self.proposals.push(PastProposal { replicas: current, at: now });
        }
    }

    pub(super) fn proposals(&self) -> &[PastProposal] {
        &self.proposals
    }

    /// Stores a proposal in the place of the last one from before `outdated_before`, or adds it.
    pub(super) fn propose(&mut self, replicas: i32, now: Timestamp, outdated_before: Timestamp) {
        let proposal = PastProposal { replicas, at: now };
        match self.proposals.iter_mut().rev().find(|past| past.at < outdated_before) {
            Some(place) => *place = proposal,
            None => self.proposals.push(proposal),
        }
    }
}

/// Changes of the size that the controller has made in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ScaleEvents(Vec<ScaleEvent>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ScaleEvent {
    pods: i32,
    at: Timestamp,
    /// Older than the longest period when another one was stored. It stays so if the period is made longer.
    is_outdated: bool,
}

impl ScaleEvents {
    /// The pods of the changes within the last `seconds`.
    pub(super) fn within(&self, seconds: i32, now: Timestamp) -> i32 {
        let cutoff = now - Span::from_secs(seconds.into());
        let recent = self.0.iter().filter(|event| event.at > cutoff);
        recent.fold(0, |sum, event| sum.wrapping_add(event.pods))
    }

    /// Stores a change in the place of the last outdated one, or adds it.
    pub(super) fn store(&mut self, pods: i32, at: Timestamp, rules: &Rules) {
        let cutoff = at - Span::from_secs(rules.longest_period().into());
        for event in &mut self.0 {
            event.is_outdated |= event.at < cutoff;
        }
        let event = ScaleEvent { pods, at, is_outdated: false };
        match self.0.iter_mut().rev().find(|event| event.is_outdated) {
            Some(place) => *place = event,
            None => self.0.push(event),
        }
    }
}
