//! What `compare --out` writes: figures, a chart and a report. No file names a path.

use crate::args::CompareArgs;
use crate::command::source::Source;
use crate::command::{Stop, error};
use analysis::compare::{Comparison, Pairs};
use analysis::results::{FolderError, ResultFile, ResultFolder, Stored};
use analysis::tables::provenance::Provenance;
use analysis::tables::summary_json::pretty;
use measures::Row;
use measures::digest::BatchDigest;
use measures::question::Margin;
use report::chart::{self, ComparisonChart};
use report::compare::comparison_json;
use report::html::{Compared, ComparisonReport, DetailedRun, Drawing, Replay, RunStory};
use report::shell::{quoted, set_options};
use simulator::Simulator;
use std::fmt::Write as _;
use std::path::PathBuf;

/// A or B, as the files tell of it.
pub(super) struct Side {
    /// The scenario's name.
    scenario: String,
    /// The same with what tells it from the other side.
    name: String,
    /// What stands for it in a command line.
    place: String,
    /// What `--set` replaced.
    set: String,
    resolved: String,
    is_stored: bool,
}

impl Side {
    /// Of a scenario file. Where another file has the same name, neither the name nor a command line with it
    /// would say which one is meant.
    pub(super) fn of_scenario(source: &Source, letter: char, shares_name: bool) -> Self {
        let facts = source.facts(0);
        let (which, place) = if shares_name {
            (format!(" ({letter})"), format!("<file of {letter}>"))
        } else {
            (String::new(), quoted(&facts.scenario))
        };
        let with = match facts.variant.as_slice() {
            [] => String::new(),
            variant => format!(" with {}", variant.join(", ")),
        };
        Self {
            name: format!("{}{which}{with}", facts.scenario),
            place,
            set: set_options(&facts.variant),
            scenario: facts.scenario,
            resolved: source.resolved(),
            is_stored: false,
        }
    }

    pub(super) fn of_folder(stored: &Stored, letter: char) -> Self {
        Self {
            scenario: stored.scenario.clone(),
            name: format!("{} (the results {letter})", stored.scenario),
            place: format!("<scenario {}>", stored.scenario),
            set: String::new(),
            resolved: stored.resolved.clone(),
            is_stored: true,
        }
    }

    /// The line that shows a run; results do not know where their scenario lies, or what `--set` replaced.
    fn show(&self, seed: u64, run: u64) -> String {
        format!("rollout-lab show {}{} --seed {seed} --run {run}", self.place, self.set)
    }
}

/// The folder that is being filled.
pub(super) struct Files {
    folder: ResultFolder,
    provenance: Provenance,
    sides: [Side; 2],
    /// The line that repeats the comparison.
    command: String,
}

impl Files {
    /// Begins a partial folder if files are wanted: one that cannot be written costs no minutes.
    pub(super) fn begin(
        args: &CompareArgs,
        seed: u64,
        runs: u64,
        sides: [Side; 2],
    ) -> Result<Option<Self>, Stop> {
        let Some(out) = &args.out else { return Ok(None) };
        let [a, b] = &sides;
        let other = if a.scenario == b.scenario { String::new() } else { format!(".{}", b.scenario) };
        let name = format!("{}{other}.compare", a.scenario);
        let resolved = format!("A\n{}\n\nB\n{}\n", a.resolved.trim_end(), b.resolved.trim_end());
        let provenance = Provenance::new(name.clone(), seed, runs, resolved);
        let folder = ResultFolder::begin(out, &name).map_err(error)?;
        folder.write(ResultFile::Provenance, provenance.to_json().as_bytes()).map_err(error)?;
        let command = command(args, &sides, seed, runs);
        Ok(Some(Self { folder, provenance, sides, command }))
    }

    /// Removes what was begun: a comparison that was interrupted cannot go on.
    pub(super) fn abandon(self) -> Result<(), FolderError> {
        self.folder.abandon()
    }

