//! Which slices a sync writes (`staging/src/k8s.io/endpointslice/reconciler.go`).
//!
//! The reconciler of Kubernetes compares all pods with all slices. [`plan`] gets only the pods whose endpoint
//! differs from the cached slices, and comes to the same writes.

use super::endpoint::Endpoint;

/// Most endpoints in a slice (`--max-endpoints-per-slice`,
/// `pkg/controller/endpointslice/config/v1alpha1/defaults.go`).
pub const MOST_ENDPOINTS: u32 = 100;

/// Number of a slice, in order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SliceId(pub u32);

/// A slice in the controller's cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachedSlice {
    /// Its number.
    pub id: SliceId,
    /// Number of its endpoints.
    pub size: u32,
    /// It is a placeholder of a Service without endpoints: it has no ports, and is never filled as it is.
    pub placeholder: bool,
}

/// A pod whose endpoint differs from the cached slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference<P> {
    /// The pod.
    pub pod: P,
    /// The slice that lists it.
    pub slice: Option<SliceId>,
    /// The endpoint that should be listed.
    pub endpoint: Option<Endpoint>,
}

/// Kind of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A new slice.
    Create,
    /// A slice with new content.
    Update(SliceId),
    /// A slice without endpoints is deleted.
    Delete(SliceId),
}

/// One write of a sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedWrite<P> {
    /// What is written.
    pub operation: Operation,
    /// The pods that the write adds to the slice, changes in it or removes from it, in order.
    pub changes: Vec<(P, Option<Endpoint>)>,
    /// The written slice is a placeholder.
    pub placeholder: bool,
}

/// A slice that a sync fills or changes.
struct Draft<P> {
    id: Option<SliceId>,
    size: u32,
    changes: Vec<(P, Option<Endpoint>)>,
    /// It differs from the cached slice.
    changed: bool,
}

impl<P: Copy> Draft<P> {
    fn fill(&mut self, added: &mut impl Iterator<Item = (P, Option<Endpoint>)>, most: u32) {
        let room = most.saturating_sub(self.size) as usize;
        let before = self.changes.len();
        self.changes.extend(added.take(room));
        let count = self.changes.len() - before;
        self.size += count as u32;
        self.changed |= count > 0;
    }
}

/// The writes of a sync in order: creations, updates, deletions. `total` is the number of endpoints that
/// should be listed, `most` the limit of a slice.
///
/// New endpoints first fill the slices that change anyway, the fullest first. The rest goes into the fullest
/// unchanged slice that holds all of it, else into new slices. A slice that becomes empty is deleted, or
/// reused in place of a new one; the last one stays as a placeholder.
#[must_use]
pub fn plan<P: Copy + Ord>(
    cached: &[CachedSlice],
    differences: &[Difference<P>],
    total: u32,
    most: u32,
) -> Vec<PlannedWrite<P>> {
    let mut drafts: Vec<Draft<P>> = cached
        .iter()
        .map(|slice| Draft { id: Some(slice.id), size: slice.size, changes: Vec::new(), changed: false })
        .collect();
    let mut new = Vec::new();
    for difference in differences {
        let listed = difference.slice.and_then(|id| cached.iter().position(|slice| slice.id == id));
        match listed {
            Some(index) => {
                drafts[index].changes.push((difference.pod, difference.endpoint));
                drafts[index].changed = true;
                drafts[index].size -= u32::from(difference.endpoint.is_none());
            }
            None => new.push((difference.pod, difference.endpoint)),
        }
    }
    // Without endpoints no slice has the ports of the Service, and a placeholder never has them.
    let outdated = |index: usize, draft: &Draft<P>| {
        total == 0 || cached[index].placeholder || draft.changed && draft.size == 0
    };
    let mut deleted = Vec::new();
    let mut kept = Vec::new();
    for (index, draft) in drafts.into_iter().enumerate() {
        if outdated(index, &draft) { deleted.push(draft) } else { kept.push(draft) }
    }
    let created = place(&mut kept, new, most);
    if kept.is_empty() && created.is_empty() {
        return placeholder(cached, deleted);
    }
    let updated = kept.into_iter().filter(|draft| draft.changed).collect();
    writes(created, updated, deleted, false)
}

/// Puts new endpoints into slices; returns the slices to create.
fn place<P: Copy>(kept: &mut [Draft<P>], new: Vec<(P, Option<Endpoint>)>, most: u32) -> Vec<Draft<P>> {
    let mut new = new.into_iter().peekable();
    let mut fullest: Vec<usize> = (0..kept.len()).filter(|index| kept[*index].changed).collect();
    fullest.sort_by_key(|index| std::cmp::Reverse(kept[*index].size));
    for index in fullest {
        kept[index].fill(&mut new, most);
    }
    let mut created = Vec::new();
    while new.peek().is_some() {
        let left = new.len() as u32;
        let fits = |draft: &&mut Draft<P>| !draft.changed && left < most && draft.size + left <= most;
        // The first of several equally full ones.
        let fitting = kept.iter_mut().filter(fits).rev().max_by_key(|draft| draft.size);
        if let Some(draft) = fitting {
            draft.fill(&mut new, most);
        } else {
            let mut draft = Draft { id: None, size: 0, changes: Vec::new(), changed: true };
            draft.fill(&mut new, most.max(1));
            created.push(draft);
        }
    }
    created
}

