//! The rules of one proxy.

use super::losses::Cause;
use crate::Timestamp;
use crate::cluster::Role;

/// Endpoints that a proxy uses in the same way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Group {
    /// How many there are.
    pub(super) members: u32,
    /// Those that cannot answer a new connection, by [`Cause`].
    pub(super) cannot: [u32; Cause::NEW_CONNECTION.len()],
    /// The share of the kept connections that each member has been given.
    given: f64,
    /// When it was used last and what rate of requests each member got then, while it is not used.
    last: Option<(Timestamp, f64)>,
}

impl Group {
    /// Counts a member in or out.
    pub(super) fn count(&mut self, failure: Option<Cause>, change: i32) {
        self.members = self.members.saturating_add_signed(change);
        if let Some(cause) = failure {
            let cannot = &mut self.cannot[cause as usize];
            *cannot = cannot.saturating_add_signed(change);
        }
    }
}

/// What a proxy follows: all ready endpoints, or without one the terminating ones that still serve.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Proxy {
    groups: [Group; 2],
    used: Option<Role>,
    /// Members of the group in use when it was last turned to.
    split: u32,
}

impl Proxy {
    pub(super) fn group(&mut self, role: Role) -> &mut Group {
        &mut self.groups[role as usize]
    }

    /// The endpoints in use; `None` if there is none.
    pub(super) fn active(&self) -> Option<&Group> {
        self.used.map(|role| &self.groups[role as usize])
    }

    /// Chooses the group to use after a change.
    pub(super) fn turn(&mut self, now: Timestamp, rate: f64) {
        let has = |role: Role| self.groups[role as usize].members > 0;
        let used = [Role::Ready, Role::Fallback].into_iter().find(|role| has(*role));
        if used != self.used {
            if let Some(before) = self.used {
                let each = rate / f64::from(self.split.max(1));
                self.group(before).last = Some((now, each));
            }
            if let Some(role) = used {
                self.group(role).last = None;
            }
            self.used = used;
        }
        self.split = self.active().map_or(0, |group| group.members);
    }

    /// The requests that each member of a group gets, or got until a moment, out of `rate` for the proxy.
    pub(super) fn stream(&self, role: Role, now: Timestamp, rate: f64) -> (Timestamp, f64) {
        if self.used == Some(role) {
            return (now, rate / f64::from(self.split.max(1)));
        }
        self.groups[role as usize].last.unwrap_or((now, 0.0))
    }

    /// Connections are made: `mass.1` of all by everyone together; of the earlier ones `mass.0` are left.
    pub(super) fn take_connections(&mut self, (left, made): (f64, f64), weight: f64) {
        for group in &mut self.groups {
            group.given *= left;
        }
        if let Some(role) = self.used {
            let group = self.group(role);
            group.given += made * weight / f64::from(group.members.max(1));
        }
    }

    /// The share of the kept connections that each member of a group has been given.
    pub(super) fn connections(&self, role: Role) -> f64 {
        self.groups[role as usize].given
    }
}
