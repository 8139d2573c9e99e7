//! The course of a run as a table: a line for each moment at which a number changed.

use measures::units::exact;
use simulator::record::{Timeline, TimelinePoint};
use std::io::{self, Write};

pub(super) fn course(out: &mut impl Write, timeline: &Timeline) -> io::Result<()> {
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
