//! The endpoints that one proxy uses.

use super::losses::FailureCause;
use crate::Timestamp;
use crate::cluster::Role;

/// Endpoints with the same role in a proxy.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EndpointGroup {
    /// How many there are.
    pub(super) members: u32,
    /// Number of members that cannot answer a new connection, by [`FailureCause`].
    pub(super) cannot: [u32; FailureCause::NEW_CONNECTION.len()],
    /// Share of the persistent connections given to each member.
    given: f64,
    /// End of its last use and the request rate per member at that time; `None` while it is in use.
    last: Option<(Timestamp, f64)>,
}

impl EndpointGroup {
    /// Adds or removes a member.
    pub(super) fn count(&mut self, failure: Option<FailureCause>, change: i32) {
        self.members = self.members.saturating_add_signed(change);
        if let Some(cause) = failure {
            let cannot = &mut self.cannot[cause as usize];
            *cannot = cannot.saturating_add_signed(change);
        }
    }
}

/// Endpoints of a proxy: all ready ones, or without any the terminating ones that still serve.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ProxyEndpoints {
    groups: [EndpointGroup; 2],
    used: Option<Role>,
    /// Number of members of the group in use at the last `turn`.
    split: u32,
}

impl ProxyEndpoints {
    pub(super) fn group(&mut self, role: Role) -> &mut EndpointGroup {
        &mut self.groups[role as usize]
    }

    /// The endpoints in use; `None` without any.
    pub(super) fn active(&self) -> Option<&EndpointGroup> {
        self.used.map(|role| &self.groups[role as usize])
    }

    /// Selects the group to use after a change.
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

    /// The request rate of each member of a group, current or at the end of its last use, out of `rate` for
    /// the proxy.
    pub(super) fn stream(&self, role: Role, now: Timestamp, rate: f64) -> (Timestamp, f64) {
        if self.used == Some(role) {
            return (now, rate / f64::from(self.split.max(1)));
        }
        self.groups[role as usize].last.unwrap_or((now, 0.0))
    }

    /// Adds connections: `left` is the remaining share of the earlier ones, `made` the share of new ones of
    /// all proxies.
    pub(super) fn take_connections(&mut self, (left, made): (f64, f64), weight: f64) {
        for group in &mut self.groups {
            group.given *= left;
        }
        if let Some(role) = self.used {
            let group = self.group(role);
            group.given += made * weight / f64::from(group.members.max(1));
        }
    }

    /// Share of the persistent connections given to each member of a group.
    pub(super) fn connections(&self, role: Role) -> f64 {
        self.groups[role as usize].given
    }
}
