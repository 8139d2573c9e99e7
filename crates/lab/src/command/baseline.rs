//! `rollout-lab baseline`: did anything change since the last review?

use super::compare::rows_of_runs;
use super::run::{Interrupt, Progress};
use super::source::{self, Source};
use super::{Ending, Stop, error, folder};
use crate::args::{
    BaselineAcceptArgs, BaselineAction, BaselineArgs, BaselineCheckArgs, BaselineSaveArgs, BaselineScope,
    OutputFormat,
};
use crate::experiment::Experiment;
use analysis::baseline::{
    Baseline, BaselineFolder, Candidate, Check, CheckReport, CheckedScenario, Finding, Judged, RUNS,
    SCREENED_RUNS, STEPPED_RUNS, Status, Step, check, steps,
};
use analysis::objectives::is_true;
use analysis::tables::summary_json::pretty;
use measures::Register;
use measures::Row;
use measures::question::Margin;
use measures::units::{count, runs};
use report::baseline::{Markdown, ReportTable, junit, report_json};
use report::chart::{self, DriftChart};
use report::shell::quoted;
use report::terminal::escaped;
use scenario::{Objective, RequiredShare, Variant};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::num::NonZero;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Where scenarios are looked for, unless the user says where.
const CATALOGUE: &str = "scenarios";

/// Saves, checks or accepts.
///
/// # Errors
/// Wrong scenarios or baselines, files that cannot be written, or Ctrl-C.
pub fn execute(args: &BaselineArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    match &args.action {
        BaselineAction::Save(args) => save(args, out),
        BaselineAction::Check(args) => check_all(args, out),
        BaselineAction::Accept(args) => accept(args, out),
    }
}

/// What all three need.
struct Desk<'a> {
    scope: &'a BaselineScope,
    sources: Vec<Source>,
    folder: BaselineFolder,
    experiment: Experiment,
    interrupt: Interrupt,
}

impl<'a> Desk<'a> {
    fn new(scope: &'a BaselineScope) -> Result<Self, Stop> {
        let catalogue = [PathBuf::from(CATALOGUE)];
        let paths = if scope.scenarios.is_empty() { &catalogue[..] } else { &scope.scenarios };
        let mut sources = source::load_all(paths, &Variant::default())?;
        sources.sort_by(|one, other| one.name().cmp(other.name()));
        Ok(Self {
            scope,
            sources,
            folder: BaselineFolder::new(scope.baselines.clone()),
            experiment: Experiment::new(scope.workers.threads).map_err(error)?,
            interrupt: Interrupt::listen(),
        })
    }

    /// Baselines of scenarios that are gone count only where all scenarios were looked at.
    const fn is_whole(&self) -> bool {
        self.scope.scenarios.is_empty()
    }

    fn read(&self) -> Result<BTreeMap<String, Baseline>, Stop> {
        let is_asked_for = |name: &str| self.sources.iter().any(|source| source.name() == name);
        self.folder.read(|name| self.is_whole() || is_asked_for(name)).map_err(Stop::refused)
    }

    /// The rows of several batches: each a scenario, a seed and a number of runs.
    fn rows(&self, batches: &[(&Source, u64, u64)]) -> Result<Vec<Vec<Row>>, Stop> {
        let progress = Progress::new("baseline", batches.iter().map(|batch| batch.2).sum(), self.scope.quiet);
        let batch =
            |&(source, seed, runs): &(&Source, u64, u64)| self.some_rows(source, seed, 0..runs, &progress);
        let all = batches.iter().map(batch).collect();
        progress.finish();
        all
    }

    fn some_rows(
        &self,
        source: &Source,
        seed: u64,
        runs: Range<u64>,
        progress: &Progress,
    ) -> Result<Vec<Row>, Stop> {
        rows_of_runs(source.model(), seed, runs, &self.experiment, &self.interrupt, progress)
    }

    /// The rows of a baseline's runs now: all of them, or the first ones if nothing has changed.
    fn rows_again(&self, source: &Source, saved: &Baseline, progress: &Progress) -> Result<Vec<Row>, Stop> {
        let runs = saved.rows.len() as u64;
        let is_stale =
            saved.text != source.text_digest() || saved.columns.len() != Register::standard().columns().len();
        let first = if is_stale { runs } else { runs.min(SCREENED_RUNS) };
        let mut rows = self.some_rows(source, saved.seed, 0..first, progress)?;
        if !rows.iter().all(|row| saved.is_alike(row)) {
            rows.extend(self.some_rows(source, saved.seed, first..runs, progress)?);
        }
        Ok(rows)
    }

