//! Ownership of objects: keep, adopt, release (`pkg/controller/controller_ref_manager.go`).

/// The fields of an object that decide its ownership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimable {
    /// Its controller.
    pub owner: Ownership,
    /// Whether the selector matches its labels.
    pub matches: bool,
    /// Whether it has a deletion timestamp.
    pub being_deleted: bool,
}

/// The controller of an object, relative to one controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// This controller's object.
    Mine,
    /// Another controller's object.
    Other,
    /// An object without a controller.
    Nobody,
}

/// What the controller must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is owned and stays so.
    Keep,
    /// Take it over with a patch.
    Adopt,
    /// Release it with a patch.
    Release,
    /// Not this controller's object.
    Ignore,
}

/// Decides about one object. A controller that is being deleted neither adopts nor releases.
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
