//! A measure is stated once: one more row in the register, and every reader knows it.

use crate::support::{Fake, HORIZON};
use analysis::compare::{self, ComparisonFacts, Pairs, compare_by};
use analysis::objectives::evaluate;
use analysis::results::{Collector, ObjectiveVerdict};
use analysis::sweep::Goal;
use analysis::tables::fields::{reference, tables_of};
use analysis::tables::runs::{RowReader, RowWriter};
use analysis::tables::summary_json::summary_json;
use measures::field::{Kind, field};
use measures::measure::{Group, Measure};
use measures::question::{Better, Margin};
use measures::{Elapsed, Milli, Range, Register, Row, Unit};
use rollout_lab::command::run::Replicator;
use scenario::{Objective, RequiredShare, RunEvent, schema_of};
use std::path::Path;
use std::sync::LazyLock;

/// Twice the restarts: whatever the simulator might come to record.
const TWICE: Measure = Measure::new(
    field("restarts_twice", Kind::Count, "count", "twice the restarts"),
    "restartsTwice",
    "restarts, twice",
    (Group::Footprint, Unit::Count),
    |run| (2 * run.record.footprint.restarts).into(),
)
.better(Better::Higher, Margin::Absolute(0.1))
.summarized("footprint.restartsTwice");

static REGISTER: LazyLock<Register> = LazyLock::new(|| Register::standard().and(TWICE));

const FAKE: Fake = Fake { replicas: 10, has_rollout: true, stuck_one_in: 0, grid_points: 10 };

fn twice() -> &'static Measure {
    REGISTER.number("restartsTwice").unwrap()
}

fn rows() -> Vec<Row> {
    let mut fake = FAKE;
    (0..50).map(|run| Row::of(&REGISTER, &fake.run(1, run))).collect()
}

#[test]
fn it_is_a_column_that_is_read_back() {
    let rows = rows();
    let mut bytes = Vec::new();
    let mut writer = RowWriter::of(&REGISTER, &mut bytes).unwrap();
    rows.iter().for_each(|row| writer.append(row).unwrap());
    writer.flush().unwrap();
    drop(writer);
    assert!(String::from_utf8_lossy(&bytes).lines().next().unwrap().ends_with(",restarts_twice"));
    let read: Vec<Row> = RowReader::of(&REGISTER, bytes.as_slice(), Path::new("runs.csv"))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let value = |row: &Row| twice().of(row);
    assert!(read.iter().map(value).eq(rows.iter().map(value)));
    assert!(rows.iter().any(|row| value(row) > Some(Elapsed::Within(Milli::ZERO))));
    // A reader that does not know it yet ignores it.
    assert_eq!(RowReader::new(bytes.as_slice(), Path::new("runs.csv")).unwrap().count(), 50);
}

#[test]
fn it_is_summarized() {
    let mut collector = Collector::new(&REGISTER);
    rows().iter().for_each(|row| collector.add(row));
    let summary = collector.conclude(FAKE.facts("test", 1), String::new(), Vec::new()).unwrap();
    let summary = summary_json(&summary);
    assert_eq!(summary["footprint"]["restartsTwice"]["max"], 4);
    assert_eq!(summary["footprint"]["restarts"]["max"], 2);
}

#[test]
fn it_can_be_bounded_compared_and_improved() {
    let range = Range { low: None, high: Some(Milli::from_whole(4)) };
    let objective =
        Objective::Share { event: RunEvent::Within { measure: twice(), range }, share: RequiredShare::Every };
    let judged = evaluate(&objective, &rows(), Milli::from_whole(HORIZON));
    assert_eq!(judged.text, "restarts, twice at most 4 in every run");
    assert_eq!(judged.verdict, ObjectiveVerdict::Met);
    assert!(judged.seen.ends_with("; from 0 to 4"), "{}", judged.seen);

    let none: Vec<Row> = rows().into_iter().map(|row| row.with(twice(), 0)).collect();
    let names = ["some".to_owned(), "none".to_owned()];
    let facts = ComparisonFacts { names, seed: 1, horizon: Milli::from_whole(HORIZON) };
    let comparison = compare_by(REGISTER.questions(), facts, &Pairs::matched(rows(), none), &[]);
    let answer = comparison.answers.iter().find(|answer| answer.question.key == "restartsTwice").unwrap();
    assert_eq!(answer.verdict, compare::Verdict::Worse);

    assert_eq!(REGISTER.question("restartsTwice").unwrap().meaning(), "restarts, twice");
    assert_eq!(REGISTER.aim("restartsTwice:p95").unwrap().name(), "restartsTwice:p95");
    let goal = Goal::of(&REGISTER, "restartsTwice").unwrap();
    assert_eq!(goal.direction, analysis::sweep::Direction::Up);
}

#[test]
fn it_is_documented() {
    let [(_, runs), ..] = tables_of(&REGISTER);
    assert!(reference(&runs).ends_with("| `restarts_twice` | count | twice the restarts |\n"));
    let schema: serde_json::Value = serde_json::from_str(&schema_of(&REGISTER)).unwrap();
    let property = &schema["$defs"]["objective"]["properties"]["restartsTwice"];
    assert_eq!(property["description"], "restarts, twice");
    assert_eq!(property["$ref"], "#/$defs/countBound");
}
