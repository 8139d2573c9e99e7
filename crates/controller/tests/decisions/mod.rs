//! Decisions as tables of numbers: the worked examples of the documentation and the surprising rules.

mod autoscaler;
mod history;
mod progress;
mod recreate;
mod replica_set;
mod revision;
mod rollback;
mod rolling;
mod scale;
mod status;
