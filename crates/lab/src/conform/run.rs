//! Replaying the cases of files in parallel, a block at a time.
//!
//! Lines of JSON are kept only until they are replayed, so that memory does not grow with the recordings.

use super::files::{CaseFile, Lines, ReadError};
use super::kind::{KINDS, Outcome, Wanted};
use rayon::prelude::*;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A case that was replayed.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// The name of its kind.
    pub kind: &'static str,
    /// The name of the file that our answer is written to.
    pub target: Arc<PathBuf>,
    /// What came of it.
    pub outcome: Outcome,
}

/// Replays the cases of files; only those called `name`, if one is stated.
///
/// # Errors
/// All files that cannot be read, with the first line that is not understood.
pub fn replay_all(
    files: &[CaseFile],
    name: Option<&str>,
    wanted: Wanted,
) -> Result<Vec<Replayed>, Vec<ReadError>> {
    let mut replayed = Vec::new();
    let mut errors = Vec::new();
    for file in files {
        match replay_file(file, name, wanted) {
            Ok(outcomes) => replayed.extend(outcomes),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(replayed) } else { Err(errors) }
}

fn replay_file(file: &CaseFile, name: Option<&str>, wanted: Wanted) -> Result<Vec<Replayed>, ReadError> {
    let mut lines = Lines::open(&file.path)?;
    let target = Arc::new(file.target.clone());
    let mut replayed = Vec::new();
    loop {
        let block = lines.block()?;
        if block.is_empty() {
            return lines.finish().map(|()| replayed);
        }
        let outcomes: Vec<_> = block
            .into_par_iter()
            .map(|(line, text)| {
                let outcome = replay_line(&text, name, wanted);
                outcome.map_err(|cause| ReadError::of_line(&file.path, line, cause))
            })
            .collect();
        for outcome in outcomes {
            let found = outcome?;
            replayed.extend(found.map(|(kind, outcome)| Replayed {
                kind,
                target: Arc::clone(&target),
                outcome,
            }));
        }
    }
}

/// Replays one line; `None` if its case has another name.
fn replay_line(
    line: &str,
    name: Option<&str>,
    wanted: Wanted,
) -> Result<Option<(&'static str, Outcome)>, String> {
    let header: Header = serde_json::from_str(line).map_err(|cause| cause.to_string())?;
    if name.is_some() && header.name.as_deref() != name {
        return Ok(None);
    }
    let kind = KINDS.iter().find(|kind| kind.recognises(&header.fields)).ok_or_else(unknown)?;
    kind.replay(line, wanted).map(|outcome| Some((kind.name(), outcome)))
}

fn unknown() -> String {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
    format!("this is no case of a known kind ({})", names.join(", "))
}

/// The fields at the top of a case, and its name.
struct Header {
    fields: BTreeSet<String>,
    name: Option<String>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a case")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut header = Header { fields: BTreeSet::new(), name: None };
                while let Some(field) = map.next_key::<String>()? {
                    if field == "name" {
                        header.name = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                    header.fields.insert(field);
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
