//! What disturbs calls and watches at the moment.

use super::call::Kept;
use crate::cluster::fault::lot;
use crate::cluster::refusal::Refusal;
use crate::model::{ApiError, CallLot, CallTarget, LeaderEnding, Resource, Slower, Staleness, Verb};
use crate::{Span, Timestamp};

/// The disturbances in force, and the calls that wait.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Calls {
    disturbances: Vec<Disturbance>,
    stale: Vec<Stale>,
    /// Calls that wait for something other than their way there; an event names one by its index.
    pub(super) kept: Vec<Kept>,
}

/// Something that makes calls fail or slow.
#[derive(Debug, Clone)]
pub(in super::super) struct Disturbance {
    /// The fault behind it; none for a script's.
    pub(in super::super) fault: Option<u32>,
    /// When a script's ends by itself.
    pub(in super::super) until: Option<Timestamp>,
    pub(in super::super) target: CallTarget,
    pub(in super::super) effect: Effect,
    /// What its lots derive from.
    pub(in super::super) seed: u64,
    /// Calls that it was asked about, and those that it hit.
    pub(in super::super) seen: u64,
    pub(in super::super) hits: u32,
}

/// What it does.
#[derive(Debug, Clone)]
pub(in super::super) enum Effect {
    Fail(CallLot, ApiError),
    Forbid,
    Slow {
        fraction: f64,
        slower: Slower,
    },
    /// The leader goes after so many writes.
    EndLeader {
        after_writes: u32,
        ending: LeaderEnding,
    },
}

/// A watch that falls behind.
#[derive(Debug, Clone)]
pub(in super::super) struct Stale {
    pub(in super::super) fault: u32,
    pub(in super::super) resource: Option<Resource>,
    pub(in super::super) staleness: Staleness,
    /// When it ends.
    pub(in super::super) until: Timestamp,
    pub(in super::super) seed: u64,
    pub(in super::super) seen: u64,
}

/// How a disturbance meets a call.
pub(super) enum Strike<'a> {
    Fails(&'a ApiError, f64),
    Forbidden(u32),
}

impl Disturbance {
    /// The one that a fault brings about.
    pub(in super::super) const fn of_fault(
        fault: u32,
        target: CallTarget,
        effect: Effect,
        seed: u64,
    ) -> Self {
        Self { fault: Some(fault), until: None, target, effect, seed, seen: 0, hits: 0 }
    }

    /// The one that a script brings about: internal errors until a moment.
    pub(in super::super) const fn of_script(until: Timestamp, target: CallTarget) -> Self {
        let effect = Effect::Fail(CallLot::ALL, ApiError::Internal);
        Self { fault: None, until: Some(until), target, effect, seed: 0, seen: 0, hits: 0 }
    }

    /// A number in (0, 1) for the next thing that it may hit.
    fn next_lot(&mut self) -> f64 {
        self.seen += 1;
        lot(self.seed, self.seen)
    }

    /// What it would say to the next call that it is aimed at.
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

    /// Whether a failing one hits a call that it is aimed at.
    fn hits(&mut self, which: CallLot) -> bool {
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

    pub(in super::super) fn fall_behind(&mut self, stale: Stale) {
        self.stale.push(stale);
    }

    /// A fault ends.
    pub(in super::super) fn calm(&mut self, fault: u32) {
        self.disturbances.retain(|disturbance| disturbance.fault != Some(fault));
        self.stale.retain(|stale| stale.fault != fault);
    }

    pub(super) const fn are_undisturbed(&self) -> bool {
        self.disturbances.is_empty()
    }

    /// What befalls a call that arrives, if anything does.
    pub(super) fn strike(&mut self, resource: Resource, verb: Verb, now: Timestamp) -> Option<Strike<'_>> {
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
                Effect::Fail(_, error) => Strike::Fails(error, time),
                _ => Strike::Forbidden(disturbance.fault.unwrap_or_default()),
            });
        }
        None
    }

    /// What would be said to a call that arrives now. What is left to chance is taken as it falls more often than
    /// not.
    pub(in super::super) fn refusal_now(&self, resource: Resource, verb: Verb) -> Option<Refusal> {
        let mut aimed = self.disturbances.iter().filter(|one| one.target.includes(resource, verb));
        aimed.find_map(Disturbance::refusal_now)
    }

    /// A delay as long as disturbances make it. What comes on top of it comes on the way there.
    pub(super) fn stretched(&mut self, resource: Resource, verb: Verb, there: bool, delay: Span) -> Span {
        let mut stretched = delay;
        for disturbance in &mut self.disturbances {
            let Effect::Slow { fraction, slower } = disturbance.effect.clone() else { continue };
            if !disturbance.target.includes(resource, verb) || disturbance.next_lot() >= fraction {
                continue;
            }
            match slower {
                Slower::Times(factor) => {
                    stretched = Span::from_nanos((stretched.as_nanos() as f64 * factor) as i64);
                }
                Slower::By(law) if there => stretched += law.at(lot(disturbance.seed, !disturbance.seen)),
                Slower::By(_) => {}
            }
        }
        stretched
    }

    /// A write was made: how the leader ends, if that was the last one it makes, and by which fault.
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

    /// When a change that would come to the controllers at `due` comes to them.
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
