//! One run on a screen, in the format of `kubectl`.

mod command;
mod digest;
mod group;
mod history;
mod json;
mod line;
mod machinery;
mod moment;
mod paint;
mod rollout_status;
mod row;
mod stream;
mod trace;

pub use digest::digest;
pub use history::history;
pub use json::{moment_json, story_json};
pub use line::{Line, Lines, Source};
pub use moment::Moment;
pub use paint::{Paint, STYLES, Tone};
pub use rollout_status::{StatusLine, rollout_status, rollout_status_at};
pub use stream::{Wanted, status_lines, stream};
pub use trace::trace;
