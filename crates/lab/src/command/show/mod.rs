//! `rollout-lab show`: one replication, told as `kubectl` would.

mod course;
mod interesting;

use super::source::{self, Source};
use super::{Ending, Stop, error};
use crate::args::{Part, ShowArgs, ShowFormat};
use crate::conform::steps_to_json;
use analysis::tables::summary_json::pretty;
use course::course;
use measures::column::{Cell, Column};
use measures::measure::Group;
use measures::{Milli, Register, Row, known};
use report::story::{
    Line, Lines, Moment, Paint, Tone, Wanted, digest, history, moment_json, rollout_status,
    rollout_status_at, status_lines, story_json, stream, trace,
};
use report::where_time_went::TimeSpentTable;
use serde_json::{Map, Value, json};
use simulator::model::Model;
use simulator::observe::Machinery;
use simulator::record::{ConditionSummary, RefusalSummary};
use simulator::story::{Story, What};
use simulator::{Simulator, Span, Steps};
use std::io::{self, Write};
use std::path::Path;

/// Runs one replication as the batch does, and tells it: its story first, then its numbers.
///
/// # Errors
/// All that is wrong with the scenario, or an output refused.
pub fn execute(args: &ShowArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let source = Source::load_variant(&args.scenario, &source::variant(&args.set)?)?;
    let seed = args.seed.unwrap_or(source.seed());
    let (run, why) = match args.interesting {
        Some(which) => {
            let (run, why) = interesting::choose(which, &source, seed)?;
            (run, Some(why))
        }
        None => (args.run.unwrap_or(0), None),
    };
    if args.trace.as_deref() == Some(Path::new("-")) {
        return Err(error("--trace wants the name of a file, as in --trace run.json: stdout has the story"));
    }
    if args.output == ShowFormat::Steps {
        let steps = Steps::of(source.model(), seed, run);
        for step in steps_to_json(&steps, &source.model().subject.name) {
            writeln!(out, "{step}")?;
        }
    }
    let telling = Telling::new(source.name(), source.model(), seed, run, why.as_deref());
    if let Some(file) = &args.trace {
        write_trace(file, &telling)?;
    }
    match (args.output, args.at) {
        (ShowFormat::Steps, _) => {}
        (ShowFormat::Course, _) => telling.course(out)?,
        (ShowFormat::Text, None) if args.status_at.is_some() => {
            telling.status(out, asked_status(args, telling.model)?)?;
        }
        (ShowFormat::Text, Some(at)) => telling.moment(out, within("--at", at, telling.model)?)?,
        (ShowFormat::Text, None) => telling.text(out, &args.only)?,
        (ShowFormat::Json, Some(at)) => {
            let at = within("--at", at, telling.model)?;
            telling.json(out, &moment_json(&Moment::of(&telling.story, at)))?;
        }
        (ShowFormat::Json, None) => {
            let status = match args.status_at {
                Some(_) => {
                    let (at, watch) = asked_status(args, telling.model)?;
                    rollout_status_at(&telling.story, at, watch)
                }
                None => rollout_status(&telling.story),
            };
            telling.json(out, &story_json(&telling.story, telling.model, &status, &telling.row))?;
        }
    }
    Ok(Ending::Fine)
}

/// Runs one replication and tells it.
pub(super) fn tell(out: &mut impl Write, name: &str, model: &Model, seed: u64, run: u64) -> Result<(), Stop> {
    Ok(Telling::new(name, model, seed, run, None).text(out, &[])?)
}

/// When the command is started, and whether it waits.
fn asked_status(args: &ShowArgs, model: &Model) -> Result<(Span, bool), Stop> {
    let at = within("--status-at", args.status_at.unwrap_or(Span::ZERO), model)?;
    Ok((at, !args.no_watch))
}

fn within(option: &str, at: Span, model: &Model) -> Result<Span, Stop> {
    if at <= model.horizon {
        return Ok(at);
    }
    let [at, horizon] = [at, model.horizon].map(|span| measures::units::duration(span.into()));
    Err(Stop::refused(format!("error: {option} {at} is after the end of the observation at {horizon}")))
}

fn write_trace(file: &Path, telling: &Telling<'_>) -> Result<(), Stop> {
    let machinery = Machinery::of(telling.model, telling.seed, telling.run);
    let trace = trace(&telling.story, &machinery, telling.model);
    let failed = |why| error(format_args!("cannot write `{}`: {why}", file.display()));
    std::fs::write(file, format!("{trace}\n")).map_err(failed)
}

