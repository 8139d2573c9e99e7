//! Scenario files.
#![allow(dead_code)]

mod duration;
mod law;
mod quantity;
mod reader;
mod scalar;
mod source;
mod yaml;
