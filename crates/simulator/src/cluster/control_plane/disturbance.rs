//! Disturbances of calls and watches that are in force.

use super::call::WaitingCall;
use crate::cluster::fault::lot;
use crate::cluster::refusal::Refusal;
use crate::model::{ApiError, CallSelection, CallTarget, LeaderEnding, Resource, Slowdown, Staleness, Verb};
use crate::{Span, Timestamp};

/// The disturbances in force, and the calls that wait.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Calls {
    disturbances: Vec<Disturbance>,
    stale: Vec<StaleWatch>,
    /// Waiting calls other than those in transit; an event refers to one by index.
    pub(super) kept: Vec<WaitingCall>,
}

/// Something that makes calls fail or slow.
#[derive(Debug, Clone)]
pub(in super::super) struct Disturbance {
    /// The fault that causes it; `None` for a script's.
    pub(in super::super) fault: Option<u32>,
    /// End of a script's disturbance.
    pub(in super::super) until: Option<Timestamp>,
    pub(in super::super) target: CallTarget,
    pub(in super::super) effect: Effect,
    /// Seed of its random decisions.
    pub(in super::super) seed: u64,
    /// Number of calls checked, and number of calls hit.
    pub(in super::super) seen: u64,
    pub(in super::super) hits: u32,
}

/// Effect of a disturbance.
#[derive(Debug, Clone)]
pub(in super::super) enum Effect {
    Fail(CallSelection, ApiError),
    Forbid,
    Slow {
        fraction: f64,
        slower: Slowdown,
    },
    /// The leader ends after this number of writes.
    EndLeader {
        after_writes: u32,
        ending: LeaderEnding,
    },
}

/// A watch that is delayed.
#[derive(Debug, Clone)]
pub(in super::super) struct StaleWatch {
    pub(in super::super) fault: u32,
    pub(in super::super) resource: Option<Resource>,
    pub(in super::super) staleness: Staleness,
    /// End of the delay.
    pub(in super::super) until: Timestamp,
    pub(in super::super) seed: u64,
    pub(in super::super) seen: u64,
}

/// Effect of a disturbance on one call.
pub(super) enum CallEffect<'a> {
    Fails(&'a ApiError, f64),
    Forbidden(u32),
}

impl Disturbance {
    /// The disturbance of a fault.
    pub(in super::super) const fn of_fault(
        fault: u32,
        target: CallTarget,
        effect: Effect,
        seed: u64,
    ) -> Self {
        Self { fault: Some(fault), until: None, target, effect, seed, seen: 0, hits: 0 }
    }

    /// The disturbance of a script: internal errors until a time.
    pub(in super::super) const fn of_script(until: Timestamp, target: CallTarget) -> Self {
        let effect = Effect::Fail(CallSelection::ALL, ApiError::Internal);
        Self { fault: None, until: Some(until), target, effect, seed: 0, seen: 0, hits: 0 }
    }

    /// A uniform number in (0, 1) for the next decision.
    fn next_lot(&mut self) -> f64 {
        self.seen += 1;
        lot(self.seed, self.seen)
    }

    /// The refusal that the next matching call would get.
    fn refusal_now(&self) -> Option<Refusal> {
        match &self.effect {
            Effect::Forbid => Some(Refusal::PermissionDenied { fault: self.fault? }),
            Effect::Fail(which, error) => {
                let hits = self.seen >= u64::from(which.skip)
                    && which.most.is_none_or(|most| self.hits < most)
                    && which.fraction > 0.5;
                hits.then(|| Refusal::of_error(error))
            }
            Effect::Slow { .. } | Effect::EndLeader { .. } => None,
        }
    }

    /// Whether a failing disturbance hits a matching call.
    fn hits(&mut self, which: CallSelection) -> bool {
        let drawn = self.next_lot();
        let hit = self.seen > u64::from(which.skip)
            && which.most.is_none_or(|most| self.hits < most)
            && drawn < which.fraction;
        self.hits += u32::from(hit);
        hit
    }
}

