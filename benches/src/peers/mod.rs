//! Other simulation engines, each doing the work of the HOLD model and of the bare replication in its
//! usual way.

pub(crate) mod nexosim;
pub(crate) mod simcore;
