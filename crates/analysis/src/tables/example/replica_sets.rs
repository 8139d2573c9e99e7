//! `example-replica-sets.csv`: the sizes of the `ReplicaSet`s of the example over time.

use crate::tables::{TableError, read_table};
use csv::StringRecord;
use measures::Milli;
use measures::field::Kind::{Count, Number, Word};
use measures::field::{Field, field};
use scenario::MAX_REPLICAS;
use simulator::Span;
use simulator::record::{ReplicaSetPoint, Timeline, TimelinePoint};
use std::io::Write;
use std::path::Path;

/// The columns in their order. New ones come at the end.
#[rustfmt::skip]
pub const FIELDS: [Field; 8] = [
    field("run", Count, "number", "the run; the same in all rows"),
    field("t_s", Number, "s from t = 0", "since when"),
    field("replica_set", Word, "name", "`<workload>-<hash>`; empty for the workload as a whole, whose row is the last of each moment"),
    field("revision", Count, "number", "the ReplicaSet's revision at that moment; empty for the whole"),
    field("wanted", Count, "pods", "its size; for the whole `spec.replicas`"),
    field("pods", Count, "pods", "pods that exist and are neither terminating nor terminal"),
    field("available", Count, "pods", "those that are available"),
    field("promised", Count, "pods", "for the whole: the promise of the spec in force"),
];

/// The largest number of moments without selection.
const MOST_MOMENTS: usize = 2000;
/// Parts of the time up to the last change; of more moments each part keeps at most three.
const COLUMNS: i64 = 500;

/// The numbers of one run over time.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleCourse {
    /// The run.
    pub run: u64,
    /// A point for every moment at which a number changed, or a selection of them. Times are whole
    /// milliseconds.
    pub timeline: Timeline,
}

impl ExampleCourse {
    /// The course of a run; `None` without a timeline.
    pub fn of(run: u64, shown: &Timeline) -> Option<Self> {
        let points = shown.points.iter().map(in_millis).collect();
        (!shown.points.is_empty()).then(|| Self { run, timeline: Timeline { points: gathered(points) } })
    }

    /// Reads the table; `None` if the file does not exist or is empty.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, TableError> {
        let Some(rows) = read_table(path, &FIELDS.map(|field| field.name))? else { return Ok(None) };
        let mut example: Option<Self> = None;
        let mut sets: Vec<ReplicaSetPoint> = Vec::new();
        for row in rows {
            let parsed = Parsed::of(&row).ok_or_else(|| TableError::of_row(path, &row))?;
            let Parsed { run, at, wanted, pods, available } = parsed;
            if !row[2].is_empty() {
                let revision = row[3].parse().map_err(|_| TableError::of_row(path, &row))?;
                let set = ReplicaSetPoint { name: row[2].to_owned(), revision, wanted, pods, available };
                match sets.iter_mut().find(|known| known.name == set.name) {
                    Some(known) => *known = set,
                    None => sets.push(set),
                }
                continue;
            }
            let promised = row[7].parse().map_err(|_| TableError::of_row(path, &row))?;
            let replica_sets = sets.clone();
            let point = TimelinePoint { at, available, promised, desired: wanted, replica_sets };
            let new = || Self { run, timeline: Timeline::default() };
            example.get_or_insert_with(new).timeline.points.push(point);
        }
        Ok(example)
    }

    /// Writes the table: for each moment the `ReplicaSet`s that changed, then the whole workload.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn write(&self, out: impl Write) -> csv::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(FIELDS.map(|field| field.name))?;
        let run = self.run.to_string();
        let mut known: &[ReplicaSetPoint] = &[];
        for point in &self.timeline.points {
            let at = Milli::from(point.at).to_string();
            for set in point.replica_sets.iter().filter(|set| !known.contains(set)) {
                let numbers = [set.wanted, set.pods, set.available].map(|number| number.to_string());
                let [wanted, pods, available] = &numbers;
                let revision = set.revision.to_string();
                csv.write_record([&run, &at, &set.name, &revision, wanted, pods, available, ""])?;
            }
            let gone = |set: &&ReplicaSetPoint| point.replica_sets.iter().all(|now| now.name != set.name);
            for set in known.iter().filter(gone) {
                csv.write_record([&run, &at, &set.name, &set.revision.to_string(), "0", "0", "0", ""])?;
            }
            known = &point.replica_sets;
            let numbers = [point.desired, existing(point), point.available, point.promised];
            let [wanted, pods, available, promised] = &numbers.map(|number| number.to_string());
            csv.write_record([&run, &at, "", "", wanted, pods, available, promised])?;
        }
        Ok(csv.flush()?)
    }
}

/// The numbers of every row.
struct Parsed {
    run: u64,
    at: Span,
    wanted: i32,
    pods: i32,
    available: i32,
}

