//! Decisions as tables of plain numbers: the worked examples of the documentation and the rules that
//! surprise people.

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
