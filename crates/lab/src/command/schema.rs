//! `rollout-lab schema`: what an editor needs to complete and check scenario files.

use super::{Ending, Stop};
use scenario::SCHEMA;
use std::io::Write;

/// Prints the schema.
///
/// # Errors
/// Stdout refused.
pub fn execute(out: &mut impl Write) -> Result<Ending, Stop> {
    out.write_all(SCHEMA.as_bytes())?;
    Ok(Ending::Fine)
}