impl Parsed {
    fn of(row: &StringRecord) -> Option<Self> {
        let pods = |column: usize| {
            let pods = row.get(column)?.parse::<i32>().ok()?;
            (0..=MAX_REPLICAS).contains(&pods.into()).then_some(pods)
        };
        Some(Self {
            run: row.get(0)?.parse().ok()?,
            at: Span::from_millis(Milli::parse_time(row.get(1)?)?.thousandths()),
            wanted: pods(4)?,
            pods: pods(5)?,
            available: pods(6)?,
        })
    }
}

/// Pods of all `ReplicaSet`s.
pub fn existing(point: &TimelinePoint) -> i32 {
    point.replica_sets.iter().fold(0, |sum, set| sum.saturating_add(set.pods))
}

fn in_millis(point: &TimelinePoint) -> TimelinePoint {
    TimelinePoint { at: Span::from_millis(Milli::from(point.at).thousandths()), ..point.clone() }
}

/// Of very many points the last of each part of the time, and the points with the fewest available pods and with
/// the most pods in it.
fn gathered(points: Vec<TimelinePoint>) -> Vec<TimelinePoint> {
    let end = points.last().map_or(1, |last| millis(last).max(1));
    if points.len() <= MOST_MOMENTS {
        return points;
    }
    let column = |point: &TimelinePoint| millis(point) * COLUMNS / end;
    let mut kept = Vec::new();
    for one in points.chunk_by(|one, next| column(one) == column(next)) {
        let lowest = (0..one.len()).min_by_key(|&place| one[place].available).unwrap_or_default();
        let highest = (0..one.len()).rev().max_by_key(|&place| existing(&one[place])).unwrap_or_default();
        let mut places = vec![lowest, highest, one.len() - 1];
        places.sort_unstable();
        places.dedup();
        kept.extend(places.into_iter().map(|place| one[place].clone()));
    }
    kept
}

fn millis(point: &TimelinePoint) -> i64 {
    Milli::from(point.at).thousandths()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, wanted: i32, pods: i32, available: i32) -> ReplicaSetPoint {
        ReplicaSetPoint { name: name.to_owned(), revision: 1, wanted, pods, available }
    }

    fn point(millis: i64, available: i32, replica_sets: Vec<ReplicaSetPoint>) -> TimelinePoint {
        TimelinePoint { at: Span::from_millis(millis), available, promised: 8, desired: 10, replica_sets }
    }

    fn read_back(example: &ExampleCourse) -> (String, ExampleCourse) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("example-replica-sets.csv");
        example.write(std::fs::File::create(&path).unwrap()).unwrap();
        (std::fs::read_to_string(&path).unwrap(), ExampleCourse::read(&path).unwrap().unwrap())
    }

    #[test]
    fn moments_are_read_back_as_they_were() {
        let points = vec![
            point(0, 10, vec![set("old", 10, 10, 10)]),
            point(10_015, 10, vec![set("old", 10, 10, 10), set("new", 3, 0, 0)]),
            // Two changes within a millisecond.
            point(10_020, 9, vec![set("old", 8, 9, 9), set("new", 3, 3, 0)]),
            point(10_020, 8, vec![set("old", 8, 8, 8), set("new", 3, 3, 0)]),
        ];
        let example = ExampleCourse::of(7, &Timeline { points }).unwrap();
        let (text, again) = read_back(&example);
        assert_eq!(again, example);
        assert!(text.ends_with("7,10.020,old,1,8,8,8,\n7,10.020,,,10,11,8,8\n"), "{text}");
    }

    #[test]
    fn a_replica_set_that_is_gone_has_nothing() {
        let points = vec![point(0, 1, vec![set("old", 0, 0, 0), set("new", 1, 1, 1)]), {
            point(5000, 1, vec![set("new", 1, 1, 1)])
        }];
        let (_, again) = read_back(&ExampleCourse::of(0, &Timeline { points }).unwrap());
        assert_eq!(again.timeline.points[1].replica_sets[0], set("old", 0, 0, 0));
    }

    #[test]
    fn the_table_does_not_grow_with_the_pods() {
        let mut points: Vec<TimelinePoint> = (0..100_000)
            .map(|step| point(step * 3, (step % 90) as i32, vec![set("web", 100, step as i32 % 7, 0)]))
            .collect();
        points[70_000].available = -1;
        points[60_000].replica_sets[0].pods = 9;
        let last = points.last().cloned();
        let kept = ExampleCourse::of(0, &Timeline { points }).unwrap().timeline.points;
        assert!(kept.len() <= 3 * COLUMNS as usize + 3, "{}", kept.len());
        assert!(kept.iter().any(|point| point.available == -1), "the fewest are kept");
        assert!(kept.iter().any(|point| existing(point) == 9), "the most are kept");
        assert_eq!(kept.last().cloned(), last);
        assert!(kept.windows(2).all(|pair| pair[0].at <= pair[1].at));
    }
}