/// The writes for a Service without endpoints: one slice stays, or is created, as a placeholder.
fn placeholder<P: Copy + Ord>(cached: &[CachedSlice], deleted: Vec<Draft<P>>) -> Vec<PlannedWrite<P>> {
    // Any empty slice will do, also one that another client has emptied.
    if let [CachedSlice { size: 0, .. }] = cached {
        return Vec::new();
    }
    let empty = Draft { id: None, size: 0, changes: Vec::new(), changed: true };
    writes(vec![empty], Vec::new(), deleted, true)
}

/// Slices that would be deleted are updated in place of creations (`finalize`).
fn writes<P: Copy + Ord>(
    mut created: Vec<Draft<P>>,
    mut updated: Vec<Draft<P>>,
    mut deleted: Vec<Draft<P>>,
    placeholder: bool,
) -> Vec<PlannedWrite<P>> {
    let reused = created.len().min(deleted.len());
    for mut old in deleted.drain(..reused) {
        let Some(new) = created.pop() else { break };
        old.changes.extend(new.changes);
        updated.push(old);
    }
    let write = |operation: fn(SliceId) -> Operation, placeholder| {
        move |mut draft: Draft<P>| {
            draft.changes.sort_by_key(|(pod, _)| *pod);
            let operation = draft.id.map_or(Operation::Create, operation);
            PlannedWrite { operation, changes: draft.changes, placeholder }
        }
    };
    let created = created.into_iter().map(write(Operation::Update, placeholder));
    let updated = updated.into_iter().map(write(Operation::Update, placeholder));
    created.chain(updated).chain(deleted.into_iter().map(write(Operation::Delete, false))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: Option<Endpoint> = Some(Endpoint { ready: true, serving: true, terminating: false });

    fn slices(sizes: &[u32]) -> Vec<CachedSlice> {
        let slice =
            |(id, size): (u32, &u32)| CachedSlice { id: SliceId(id), size: *size, placeholder: false };
        (0..).zip(sizes).map(slice).collect()
    }

    fn added(pod: u32) -> Difference<u32> {
        Difference { pod, slice: None, endpoint: READY }
    }

    fn removed(pod: u32, slice: u32) -> Difference<u32> {
        Difference { pod, slice: Some(SliceId(slice)), endpoint: None }
    }

    /// The writes as words: operation, pods added (+) and removed (-).
    fn told(cached: &[CachedSlice], differences: &[Difference<u32>], total: u32, most: u32) -> Vec<String> {
        let word = |write: PlannedWrite<u32>| {
            let operation = match write.operation {
                Operation::Create => "create".to_owned(),
                Operation::Update(id) => format!("update {}", id.0),
                Operation::Delete(id) => format!("delete {}", id.0),
            };
            let changes = write
                .changes
                .iter()
                .map(|(pod, endpoint)| format!(" {}{pod}", if endpoint.is_some() { '+' } else { '-' }));
            let end = if write.placeholder { " (placeholder)" } else { "" };
            operation + &changes.collect::<String>() + end
        };
        plan(cached, differences, total, most).into_iter().map(word).collect()
    }

    #[test]
    fn new_endpoints_fill_changed_slices_then_the_fullest_unchanged_one() {
        let cached = slices(&[1, 2, 3]);
        assert_eq!(told(&cached, &[added(9)], 7, 3), ["update 1 +9"]);
        assert_eq!(told(&cached, &[removed(1, 0), added(9)], 6, 3), ["update 1 +9", "delete 0 -1"]);
        assert_eq!(told(&cached, &[removed(5, 2), added(9)], 6, 3), ["update 2 -5 +9"]);
        let three = [added(7), added(8), added(9)];
        assert_eq!(told(&cached, &three, 9, 3), ["create +7 +8 +9"], "no slice holds all of them");
        assert_eq!(told(&cached, &[added(7), added(8)], 8, 3), ["update 0 +7 +8"]);
    }

    #[test]
    fn an_emptied_slice_is_reused_or_deleted_and_the_last_one_stays() {
        let cached = slices(&[1, 3]);
        let full = [removed(0, 0), added(7), added(8), added(9)];
        assert_eq!(told(&cached, &full, 6, 3), ["update 0 -0 +7 +8 +9"]);
        assert_eq!(told(&slices(&[1]), &[removed(0, 0)], 0, 3), ["update 0 -0 (placeholder)"]);
        let both = [removed(0, 0), removed(1, 1)];
        assert_eq!(told(&slices(&[1, 1]), &both, 0, 3), ["update 0 -0 (placeholder)", "delete 1 -1"]);
    }

    #[test]
    fn a_service_without_endpoints_has_a_placeholder() {
        assert_eq!(told(&[], &[], 0, 3), ["create (placeholder)"]);
        let only = [CachedSlice { id: SliceId(4), size: 0, placeholder: true }];
        assert_eq!(told(&only, &[], 0, 3), [""; 0]);
        assert_eq!(told(&only, &[added(1)], 1, 3), ["update 4 +1"]);
        assert_eq!(told(&slices(&[0]), &[], 0, 3), [""; 0], "emptied by another client");
    }

    #[test]
    fn many_endpoints_need_several_slices() {
        let many: Vec<_> = (0..7).map(added).collect();
        assert_eq!(told(&[], &many, 7, 3), ["create +0 +1 +2", "create +3 +4 +5", "create +6"]);
    }
}
