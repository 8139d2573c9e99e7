//! The binary `rollout-lab`.

fn main() {}
