//! What `run` and `merge` print about batches.

use super::source::Source;
use super::{Ending, Stop};
use crate::args::OutputFormat;
use analysis::results::Summary;
use analysis::tables::summary_json::{pretty, summary_json};
use measures::units::{count, runs};
use report::left_out::{LeftOutWarnings, left_out_json};
use report::table::SummaryTable;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

use super::run::{Batch, IdleFaults};

/// Tells of one batch after the other.
pub(super) struct Report {
    output: OutputFormat,
    quiet: bool,
    /// What is told as JSON comes at the end, in one list.
    answers: Vec<Value>,
    has_told: bool,
    ending: Ending,
}

impl Report {
    pub(super) fn new(output: OutputFormat, quiet: bool) -> Self {
        Self { output, quiet, answers: Vec::new(), has_told: false, ending: Ending::Fine }
    }

    /// The conclusions from a batch.
    pub(super) fn summary(
        &mut self,
        out: &mut impl Write,
        source: &Source,
        summary: &Summary,
        place: &Path,
        idle: &IdleFaults,
    ) -> Result<(), Stop> {
        if summary.has_missed_objective() {
            self.ending = Ending::Finding;
        }
        let replay = summary.worst.map(|worst| source.replay(summary.facts.seed, worst.run));
        if self.output == OutputFormat::Json {
            let mut answer = summary_json(summary);
            // What no file of results may contain: paths.
            answer["files"] = place.display().to_string().into();
            answer["replay"] = replay.into();
            answer["leftOut"] = left_out_json(source.left_out());
            answer["faultsWithoutEffect"] = json!({ "faults": idle.names, "runs": idle.runs });
            self.answers.push(answer);
            return Ok(());
        }
        let replay = replay.map(|replay| format!("Replay  the worst run: {replay}\n")).unwrap_or_default();
        let idle = idle.section(summary.runs);
        let warnings = LeftOutWarnings(&source.warnings());
        self.tell(
            out,
            &format!("{}{idle}{warnings}\nFiles   {}/\n{replay}", SummaryTable(summary), place.display()),
        )
    }

    /// That a shard is finished; conclusions are for whole batches.
    pub(super) fn shard(
        &mut self,
        out: &mut impl Write,
        batch: &Batch,
        own_runs: u64,
        place: &Path,
    ) -> Result<(), Stop> {
        let Some(shard) = batch.shard else { return Ok(()) };
        let scenario = &batch.facts.scenario;
        if self.output == OutputFormat::Json {
            self.answers.push(json!({
                "scenario": scenario,
                "shard": shard,
                "runs": own_runs,
                "of": batch.runs,
                "seed": batch.facts.seed,
                "files": place.display().to_string(),
            }));
            return Ok(());
        }
        let (own, all) = (count(own_runs), runs(batch.runs));
        let what = format!("{scenario}: shard {shard}, {own} of {all}, seed {}", batch.facts.seed);
        self.tell(out, &format!("{what}\nFiles   {}/\n", place.display()))
    }

    fn tell(&mut self, out: &mut impl Write, text: &str) -> Result<(), Stop> {
        if self.quiet {
            return Ok(());
        }
        if std::mem::replace(&mut self.has_told, true) {
            writeln!(out)?;
        }
        Ok(out.write_all(text.as_bytes())?)
    }

    /// How the program ends.
    pub(super) fn finish(&self, out: &mut impl Write) -> Result<Ending, Stop> {
        if self.output == OutputFormat::Json {
            out.write_all(pretty(&json!({ "scenarios": self.answers })).as_bytes())?;
        }
        Ok(self.ending)
    }
}
