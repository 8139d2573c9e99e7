//! Every file that a folder of results can have: its name, its content, and the commands that write and read it.

use FileCommand::{Chart, Compare, Deadline, Merge, Resume, Run, Shard, Sweep};
use std::fmt::{self, Display, Write as _};
use std::path::Path;

/// A file in a folder of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table below has a line about each")]
pub enum ResultFile {
    Runs,
    Scalings,
    Timeline,
    Survival,
    ExampleReplicaSets,
    ExamplePods,
    SweepCells,
    Summary,
    Provenance,
    RolloutTimeChart,
    SurvivalChart,
    WhereTheTimeWentChart,
    AvailablePodsChart,
    ReplicaSetsChart,
    PodsChart,
    DeadlineMarginChart,
    ProportionalScalingChart,
    HeatMapChart,
    TradeOffChart,
    ComparisonChart,
    Report,
    Order,
    Part,
    NewPart,
}

/// A command, or a way to call one, that writes or reads results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the commands")]
pub enum FileCommand {
    Run,
    Resume,
    Shard,
    Merge,
    Sweep,
    Compare,
    Deadline,
    Chart,
}

impl FileCommand {
    /// As people type it.
    pub const fn name(self) -> &'static str {
        match self {
            Run => "run",
            Resume => "run --resume",
            Shard => "run --shard",
            Merge => "merge",
            Sweep => "sweep",
            Compare => "compare",
            Deadline => "deadline",
            Chart => "chart",
        }
    }
}

/// What is known of a file.
#[derive(Debug, Clone, Copy)]
pub struct FileEntry {
    /// The file.
    pub file: ResultFile,
    /// Its path in the folder.
    pub name: &'static str,
    /// What it contains, and when it is absent.
    pub content: &'static str,
    /// The commands that write it.
    pub written_by: &'static [FileCommand],
    /// The commands that read it back; empty if it is for people and other programs only.
    pub read_by: &'static [FileCommand],
}

const BATCH: &[FileCommand] = &[Run, Merge];
const BATCH_AND_SHARD: &[FileCommand] = &[Run, Shard, Merge];
const ALL: &[FileCommand] = &[Run, Shard, Merge, Sweep, Compare];
const EVERY_CONCLUSION: &[FileCommand] = &[Run, Merge, Sweep, Compare];

const fn entry(
    file: ResultFile,
    name: &'static str,
    content: &'static str,
    written_by: &'static [FileCommand],
    read_by: &'static [FileCommand],
) -> FileEntry {
    FileEntry { file, name, content, written_by, read_by }
}

/// The files in the order of [`ResultFile`], which is also the order of the reference.
#[rustfmt::skip]
const TABLE: [FileEntry; 24] = [
    entry(ResultFile::Runs, "runs.csv", "a row per run", BATCH_AND_SHARD, &[Resume, Merge, Compare, Deadline, Chart]),
    entry(ResultFile::Scalings, "scalings.csv", "a row per ReplicaSet and scaling event in the middle of a rollout", BATCH_AND_SHARD, &[Resume, Merge, Chart]),
    entry(ResultFile::Timeline, "timeline.csv", "available pods over time, as quantiles over all runs", BATCH, &[Chart]),
    entry(ResultFile::Survival, "survival.csv", "the probability that a rollout takes longer than a time; absent if no run had a rollout", BATCH, &[]),
    entry(ResultFile::ExampleReplicaSets, "example-replica-sets.csv", "sizes of the ReplicaSets over time in one run: the first with the median rollout time", BATCH, &[Chart]),
    entry(ResultFile::ExamplePods, "example-pods.csv", "the pods of that run, each with what it waits for", BATCH, &[Chart]),
    entry(ResultFile::SweepCells, "sweep.csv", "a row per cell", &[Sweep], &[]),
    entry(ResultFile::Summary, "summary.json", "the conclusions: probabilities, quantiles, intervals, objectives", EVERY_CONCLUSION, &[Compare, Deadline, Chart]),
    entry(ResultFile::Provenance, "provenance.json", "version, seed, resolved scenario, digest", ALL, &[Merge, Compare, Deadline, Chart]),
    entry(ResultFile::RolloutTimeChart, "charts/rollout-time.svg", "distribution of the rollout time; absent if no run had a rollout", BATCH, &[]),
    entry(ResultFile::SurvivalChart, "charts/survival.svg", "the share of rollouts that are not complete yet over time, with its band; absent if no run had a rollout", BATCH, &[]),
    entry(ResultFile::WhereTheTimeWentChart, "charts/where-the-time-went.svg", "mean time by cause, over all runs and by outcome; absent if no run had a rollout", BATCH, &[]),
    entry(ResultFile::AvailablePodsChart, "charts/available-pods.svg", "available pods over time as a fan of quantiles, with the promise", BATCH, &[]),
    entry(ResultFile::ReplicaSetsChart, "charts/replica-sets.svg", "the pods of `example-replica-sets.csv`, stacked by ReplicaSet, with what is available, wanted and promised as lines", BATCH, &[]),
    entry(ResultFile::PodsChart, "charts/pods.svg", "the pods of `example-pods.csv`, a row each by ReplicaSet, with what each waits for; above 150 pods every n-th", BATCH, &[]),
    entry(ResultFile::DeadlineMarginChart, "charts/deadline-margin.svg", "how close each run came to its progress deadline; absent without a deadline, and if it fired in every run", BATCH, &[]),
    entry(ResultFile::ProportionalScalingChart, "charts/proportional-scaling.svg", "sizes before and after a scaling event during a rollout with the exact shares, in that run or the first in which it happened; absent if it never happened", BATCH, &[]),
    entry(ResultFile::HeatMapChart, "charts/heat-map.svg", "the cells by their settings; absent unless the sweep is a full grid of one or two paths", &[Sweep], &[]),
    entry(ResultFile::TradeOffChart, "charts/trade-off.svg", "rollout time against available pods of each cell", &[Sweep], &[]),
    entry(ResultFile::ComparisonChart, "charts/comparison.svg", "rollout times of two batches; absent if no rollout ends", &[Compare], &[]),
    entry(ResultFile::Report, "report.html", "all of that in one page; see [report.md](report.md)", EVERY_CONCLUSION, &[]),
    entry(ResultFile::Order, "batch.json", "the order of an unfinished batch or of a shard: version, scenario, seed, runs, `until`, shard, and `inputs`: the text of the scenario, of each manifest by the path that the scenario gives it, and the values of `--set`", BATCH_AND_SHARD, &[Resume, Merge]),
    entry(ResultFile::Part, "part.json", "the state of an unfinished batch or of a shard: the number of finished runs, the length of `runs.csv` and `scalings.csv` with them, the SHA-256 of these bytes, of `batch.json` and (of a finished shard) of `provenance.json`, and the number of available pods at each moment, which rows do not hold. It begins with its own hash. It is replaced after every 128 runs, in one move", BATCH_AND_SHARD, &[Resume, Merge]),
    entry(ResultFile::NewPart, "part.json.new", "`part.json` while it is written", BATCH_AND_SHARD, &[]),
];

