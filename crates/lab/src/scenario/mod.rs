//! Scenario files.
#![allow(dead_code)]

mod decode;
mod defaulting;
mod duration;
mod law;
mod quantity;
mod reader;
mod scalar;
mod source;
mod validate;
mod yaml;