impl Calls {
    pub(in super::super) fn reset(&mut self) {
        self.disturbances.clear();
        self.stale.clear();
        self.kept.clear();
    }

    pub(in super::super) fn disturb(&mut self, disturbance: Disturbance) {
        self.disturbances.push(disturbance);
    }

    pub(in super::super) fn fall_behind(&mut self, stale: StaleWatch) {
        self.stale.push(stale);
    }

    /// Removes the disturbance of a fault that ends.
    pub(in super::super) fn remove_fault(&mut self, fault: u32) {
        self.disturbances.retain(|disturbance| disturbance.fault != Some(fault));
        self.stale.retain(|stale| stale.fault != fault);
    }

    pub(super) const fn are_undisturbed(&self) -> bool {
        self.disturbances.is_empty()
    }

    /// The effect on a call that arrives now, if any.
    pub(super) fn effect_on_call(
        &mut self,
        resource: Resource,
        verb: Verb,
        now: Timestamp,
    ) -> Option<CallEffect<'_>> {
        self.disturbances.retain(|disturbance| disturbance.until.is_none_or(|until| now < until));
        for disturbance in &mut self.disturbances {
            if !disturbance.target.includes(resource, verb) {
                continue;
            }
            let hit = match &disturbance.effect {
                Effect::Fail(which, _) => {
                    let which = *which;
                    disturbance.hits(which)
                }
                Effect::Forbid => true,
                Effect::Slow { .. } | Effect::EndLeader { .. } => false,
            };
            if !hit {
                continue;
            }
            let time = lot(disturbance.seed, !disturbance.seen);
            return Some(match &disturbance.effect {
                Effect::Fail(_, error) => CallEffect::Fails(error, time),
                _ => CallEffect::Forbidden(disturbance.fault.unwrap_or_default()),
            });
        }
        None
    }

    /// The refusal of a call that arrives now, if any. Random outcomes take their more likely value.
    pub(in super::super) fn refusal_now(&self, resource: Resource, verb: Verb) -> Option<Refusal> {
        let mut aimed = self.disturbances.iter().filter(|one| one.target.includes(resource, verb));
        aimed.find_map(Disturbance::refusal_now)
    }

    /// A delay with all latency disturbances applied. Fixed additions apply to the request only.
    pub(super) fn stretched(&mut self, resource: Resource, verb: Verb, there: bool, delay: Span) -> Span {
        let mut stretched = delay;
        for disturbance in &mut self.disturbances {
            let Effect::Slow { fraction, slower } = disturbance.effect.clone() else { continue };
            if !disturbance.target.includes(resource, verb) || disturbance.next_lot() >= fraction {
                continue;
            }
            match slower {
                Slowdown::Times(factor) => {
                    stretched = Span::from_nanos((stretched.as_nanos() as f64 * factor) as i64);
                }
                Slowdown::By(law) if there => stretched += law.at(lot(disturbance.seed, !disturbance.seen)),
                Slowdown::By(_) => {}
            }
        }
        stretched
    }

    /// Counts a write. Returns how the leader ends, and by which fault, if this was its last write.
    pub(super) fn leader_ends(&mut self) -> Option<(u32, LeaderEnding)> {
        for disturbance in &mut self.disturbances {
            if let Effect::EndLeader { after_writes, ending } = &disturbance.effect {
                disturbance.hits += 1;
                if disturbance.hits == *after_writes {
                    return disturbance.fault.map(|fault| (fault, ending.clone()));
                }
            }
        }
        None
    }

    /// When the controllers receive a change that is due at `due`.
    pub(in super::super) fn delivery(&mut self, resource: Resource, due: Timestamp) -> Timestamp {
        let mut late = due;
        for stale in &mut self.stale {
            if stale.resource.is_some_and(|wanted| wanted != resource) {
                continue;
            }
            stale.seen += 1;
            late = match &stale.staleness {
                Staleness::Frozen => late.max(stale.until),
                Staleness::By(law) => late + law.at(lot(stale.seed, stale.seen)),
            };
        }
        late
    }
}