/// One run, ready to be told.
struct Telling<'a> {
    name: &'a str,
    model: &'a Model,
    seed: u64,
    run: u64,
    /// Why this run was chosen.
    why: Option<&'a str>,
    simulator: Simulator,
    row: Row,
    timeline: simulator::record::Timeline,
    story: Story,
}

impl<'a> Telling<'a> {
    fn new(name: &'a str, model: &'a Model, seed: u64, run: u64, why: Option<&'a str>) -> Self {
        let mut simulator = Simulator::new(model, 0);
        let (record, timeline) = simulator.run_with_timeline(seed, run);
        let story = Story::of(model, seed, run);
        Self { name, model, seed, run, why, simulator, row: Row::from(&record), timeline, story }
    }

    /// Everything, or the parts that are wanted.
    fn text(&self, out: &mut impl Write, only: &[Part]) -> io::Result<()> {
        let paint = Paint::for_stdout();
        if only.is_empty() {
            self.heading(out, paint)?;
            writeln!(out)?;
        }
        let wanted = |part: Part| only.is_empty() || only.contains(&part);
        let mut blank = false;
        let mut block = |out: &mut dyn Write, text: String| {
            let gap = if std::mem::replace(&mut blank, true) { "\n" } else { "" };
            write!(out, "{gap}{text}")
        };
        if wanted(Part::Story) {
            block(out, self.lines(&digest(&self.story, self.model), paint))?;
        }
        let rows = streamed(only);
        if let Some(rows) = rows {
            block(out, self.lines(&stream(&self.story, self.model, rows), paint))?;
        }
        if wanted(Part::History) && self.story.is_deployment {
            let command = format!("$ kubectl rollout history deployment/{}", self.story.name);
            block(out, format!("{}\n{}", paint.text(Tone::User, &command), history(&self.story)))?;
        }
        if wanted(Part::Measures) {
            let heading = paint.text(Tone::Heading, "Measures, as in runs.csv");
            block(out, format!("{heading}\n{}{}", measures(&self.row), self.refusals()))?;
        }
        match self.row.time_spent() {
            Some(time) if wanted(Part::Time) => block(out, TimeSpentTable(&time).to_string()),
            _ => Ok(()),
        }
    }

    fn lines(&self, lines: &[Line], paint: Paint) -> String {
        let acted =
            |entry: &simulator::story::Entry| matches!(entry.what, What::Action(_)).then_some(entry.at);
        let actions: Vec<Span> = self.story.entries.iter().filter_map(acted).collect();
        Lines { lines, actions: &actions, paint }.to_text()
    }

    /// What is shown, and how it ended.
    fn heading(&self, out: &mut impl Write, paint: Paint) -> io::Result<()> {
        let outcome = self.row.outcome.as_str();
        let tone = match self.row.get(known::ROLLOUT_STATUS_EXIT_LAST) {
            Some(Milli::ZERO) => Tone::Good,
            Some(_) => Tone::Bad,
            None => Tone::Plain,
        };
        let chosen = self.why.map_or(String::new(), |why| format!(": {why}"));
        let heading = format!("{}: run {}, seed {}{chosen}", self.name, self.run, self.seed);
        writeln!(out, "{}", paint.text(Tone::Heading, &heading))?;
        let took = match self.row.get(known::ROLLOUT_TIME) {
            Some(time) => format!(" in {}", measures::units::duration(time)),
            None => String::new(),
        };
        let status = rollout_status(&self.story);
        let exit = match status.last().map(|line| line.exit) {
            None => "",
            Some(Some(0)) => "; `kubectl rollout status` exits with 0",
            Some(Some(_)) => "; `kubectl rollout status` exits with 1",
            Some(None) => "; `kubectl rollout status` still waits at the end",
        };
        let helm = match self.row.get(known::HELM_WAIT) {
            None => String::new(),
            Some(after) => {
                let (after, exit) = (measures::units::duration(after), self.row.count(known::HELM_WAIT_EXIT));
                format!("; `helm upgrade --wait` with {exit} after {after}")
            }
        };
        let fewest = self.row.count(known::AVAILABLE_MIN);
        let promised = self.timeline.points.first().map_or(0, |point| point.promised);
        writeln!(
            out,
            "{}{took}{exit}{helm}; fewest available pods {fewest} (promised {promised})",
            paint.text(tone, outcome)
        )
    }

    fn moment(&self, out: &mut impl Write, at: Span) -> io::Result<()> {
        let paint = Paint::for_stdout();
        let at_words = measures::units::duration(at.into());
        let heading = format!("{}: run {}, seed {}, at {at_words}", self.name, self.run, self.seed);
        writeln!(out, "{}\n", paint.text(Tone::Heading, &heading))?;
        write!(out, "{}", Moment::of(&self.story, at).to_text(paint))
    }