    /// Another command of the same kind, with the options that say where the baselines are.
    fn command(&self, verb: &str, path: Option<&Path>) -> String {
        let mut command = format!("rollout-lab baseline {verb}");
        if let Some(path) = path {
            command.push(' ');
            command.push_str(&quoted(&path.display().to_string()));
        }
        if self.scope.baselines != Path::new(crate::args::BASELINES) {
            command.push_str(" --baselines ");
            command.push_str(&quoted(&self.scope.baselines.display().to_string()));
        }
        command
    }
}

/// What the objectives ask for, judged on these rows.
fn judged(source: &Source, rows: &[Row]) -> Vec<Judged> {
    let mut objectives = source.objective_collector();
    for row in rows {
        objectives.add(row);
    }
    let horizon = source.model().horizon.into();
    let against = |objective: &Objective| {
        let Objective::Share { event, share } = objective else { return None };
        let holds = rows.iter().filter(|row| is_true(event, row, horizon)).count() as u64;
        let of = rows.len() as u64;
        match share {
            RequiredShare::Every => Some((of - holds, of)),
            RequiredShare::None => Some((holds, of)),
            RequiredShare::AtLeast(_) | RequiredShare::AtMost(_) => None,
        }
    };
    let asked = source.objectives().iter().map(against);
    objectives.finish().iter().zip(asked).map(|(judged, against)| Judged::new(judged, against)).collect()
}

fn baseline_of(source: &Source, seed: u64, rows: &[Row]) -> Baseline {
    let stepped = STEPPED_RUNS.min(rows.len() as u64);
    let steps = (0..stepped).map(|run| steps(source.model(), seed, run)).collect();
    let named = (source.name().to_owned(), source.text_digest());
    Baseline::new(named, seed, source.model().horizon.into(), judged(source, rows), rows, steps)
}

fn save(args: &BaselineSaveArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let desk = Desk::new(&args.scope)?;
    for source in &desk.sources {
        desk.folder.check(source.name()).map_err(error)?;
    }
    let wanted = args.runs.map_or(RUNS, NonZero::get);
    let batch = |source| (source, args.seed.unwrap_or(Source::seed(source)), wanted);
    let batches: Vec<_> = desk.sources.iter().map(batch).collect();
    let rows = desk.rows(&batches)?;
    for ((source, seed, _), rows) in batches.into_iter().zip(rows) {
        write(&desk, &baseline_of(source, seed, &rows), "saved", out)?;
    }
    Ok(Ending::Fine)
}

fn write(desk: &Desk<'_>, baseline: &Baseline, verb: &str, out: &mut impl Write) -> Result<(), Stop> {
    let path = desk.folder.write(baseline).map_err(error)?;
    if !desk.scope.quiet {
        let steps: usize = baseline.steps.iter().map(Vec::len).sum();
        let (rows, steps) = (runs(baseline.rows.len() as u64), count(steps as u64));
        writeln!(out, "{verb} {}: {rows}, {steps} steps", path.display())?;
    }
    Ok(())
}

/// Everything that has a baseline, run again.
struct Rerun<'a> {
    sources: Vec<&'a Source>,
    baselines: Vec<&'a Baseline>,
    rows: Vec<Vec<Row>>,
}

impl<'a> Rerun<'a> {
    fn new(desk: &'a Desk<'_>, saved: &'a BTreeMap<String, Baseline>) -> Result<Self, Stop> {
        let known = desk.sources.iter().filter_map(|source| Some((source, saved.get(source.name())?)));
        let (sources, baselines): (Vec<&Source>, Vec<&Baseline>) = known.unzip();
        let runs = baselines.iter().map(|saved| saved.rows.len() as u64).sum();
        let progress = Progress::new("baseline", runs, desk.scope.quiet);
        let pairs = sources.iter().zip(&baselines);
        let rows: Result<Vec<Vec<Row>>, Stop> =
            pairs.map(|(source, saved)| desk.rows_again(source, saved, &progress)).collect();
        progress.finish();
        Ok(Self { rows: rows?, sources, baselines })
    }

