//! Baselines: their file, and what checking them brought, for people and for programs.

mod file;

pub use file::{MARK, file_text};