    /// Writes everything and moves it into place. With the sources, the pair of runs that differs most is detailed
    /// moment by moment.
    pub(super) fn finish(
        self,
        comparison: &Comparison,
        pairs: &Pairs,
        sources: Option<&[Source; 2]>,
    ) -> Result<PathBuf, Stop> {
        // Paths that the user wrote stay out of the files.
        let comparison =
            Comparison { names: self.sides.each_ref().map(|side| side.name.clone()), ..comparison.clone() };
        let digest = digest(pairs);
        let show = |run| self.sides.each_ref().map(|side| side.show(comparison.seed, run));
        let summary = pretty(&comparison_json(&comparison, &show));
        self.folder.write(ResultFile::Summary, summary.as_bytes()).map_err(error)?;
        let detailed = sources.and_then(|sources| detailed(&comparison, pairs, sources));
        let report = ComparisonReport {
            comparison: &comparison,
            sides: self.sides.each_ref().map(|side| Compared {
                scenario: side.scenario.clone(),
                name: side.name.clone(),
                resolved: side.resolved.clone(),
            }),
            charts: self.charts(&comparison, pairs)?,
            detailed,
            replays: self.replays(&comparison),
            digest: digest.clone(),
        };
        let page = report.html().map_err(error)?;
        self.folder.write(ResultFile::Report, page.as_bytes()).map_err(error)?;
        let provenance = self.provenance.finished(digest).to_json();
        self.folder.write(ResultFile::Provenance, provenance.as_bytes()).map_err(error)?;
        self.folder.finish().map_err(error)
    }

    fn charts(&self, comparison: &Comparison, pairs: &Pairs) -> Result<Vec<Drawing>, Stop> {
        let side = |side: usize| chart::Side {
            name: self.sides[side].name.clone(),
            times: pairs.all().iter().filter_map(|pair| pair[side].elapsed()).collect(),
            horizon: comparison.horizon,
        };
        let Some(chart) = ComparisonChart::new([side(0), side(1)]) else { return Ok(Vec::new()) };
        let svg = chart::svg(&chart).map_err(error)?;
        self.folder.write(ResultFile::ComparisonChart, svg.as_bytes()).map_err(error)?;
        Ok(vec![Drawing { svg, is_paper: false }])
    }

    fn replays(&self, comparison: &Comparison) -> Vec<Replay> {
        let shown = comparison.extremes.first().map(|most| {
            let of = |letter, side: &Side| {
                Replay::new(format!("Run {} in {letter}", most.run), side.show(comparison.seed, most.run))
            };
            [of('A', &self.sides[0]), of('B', &self.sides[1])]
        });
        let all = Replay::new("The whole comparison", self.command.clone());
        shown.into_iter().flatten().chain([all]).collect()
    }
}

/// The line that repeats a comparison.
fn command(args: &CompareArgs, [a, b]: &[Side; 2], seed: u64, runs: u64) -> String {
    let mut line = match (a.is_stored, args.b.is_none()) {
        (true, _) => "rollout-lab compare <results A> <results B>".to_owned(),
        (_, true) => format!("rollout-lab compare {}{}", a.place, b.set),
        _ => format!("rollout-lab compare {} {}{}", a.place, b.place, b.set),
    };
    for (name, margin) in &args.margin {
        let size = match margin {
            Margin::Absolute(size) => size.to_string(),
            Margin::Relative(share) => format!("{}%", share * 100.0),
        };
        let _ = write!(line, " --margin {}", quoted(&format!("{name}={size}")));
    }
    if !a.is_stored {
        let _ = write!(line, " --seed {seed}");
    }
    let _ = write!(line, " --runs {runs}");
    line
}

/// The pair that differs most, run again for its story.
fn detailed(comparison: &Comparison, pairs: &Pairs, sources: &[Source; 2]) -> Option<[DetailedRun; 2]> {
    let run = comparison.extremes.first()?.run;
    let pair = pairs.all().iter().find(|pair| pair[0].run == run)?;
    let tell = |side: usize| {
        let model = sources[side].model();
        let (_, timeline) = Simulator::new(model, 0).run_with_timeline(comparison.seed, run);
        DetailedRun {
            row: pair[side].clone(),
            timeline,
            story: Some(RunStory::of(model, comparison.seed, run)),
        }
    };
    Some([tell(0), tell(1)])
}

/// The hash of all runs: those of A, then those of B.
fn digest(pairs: &Pairs) -> String {
    let mut all = BatchDigest::default();
    for side in 0..2 {
        let rows = pairs.all().iter().map(|pair: &[Row; 2]| pair[side].digest);
        rows.for_each(|digest| all.add(digest));
    }
    all.finish()
}
