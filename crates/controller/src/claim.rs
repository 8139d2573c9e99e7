//! Which objects a controller owns, adopts or lets go (`pkg/controller/controller_ref_manager.go`).

/// What a controller sees of an object that it might own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimable {
    /// Who controls it.
    pub owner: Ownership,
    /// The controller's selector matches its labels.
    pub matches: bool,
    /// It has a deletion timestamp.
    pub being_deleted: bool,
}

/// Who controls an object, seen from one would-be owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// This controller's object.
    Mine,
    /// Another one.
    Other,
    /// Nobody.
    Nobody,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is owned and stays so.
    Keep,
    /// Take it over with a patch.
    Adopt,
    /// Let it go with a patch.
    Release,
    /// It is none of the controller's business.
    Ignore,
}

/// Decides about one object. A controller that is itself being deleted neither adopts nor releases.
#[must_use]
pub const fn verdict(object: Claimable, owner_being_deleted: bool) -> Verdict {
    match (object.owner, object.matches) {
        (Ownership::Mine, true) => Verdict::Keep,
        (Ownership::Mine, false) if !owner_being_deleted => Verdict::Release,
        (Ownership::Nobody, true) if !owner_being_deleted && !object.being_deleted => Verdict::Adopt,
        _ => Verdict::Ignore,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_has_its_verdict() {
        use Ownership::{Mine, Nobody, Other};
        use Verdict::{Adopt, Ignore, Keep, Release};
        let table = [
            // owner, matches, object deleted, owner deleted
            (Mine, true, false, false, Keep),
            (Mine, true, true, true, Keep),
            (Mine, false, false, false, Release),
            (Mine, false, false, true, Ignore),
            (Nobody, true, false, false, Adopt),
            (Nobody, true, true, false, Ignore),
            (Nobody, true, false, true, Ignore),
            (Nobody, false, false, false, Ignore),
            (Other, true, false, false, Ignore),
            (Other, false, false, false, Ignore),
        ];
        for (owner, matches, being_deleted, owner_deleted, expected) in table {
            let object = Claimable { owner, matches, being_deleted };
            assert_eq!(
                verdict(object, owner_deleted),
                expected,
                "{object:?}, owner deleted: {owner_deleted}"
            );
        }
    }
}
