//! One run as data for the timeline of a report.

use super::DetailedRun;
use super::events::{self, ReportEvent};
use measures::units::{count, duration};
use measures::{Elapsed, Milli, Row, known};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;
use simulator::Span;
use simulator::record::{Timeline, TimelinePoint};
use simulator::story::{DeploymentView, Story, What};

/// Columns of time for a long course: finer steps are not distinguishable.
const COLUMNS: i64 = 700;
/// The number of `ReplicaSet`s with their own colour: the latest ones are shown.
const MOST_SETS: usize = 6;

/// The course of a run. Times are milliseconds from t = 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Course {
    run: u64,
    title: String,
    end: i64,
    sets: Vec<Set>,
    points: Vec<CoursePoint>,
    conditions: Vec<(i64, Vec<ConditionRow>)>,
    events: Vec<ReportEvent>,
    marks: Vec<(i64, &'static str)>,
    is_gathered: bool,
    /// `ReplicaSet`s that had pods and are not shown.
    sets_left_out: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Set {
    name: String,
    revision: i64,
}

/// Start; wanted, promised, available, existing pods; and for each set wanted, existing, available.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct CoursePoint(i64, i32, i32, i32, i32, Vec<[i32; 3]>);

/// Type, status, reason and message.
type ConditionRow = (&'static str, &'static str, &'static str, String);

/// Runs for the template, each with a key and a name.
pub(super) fn template_runs(detailed: &[(&str, &str, &DetailedRun)], horizon: Milli) -> Vec<Value> {
    let walk = |(key, name, detailed): &(&str, &str, &DetailedRun)| {
        context! { key => *key, name => *name, data => Serde(Course::of(detailed, horizon)) }
    };
    detailed.iter().map(walk).collect()
}

impl Course {
    /// The course of a run, up to the last change.
    fn of(detailed: &DetailedRun, horizon: Milli) -> Self {
        let DetailedRun { row, timeline, story } = detailed;
        let end = end(detailed, horizon);
        let (sets, sets_left_out) = sets(timeline);
        let points: Vec<CoursePoint> = timeline.points.iter().map(|point| of_point(point, &sets)).collect();
        let all = points.len();
        let points = gathered(points, end);
        let story = story.as_ref();
        Self {
            run: row.run,
            title: title(row, horizon),
            end,
            is_gathered: points.len() < all,
            sets_left_out,
            points,
            conditions: story.map(|detailed| conditions(&detailed.story)).unwrap_or_default(),
            events: story.map(|detailed| events::events(detailed, end)).unwrap_or_default(),
            marks: row
                .get(known::DEADLINE_FIRST)
                .map(|at| (at.thousandths(), "deadline fires"))
                .into_iter()
                .collect(),
            sets,
        }
    }
}

fn title(row: &Row, horizon: Milli) -> String {
    let outcome = row.outcome.as_str();
    let time = match row.elapsed() {
        None => "no rollout".to_owned(),
        Some(Elapsed::Within(time)) => format!("the rollout takes {}, {outcome}", duration(time)),
        Some(Elapsed::BeyondHorizon) => {
            format!("the rollout has not ended after {}, {outcome}", duration(horizon))
        }
    };
    let fewest = count(row.count(known::AVAILABLE_MIN).max(0) as u64);
    format!("Run {}: {time}, never fewer than {fewest} available", row.run)
}

/// The end of the axis: after the last change of a number, the deadline and the last event.
fn end(detailed: &DetailedRun, horizon: Milli) -> i64 {
    let last = detailed.timeline.points.last().map_or(0, |point| millis(point.at));
    let fired = detailed.row.get(known::DEADLINE_FIRST).map_or(0, Milli::thousandths);
    let said = detailed.story.as_ref().and_then(|detailed| detailed.story.entries.last());
    let said = said.map_or(0, |entry| millis(entry.at));
    let last = last.max(fired).max(said);
    (last + last / 20).max(horizon.thousandths() / 60).min(horizon.thousandths()).max(1)
}

pub(super) fn millis(at: Span) -> i64 {
    Milli::from(at).thousandths()
}

/// The latest `ReplicaSet`s that had pods at some time, and the number of others.
fn sets(timeline: &Timeline) -> (Vec<Set>, usize) {
    let mut sets: Vec<Set> = Vec::new();
    for set in timeline.points.iter().flat_map(|point| &point.replica_sets) {
        if set.pods == 0 && set.wanted == 0 {
            continue;
        }
        match sets.iter_mut().find(|known| known.name == set.name) {
            Some(known) => known.revision = set.revision,
            None => sets.push(Set { name: set.name.clone(), revision: set.revision }),
        }
    }
    let surplus = sets.len().saturating_sub(MOST_SETS);
    sets.drain(..surplus);
    (sets, surplus)
}

fn of_point(point: &TimelinePoint, sets: &[Set]) -> CoursePoint {
    let existing = point.replica_sets.iter().map(|set| set.pods).sum();
    let of_set = |set: &Set| {
        let found = point.replica_sets.iter().find(|known| known.name == set.name);
        found.map_or([0; 3], |found| [found.wanted, found.pods, found.available])
    };
    let sizes = sets.iter().map(of_set).collect();
    CoursePoint(millis(point.at), point.desired, point.promised, point.available, existing, sizes)
}

/// At most two points per column: the point with the fewest available pods, and the last one.
fn gathered(points: Vec<CoursePoint>, end: i64) -> Vec<CoursePoint> {
    if points.len() as i64 <= 2 * COLUMNS {
        return points;
    }
    let column = |point: &CoursePoint| point.0 * COLUMNS / end;
    let mut kept: Vec<CoursePoint> = Vec::new();
    for columns in points.chunk_by(|one, next| column(one) == column(next)) {
        let lowest = columns.iter().min_by_key(|point| point.3);
        let last = columns.last();
        kept.extend(lowest.filter(|lowest| Some(*lowest) != last).cloned());
        kept.extend(last.cloned());
    }
    kept
}

/// The conditions of the Deployment at each change; of very many changes, for example of messages that name
/// refusals, the last one of each column.
fn conditions(story: &Story) -> Vec<(i64, Vec<ConditionRow>)> {
    let mut detailed: Vec<(i64, Vec<ConditionRow>)> = Vec::new();
    for entry in &story.entries {
        let What::Deployment(view) = &entry.what else { continue };
        let now = of_deployment(view);
        if detailed.last().is_none_or(|(_, held)| *held != now) {
            detailed.push((millis(entry.at), now));
        }
    }
    if detailed.len() as i64 <= COLUMNS / 2 {
        return detailed;
    }
    let column = |at: i64| at * (COLUMNS / 2) / millis(story.horizon).max(1);
    let columns = detailed.chunk_by(|one, next| column(one.0) == column(next.0));
    columns.filter_map(|column| column.last().cloned()).collect()
}

fn of_deployment(view: &DeploymentView) -> Vec<ConditionRow> {
    let of = |condition: &simulator::story::ConditionView| {
        let message = condition.message.clone();
        (condition.kind.as_str(), condition.status.as_str(), condition.reason.as_str(), message)
    };
    view.conditions.iter().map(of).collect()
}
