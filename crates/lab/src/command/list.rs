//! `rollout-lab list`: the scenario catalogue.

use super::source::{self, Source};
use super::{Ending, Stop};
use crate::args::{ListArgs, OutputFormat};
use analysis::tables::summary_json::pretty;
use measures::text::{WIDTH, wrap};
use scenario;
use serde_json::{Value, json};
use std::io::{self, Write};

/// The groups of the catalogue in the order in which a reader would go through them: what a rollout is,
/// then what stops one, from the pod outwards, then what people do to it.
pub const GROUPS: [&str; 10] = [
    "basics",
    "images",
    "readiness",
    "application",
    "quota-and-policy",
    "control-plane",
    "nodes",
    "service",
    "scaling",
    "rollback-and-pause",
];

/// The heading of scenarios without a group, where there are others.
const NO_GROUP: &str = "no group";

/// Longest name with its description on the same line; after a longer one it begins on the next line.
const LONGEST_NAME: usize = 36;

/// A line or a few for each scenario, by group; those that cannot be read are told at the end.
///
/// # Errors
/// All that is wrong with the files, or stdout refused.
pub fn execute(args: &ListArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let (mut sources, mut errors) = (Vec::new(), Vec::new());
    for path in source::find(&args.scenarios)? {
        match Source::load(&path) {
            Ok(source) => sources.push(source),
            Err(Stop::Refused(why)) => errors.push(why),
            Err(other) => return Err(other),
        }
    }
    // Stable: within a group they stay in the order of their paths.
    sources.sort_by(|a, b| place(a).cmp(&place(b)));
    match args.output {
        OutputFormat::Table => print(out, &sources)?,
        OutputFormat::Json => {
            let entries: Vec<_> = sources.iter().map(entry).collect();
            out.write_all(pretty(&json!({ "scenarios": entries })).as_bytes())?;
        }
    }
    if errors.is_empty() { Ok(Ending::Fine) } else { Err(Stop::Refused(errors.join("\n"))) }
}

/// Where the group of a scenario comes: known ones first, others by name, none last.
fn place(source: &Source) -> (usize, &str) {
    let Some(group) = source.group() else { return (usize::MAX, "") };
    (GROUPS.iter().position(|known| *known == group).unwrap_or(GROUPS.len()), group)
}

fn entry(source: &Source) -> Value {
    json!({
        "name": source.name(),
        "group": source.group(),
        "description": source.description(),
        "path": scenario::called(&source.path),
        "runs": source.runs(),
    })
}

fn print(out: &mut impl Write, sources: &[Source]) -> io::Result<()> {
    let names = sources.iter().map(|source| source.name().len());
    let column = names.filter(|length| *length <= LONGEST_NAME).max().unwrap_or(0);
    for (index, group) in sources.chunk_by(|a, b| a.group() == b.group()).enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let heading = group.first().and_then(|source| source.group());
        if let Some(heading) = heading.or((index > 0).then_some(NO_GROUP)) {
            writeln!(out, "{heading}")?;
        }
        group.iter().try_for_each(|source| line(out, source, column))?;
    }
    Ok(())
}

/// A scenario: its name, and its description in a column of its own.
fn line(out: &mut impl Write, source: &Source, column: usize) -> io::Result<()> {
    let name = source.name();
    let indent = 2 + column + 2;
    let mut lines = wrap(source.description(), WIDTH.saturating_sub(indent)).into_iter();
    let first = if name.len() <= column { lines.next() } else { None };
    writeln!(out, "{}", format!("  {name:<column$}  {}", first.unwrap_or_default()).trim_end())?;
    lines.try_for_each(|line| writeln!(out, "{:indent$}{line}", ""))
}