impl ResultFile {
    /// All files, in the order of the reference.
    pub fn all() -> impl Iterator<Item = &'static FileEntry> {
        TABLE.iter()
    }

    /// What is known of it.
    pub const fn entry(self) -> &'static FileEntry {
        &TABLE[self as usize]
    }

    /// Its path in the folder.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// Its name without folder and extension: the name of a chart or of a table.
    pub fn stem(self) -> &'static str {
        let name = self.name().rsplit_once('/').map_or(self.name(), |(_, name)| name);
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Whether it is a table of a batch, which `--format parquet` writes as Parquet too.
    fn is_batch_table(self) -> bool {
        let is_csv = Path::new(self.name()).extension().is_some_and(|extension| extension == "csv");
        is_csv && self.entry().written_by.contains(&Run)
    }
}

impl AsRef<Path> for ResultFile {
    fn as_ref(&self) -> &Path {
        Path::new(self.name())
    }
}

impl Display for ResultFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The folder of a batch's shards, in the folder of its results.
pub const SHARDS: &str = "shards";

/// Whether rollout-lab puts a file or a folder of this name directly into a folder of results.
pub(super) fn is_known(name: &str) -> bool {
    let is_file = |entry: &FileEntry| entry.name.split('/').next() == Some(name);
    let is_parquet = |entry: &FileEntry| {
        entry.file.is_batch_table() && name.strip_suffix(".parquet") == Some(entry.file.stem())
    };
    name == SHARDS || TABLE.iter().any(|entry| is_file(entry) || is_parquet(entry))
}

/// The table of files in Markdown, for the documentation.
pub fn reference() -> String {
    let names = |commands: &[FileCommand]| {
        commands.iter().map(|command| format!("`{}`", command.name())).collect::<Vec<_>>().join(", ")
    };
    let mut text = String::from("| file | content | written by | read by |\n|---|---|---|---|\n");
    for FileEntry { name, content, written_by, read_by, .. } in &TABLE {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{name}` | {content} | {} | {} |", names(written_by), names(read_by));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_finds_its_own_entry() {
        for (index, entry) in TABLE.iter().enumerate() {
            assert_eq!(entry.file as usize, index, "{}", entry.name);
            assert!(!entry.written_by.is_empty(), "{}", entry.name);
            assert_eq!(TABLE.iter().filter(|other| other.name == entry.name).count(), 1, "{}", entry.name);
        }
    }

    #[test]
    fn other_names_are_not_ours() {
        for name in ["runs.csv", "runs.parquet", "sweep.csv", "charts", "shards", "part.json.new"] {
            assert!(is_known(name), "{name}");
        }
        for name in ["runs", "summary.parquet", "sweep.parquet", "rollout-time.svg", "thesis.txt", ""] {
            assert!(!is_known(name), "{name}");
        }
        assert_eq!(ResultFile::WhereTheTimeWentChart.stem(), "where-the-time-went");
    }
}
