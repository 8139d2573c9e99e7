//! `rollout-lab show`: one replication, alone.

use super::source::{self, Source};
use super::{Ending, Stop};
use crate::args::{ShowArgs, ShowFormat};
use crate::conform::steps_to_json;
use crate::results::{Milli, Row};
use crate::write::duration;
use crate::write::rows::{COLUMNS, Cell};
use crate::write::where_time_went::TimeSpentTable;
use simulator::model::Model;
use simulator::record::{ConditionTold, RefusalTold, Timeline, TimelinePoint};
use simulator::{Simulator, Steps};
use std::io::{self, Write};

/// Runs replication `--run` as the batch does, and tells it: its measures, then its course.
///
/// # Errors
/// All that is wrong with the scenario, or stdout refused.
pub fn execute(args: &ShowArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let source = Source::load_variant(&args.scenario, &source::variant(&args.set)?)?;
    let seed = args.seed.unwrap_or(source.seed());
    if args.output == ShowFormat::Steps {
        let run = Steps::of(source.model(), seed, args.run);
        for step in steps_to_json(&run, &source.model().subject.name) {
            writeln!(out, "{step}")?;
        }
        return Ok(Ending::Fine);
    }
    tell(out, source.name(), source.model(), seed, args.run)?;
    Ok(Ending::Fine)
}

/// Runs one replication and tells it.
pub(super) fn tell(out: &mut impl Write, name: &str, model: &Model, seed: u64, run: u64) -> Result<(), Stop> {
    let mut simulator = Simulator::new(model, 0);
    let (record, timeline) = simulator.run_with_timeline(seed, run);
    writeln!(out, "{name}: run {run}, seed {seed}\n")?;
    let row = Row::from(&record);
    measures(out, &row)?;
    if let Some(time) = &row.time {
        write!(out, "\n{}", TimeSpentTable(time))?;
    }
    writeln!(out)?;
    course(out, &timeline)?;
    let refusals = simulator.refusals();
    if !refusals.is_empty() {
        told_refusals(out, &refusals, &simulator.conditions())?;
    }
    Ok(())
}

/// What the controllers were refused, and what the API shows of it at the end.
fn told_refusals(
    out: &mut impl Write,
    refusals: &[RefusalTold],
    conditions: &[ConditionTold],
) -> io::Result<()> {
    writeln!(out, "\nRefused calls: how often, the first, and its text")?;
    for refusal in refusals {
        let first = exact(refusal.first.into());
        writeln!(out, "{:>7} {first:>10}  {}", refusal.count, refusal.text)?;
    }
    writeln!(out, "\nConditions at the end")?;
    for condition in conditions {
        let ConditionTold { object, kind, status, reason, message } = condition;
        writeln!(out, "  {object} {kind}={status} {reason}: {message}")?;
    }
    Ok(())
}

/// Every column of `runs.csv` but those of the time ledger, which is told in a block of its own.
fn measures(out: &mut impl Write, row: &Row) -> io::Result<()> {
    for column in COLUMNS.iter().filter(|column| !column.field.name.starts_with("time_")) {
        match (column.cell)(row) {
            Cell::Empty => writeln!(out, "  {:<34}-", column.field.name)?,
            cell => writeln!(out, "  {:<34}{cell}", column.field.name)?,
        }
    }
    Ok(())
}

/// A line for each moment at which a number changed.
fn course(out: &mut impl Write, timeline: &Timeline) -> io::Result<()> {
    writeln!(
        out,
        "{:>10} {:>9} {:>8} {:>6}  ReplicaSets: wanted/pods/available",
        "t", "available", "promised", "wanted"
    )?;
    timeline.points.iter().try_for_each(|point| moment(out, point))
}

fn moment(out: &mut impl Write, point: &TimelinePoint) -> io::Result<()> {
    let at = exact(point.at.into());
    write!(out, "{at:>10} {:>9} {:>8} {:>6} ", point.available, point.promised, point.desired)?;
    for set in point.replica_sets.iter().filter(|set| set.wanted > 0 || set.pods > 0) {
        write!(out, " {} {}/{}/{}", set.name, set.wanted, set.pods, set.available)?;
    }
    writeln!(out)
}

/// Moments lie milliseconds apart; whole minutes are said as such.
fn exact(at: Milli) -> String {
    if at.thousandths() % 60_000 == 0 { duration(at) } else { format!("{at}s") }
}
