//! What each word of the command line does.

pub mod baseline;
pub mod chart;
pub mod check;
pub mod compare;
pub mod completions;
pub mod conform;
pub mod deadline;
pub mod explain;
pub mod learn;
pub mod list;
pub mod merge;
pub mod plan;
mod report;
pub mod run;
pub mod schema;
pub mod shards;
pub mod show;
pub mod source;
pub mod sweep;

use crate::args::{Args, Command, TableFormat};
use ::report::story::STYLES;
use ::report::terminal;
use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All is fine.
    Fine = 0,
    /// There is a finding: an objective was missed, a recording diverges, a baseline has moved.
    Finding = 1,
    /// Wrong input, or an output that cannot be written.
    Refused = 2,
    /// Shards of a batch are still missing.
    Incomplete = 3,
    /// Ctrl-C.
    Interrupted = 130,
}

/// Why a command ended before its time.
#[derive(Debug)]
pub enum Stop {
    /// For people, on stderr. Ready to print: it may have several lines.
    Refused(String),
    /// Shards of a batch are missing, and the rest is in order; the text says which.
    Incomplete(String),
    /// The user pressed Ctrl-C; the text says what is left.
    Interrupted(String),
    /// The reader of the output has closed it: no error.
    ClosedPipe,
}

impl Stop {
    /// Wrong input, or an output that cannot be written.
    pub fn refused(why: impl Display) -> Self {
        Self::Refused(why.to_string())
    }
}

/// An error of writing to stdout.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::Refused(format!("error: cannot write the output: {error}")),
        }
    }
}

impl TableFormat {
    /// Whether tables are also wanted as Parquet.
    const fn is_parquet(self) -> bool {
        matches!(self, Self::Parquet)
    }

    /// Refuses what this binary cannot write.
    fn check(self) -> Result<(), Stop> {
        if self.is_parquet() && cfg!(not(feature = "parquet")) {
            return Err(Stop::refused(
                "error: this rollout-lab was built without Parquet\n\
                 `cargo install --path crates/lab --features parquet` installs one that has it, and \
                 `cargo run --release --features parquet -- run ...` runs one",
            ));
        }
        Ok(())
    }
}

/// A wrong input or an output that cannot be written, in one line.
fn error(why: impl Display) -> Stop {
    Stop::refused(format!("error: {why}"))
}

/// A number of runs whose rows are all held in memory at once.
///
/// # Errors
/// There are more than a common machine has room for.
fn held(runs: u64) -> Result<u64, Stop> {
    const MOST: u64 = 1_000_000;
    if runs <= MOST {
        return Ok(runs);
    }
    Err(error(format_args!("{runs} runs do not fit into memory here; take --runs of at most {MOST} runs")))
}

/// Makes sure that a folder is there to write to.
fn folder(path: &Path) -> Result<(), Stop> {
    fs::create_dir_all(path)
        .map_err(|why| error(format_args!("cannot create the folder {}: {why}", path.display())))
}

/// Tells the user something that stops nothing.
fn note(text: &str) {
    // Notes are a service: a closed stderr is no reason to stop.
    let _ = writeln!(terminal::stderr(), "note: {text}");
}

/// Does what the command line says, and says on stderr why not.
pub fn execute(args: &Args) -> Ending {
    let mut out = terminal::stdout(&STYLES);
    let done = match &args.command {
        Command::Run(run) => run::execute(run, &mut out),
        Command::Chart(chart) => chart::execute(chart, &mut out),
        Command::Shards(shards) => shards::execute(shards, &mut out),
        Command::Merge(merge) => merge::execute(merge, &mut out),
        Command::Plan(plan) => plan::execute(plan, &mut out),
        Command::Learn(learn) => learn::execute(learn, &mut out),
        Command::Sweep(sweep) => sweep::execute(sweep, &mut out),
        Command::Compare(compare) => compare::execute(compare, &mut out),
        Command::Baseline(baseline) => baseline::execute(baseline, &mut out),
        Command::Deadline(deadline) => deadline::execute(deadline, &mut out),
        Command::Show(show) => show::execute(show, &mut out),
        Command::Check(check) => check::execute(check, &mut out),
        Command::Explain(explain) => explain::execute(explain, &mut out),
        Command::Schema => schema::execute(&mut out),
        Command::List(list) => list::execute(list, &mut out),
        Command::Conform(conform) => conform::execute(conform, &mut out),
        Command::Completions(args) => completions::execute(args, &mut out),
    };
    match done.and_then(|ending| Ok(out.flush().map(|()| ending)?)) {
        Ok(ending) => ending,
        Err(Stop::ClosedPipe) => Ending::Fine,
        Err(Stop::Refused(why)) => complain(&why, Ending::Refused),
        Err(Stop::Incomplete(why)) => complain(&why, Ending::Incomplete),
        Err(Stop::Interrupted(why)) => complain(&why, Ending::Interrupted),
    }
}

fn complain(why: &str, ending: Ending) -> Ending {
    // If even stderr is closed, the exit code has to do.
    let _ = writeln!(terminal::stderr(), "{}", why.trim_end());
    ending
}
