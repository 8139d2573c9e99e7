//! Scenario files.
#![allow(dead_code)]

mod decode;
mod defaulting;
mod duration;
mod law;
mod manifest;
mod quantity;
mod reader;
mod scalar;
mod source;
mod template;
mod validate;
mod yaml;
