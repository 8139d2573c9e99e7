//! `timeline.csv`: how many pods were available over time, over all runs.

use super::{TableError, open_table};
use crate::results::FanPoint;
use csv::StringRecord;
use measures::Milli;
use measures::field::Kind::{Count, Number};
use measures::field::{Field, field};
use scenario::MAX_REPLICAS;
use simulator::Span;
use simulator::record::{Timeline, TimelinePoint};
use std::io::Write;
use std::path::Path;

/// The columns in their order. New ones come at the end.
#[rustfmt::skip]
pub const FIELDS: [Field; 9] = [
    field("t_s", Number, "s from t = 0", "the moment"),
    field("available_min", Count, "pods", "fewest available pods at that moment, over all runs"),
    field("available_p05", Count, "pods", "5% quantile of the same"),
    field("available_p25", Count, "pods", "25% quantile"),
    field("available_p50", Count, "pods", "median"),
    field("available_p75", Count, "pods", "75% quantile"),
    field("available_p95", Count, "pods", "95% quantile"),
    field("available_max", Count, "pods", "most"),
    field("promised", Count, "pods", "the promise in force, in the run that `charts/replica-sets.svg` shows"),
];

/// Writes the quantile bands. `shown` is the run that the charts show; `promised` is its promise.
///
/// # Errors
/// The sink refuses.
pub fn write_timeline(out: impl Write, fan: &[FanPoint], shown: &Timeline) -> csv::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(FIELDS.map(|field| field.name))?;
    for (point, promised) in fan.iter().zip(promised_at(fan, shown)) {
        let FanPoint { min, p05, p25, p50, p75, p95, max, .. } = *point;
        csv.write_field(point.at.to_string())?;
        for available in [min, p05, p25, p50, p75, p95, max] {
            csv.write_field(available.to_string())?;
        }
        csv.write_field(promised.map(|pods| pods.to_string()).unwrap_or_default())?;
        csv.write_record(None::<&[u8]>)?;
    }
    Ok(csv.flush()?)
}

/// The promise at each moment of the fan; `None` before the first point of the timeline.
pub fn promised_at<'a>(fan: &'a [FanPoint], shown: &'a Timeline) -> impl Iterator<Item = Option<i32>> + 'a {
    let mut points = shown.points.iter().peekable();
    let mut promised = None;
    fan.iter().map(move |moment| {
        while let Some(point) = points.next_if(|point| Milli::from(point.at) <= moment.at) {
            promised = Some(point.promised);
        }
        promised
    })
}

/// Reads the quantile bands, and the promise as a timeline without pods.
///
/// # Errors
/// The file cannot be read, has other columns, or a cell is not a value of its column.
pub fn read_timeline(path: &Path) -> Result<(Vec<FanPoint>, Timeline), TableError> {
    let (mut points, mut promises) = (Vec::new(), Timeline::default());
    for row in open_table(path, &FIELDS.map(|field| field.name))?.records() {
        let row = row.map_err(|error| TableError::new(path, error))?;
        let point = parse(&row).ok_or_else(|| TableError::of_row(path, &row))?;
        if let Some(promised) = pods(&row, 8) {
            let at = Span::from_millis(point.at.thousandths());
            let replica_sets = Vec::new();
            promises.points.push(TimelinePoint { at, available: 0, promised, desired: 0, replica_sets });
        }
        points.push(point);
    }
    Ok((points, promises))
}

fn parse(row: &StringRecord) -> Option<FanPoint> {
    Some(FanPoint {
        at: Milli::parse_time(row.get(0)?)?,
        min: pods(row, 1)?,
        p05: pods(row, 2)?,
        p25: pods(row, 3)?,
        p50: pods(row, 4)?,
        p75: pods(row, 5)?,
        p95: pods(row, 6)?,
        max: pods(row, 7)?,
    })
}

fn pods(row: &StringRecord, column: usize) -> Option<i32> {
    row.get(column)?.parse().ok().filter(|pods| (0..=MAX_REPLICAS as i32).contains(pods))
}
