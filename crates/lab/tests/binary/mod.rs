//! The binary, driven as a user drives it, in the folder of the repository.

use std::process::{Command, Output};

pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

pub(crate) fn rollout_lab(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollout-lab")).current_dir(FOLDER).args(args).output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