    fn checks(&self, margins: &[(String, Margin)]) -> Vec<Check> {
        type Steps<'s> = Box<dyn Fn(u64) -> Vec<Step> + 's>;
        let pairs = || self.sources.iter().zip(&self.baselines);
        let steps: Vec<Steps<'_>> = pairs()
            .map(|(source, saved)| Box::new(|run| steps(source.model(), saved.seed, run)) as Steps<'_>)
            .collect();
        let candidates: Vec<Candidate<'_>> = pairs()
            .zip(self.rows.iter().zip(&steps))
            .map(|((source, baseline), (rows, steps))| Candidate {
                baseline,
                text: source.text_digest(),
                horizon: source.model().horizon.into(),
                objectives: judged(source, rows),
                rows,
                steps: &**steps,
            })
            .collect();
        check(&candidates, margins)
    }
}

/// What is to be said of all scenarios and baselines.
fn report(
    desk: &Desk<'_>,
    saved: &BTreeMap<String, Baseline>,
    checks: Vec<Check>,
    margins: &[(String, Margin)],
    allow_missing: bool,
) -> CheckReport {
    let source = |name: &str| desk.sources.iter().find(|source| source.name() == name);
    let checked = checks.into_iter().map(|check| {
        let (status, source) = (Status::of(&check, margins), source(&check.scenario));
        let path = source.map(|source| source.path.as_path());
        let replay = match &check.finding {
            Finding::Changed(change, _) => source.map(|source| source.replay(check.seed, change.first.run)),
            _ => None,
        };
        let mend = (status != Status::Unchanged).then(|| desk.command("accept", path));
        CheckedScenario { scenario: check.scenario.clone(), check: Some(check), status, replay, mend }
    });
    let alone = |scenario: &str, status, mend: String| CheckedScenario {
        scenario: scenario.to_owned(),
        check: None,
        status,
        replay: None,
        mend: Some(mend),
    };
    let new = desk.sources.iter().filter(|source| !saved.contains_key(source.name()));
    let new = new.map(|source| alone(source.name(), Status::New, desk.command("save", Some(&source.path))));
    let gone = saved.keys().filter(|name| source(name).is_none());
    let gone = gone.map(|name| {
        let status = if allow_missing { Status::Missing } else { Status::Gone };
        alone(name, status, desk.command("accept", None))
    });
    let mut entries: Vec<CheckedScenario> = checked.chain(new).chain(gone).collect();
    entries.sort_by(|one, other| one.scenario.cmp(&other.scenario));
    CheckReport { entries }
}

fn check_all(args: &BaselineCheckArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let desk = Desk::new(&args.scope)?;
    let saved = desk.read()?;
    // What cannot be written is said before the runs, not after them.
    args.charts.as_deref().map_or(Ok(()), folder)?;
    let checks = Rerun::new(&desk, &saved)?.checks(&args.margin);
    let report = report(&desk, &saved, checks, &args.margin, args.allow_missing);
    if let Some(path) = &args.junit {
        file(path, &junit(&report)?)?;
    }
    if let Some(path) = &args.markdown {
        file(path, &Markdown(&report).to_string())?;
    }
    if let Some(place) = &args.charts {
        file(&place.join("baseline-drift.svg"), &chart::svg(&DriftChart::new(&report)).map_err(error)?)?;
    }
    match args.output {
        OutputFormat::Json => out.write_all(pretty(&report_json(&report)).as_bytes())?,
        OutputFormat::Table if desk.scope.quiet => {}
        OutputFormat::Table => write!(out, "{}", ReportTable(&report))?,
    }
    Ok(if report.has_findings() { Ending::Finding } else { Ending::Fine })
}

fn file(path: &Path, text: &str) -> Result<(), Stop> {
    // Names and messages of files: XML allows no control characters, and people look at Markdown in terminals.
    fs::write(path, escaped(text).as_bytes())
        .map_err(|cause: io::Error| error(format_args!("cannot write {}: {cause}", path.display())))
}

fn accept(args: &BaselineAcceptArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let desk = Desk::new(&args.scope)?;
    let saved = desk.read()?;
    for source in &desk.sources {
        desk.folder.check(source.name()).map_err(error)?;
    }
    let rerun = Rerun::new(&desk, &saved)?;
    let report = report(&desk, &saved, rerun.checks(&[]), &[], false);
    let new: Vec<_> = desk.sources.iter().filter(|source| !saved.contains_key(source.name())).collect();
    let new: Vec<_> = new.into_iter().map(|source| (source, source.seed(), RUNS)).collect();
    let mut renewed: BTreeMap<&str, Baseline> = BTreeMap::new();
    for ((source, seed, _), rows) in new.iter().zip(desk.rows(&new)?) {
        renewed.insert(source.name(), baseline_of(source, *seed, &rows));
    }
    let is_changed = |name: &str| {
        report.entries.iter().any(|entry| entry.scenario == name && entry.status != Status::Unchanged)
    };
    let parts = rerun.sources.iter().zip(&rerun.baselines).zip(&rerun.rows);
    for ((source, saved), rows) in parts.filter(|((source, _), _)| is_changed(source.name())) {
        renewed.insert(source.name(), baseline_of(source, saved.seed, rows));
    }
    renewed.values().try_for_each(|baseline| write(&desk, baseline, "accepted", out))?;
    for gone in report.entries.iter().filter(|entry| entry.status == Status::Gone) {
        desk.folder.remove(&gone.scenario).map_err(error)?;
        if !desk.scope.quiet {
            writeln!(out, "removed {}", desk.folder.path_of(&gone.scenario).display())?;
        }
    }
    if !desk.scope.quiet {
        writeln!(out, "{} baselines are as they were", report.count(Status::Unchanged))?;
    }
    Ok(Ending::Fine)
}