    /// What one `kubectl rollout status` says.
    fn status(&self, out: &mut impl Write, (at, watch): (Span, bool)) -> io::Result<()> {
        let paint = Paint::for_stdout();
        let at_words = measures::units::duration(at.into());
        let flag = if watch { "" } else { " --watch=false" };
        let command = format!("$ kubectl rollout status deployment/{}{flag}", self.story.name);
        let heading = format!("{}: run {}, seed {}, from {at_words}", self.name, self.run, self.seed);
        writeln!(out, "{}\n\n{}", paint.text(Tone::Heading, &heading), paint.text(Tone::User, &command))?;
        let lines = rollout_status_at(&self.story, at, watch);
        if lines.is_empty() {
            return writeln!(out, "there is no Deployment at that time");
        }
        let shown: Vec<Line> = lines.iter().flat_map(status_lines).collect();
        write!(out, "{}", self.lines(&shown, paint))?;
        if lines.last().is_some_and(|line| line.exit.is_none()) {
            writeln!(out, "It still waits at the end of the observation.")?;
        }
        Ok(())
    }

    /// A table of numbers over time.
    fn course(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}: run {}, seed {}\n", self.name, self.run, self.seed)?;
        course(out, &self.timeline)
    }

    fn json(&self, out: &mut impl Write, told: &Value) -> io::Result<()> {
        let mut answer = Map::new();
        let head = json!({
            "scenario": self.name,
            "run": self.run,
            "seed": self.seed,
            "chosen": self.why,
            "outcome": self.row.outcome.as_str(),
            "digest": format!("{:016x}", self.row.digest),
            "measures": measures_json(&self.row),
        });
        for part in [head, told.clone()] {
            if let Value::Object(fields) = part {
                answer.extend(fields);
            }
        }
        out.write_all(pretty(&Value::Object(answer)).as_bytes())
    }

    /// What the controllers were refused, and what the API shows of it at the end.
    fn refusals(&self) -> String {
        let refusals = self.simulator.refusals();
        if refusals.is_empty() {
            return String::new();
        }
        let told = |refusal: &RefusalSummary| {
            format!(
                "{:>7} {:>10}  {}\n",
                refusal.count,
                measures::units::exact(refusal.first.into()),
                refusal.text
            )
        };
        let condition = |condition: &ConditionSummary| {
            let ConditionSummary { object, kind, status, reason, message } = condition;
            format!("  {object} {kind}={status} {reason}: {message}\n")
        };
        let refusals: String = refusals.iter().map(told).collect();
        let conditions: String = self.simulator.conditions().iter().map(condition).collect();
        format!(
            "\nRefused calls: how often, the first, and its text\n{refusals}\nConditions at the end\n{conditions}"
        )
    }
}

/// The parts in order of time that are wanted in addition to the story; `None` if there are none.
fn streamed(only: &[Part]) -> Option<Wanted> {
    let has = |part: Part| only.contains(&part);
    let wanted = Wanted {
        actions: has(Part::Actions),
        faults: has(Part::Faults),
        events: has(Part::Events),
        deployments: has(Part::Deployments),
        replica_sets: has(Part::Replicasets),
        pods: has(Part::Pods),
        status: has(Part::Status),
    };
    let Wanted { actions, faults, events, deployments, replica_sets, pods, status } = wanted;
    (actions || faults || events || deployments || replica_sets || pods || status).then_some(wanted)
}

/// The columns of `runs.csv` for programs: `null` where a measure does not apply.
fn measures_json(row: &Row) -> Value {
    let value = |column: &Column| match column.cell(row) {
        Cell::Empty => Value::Null,
        Cell::Count(count) => json!(count),
        Cell::Number(number) => json!(number.as_f64()),
        Cell::Flag(flag) => json!(flag),
        word => json!(word.to_string()),
    };
    let columns = Register::standard().columns();
    Value::Object(columns.iter().map(|column| (column.name().to_owned(), value(column))).collect())
}

/// Every column of `runs.csv` but those of the time ledger, which is told in a block of its own.
fn measures(row: &Row) -> String {
    let columns = Register::standard().columns();
    let shown =
        columns.iter().filter(|column| column.measure().is_none_or(|measure| measure.group != Group::Time));
    let line = |column: &Column| match column.cell(row) {
        Cell::Empty => format!("  {:<34}-\n", column.name()),
        cell => format!("  {:<34}{cell}\n", column.name()),
    };
    shown.map(line).collect()
}
