//! Other simulation engines that run the HOLD model and the bare replication in their usual style.

pub(crate) mod nexosim;
pub(crate) mod simcore;
