//! The file of a baseline: YAML that people can read and `git diff` can show.

use crate::baseline::{Baseline, FORMAT, MOST_STEPS, STEPPED_RUNS, Step};
use measures::column::{Cell, Column};
use measures::digest::BatchDigest;
use measures::{Register, Row};
use std::fmt::Write as _;

/// The first words of every baseline: by these a file is known to be ours.
pub const MARK: &str = "# rollout-lab baseline";

/// The longest line of steps.
const LINE: usize = 110;

/// The text of the file.
pub fn file_text(baseline: &Baseline) -> String {
    let Baseline { scenario, version, text, seed, horizon, rows, .. } = baseline;
    let mut digest = BatchDigest::default();
    for row in rows {
        digest.add(row.digest);
    }
    let mut file = format!(
        "{MARK}: `rollout-lab baseline check` compares with it, `baseline accept` renews it.\n\
         format: {FORMAT}\nversion: \"{version}\"\nscenario: \"{scenario}\"\ntext: {text}\nseed: {seed}\n\
         runs: {}\nhorizon: {horizon}\ndigest: {}\n",
        rows.len(),
        digest.finish()
    );
    let columns = Columns::of(baseline);
    columns.write_same(&mut file, rows);
    columns.write_rows(&mut file, rows);
    write_steps(&mut file, &baseline.steps);
    file
}

fn column(index: usize) -> &'static Column {
    &Register::standard().columns()[index]
}

/// The columns by what there is to say about them; each is the number of a column in the register.
struct Columns {
    /// Empty in every run.
    empty: Vec<usize>,
    /// The same in every run.
    same: Vec<usize>,
    /// All others.
    varied: Vec<usize>,
}

impl Columns {
    fn of(baseline: &Baseline) -> Self {
        let mut columns = Self { empty: Vec::new(), same: Vec::new(), varied: Vec::new() };
        for &index in &baseline.columns {
            let mut cells = baseline.rows.iter().map(|row| column(index).cell(row));
            let first = cells.next();
            let is_same = cells.all(|cell| Some(cell) == first);
            // The first two columns are the row's name.
            match first {
                Some(Cell::Empty) if is_same => columns.empty.push(index),
                Some(_) if is_same && index > 1 => columns.same.push(index),
                _ => columns.varied.push(index),
            }
        }
        columns
    }

    fn write_same(&self, file: &mut String, rows: &[Row]) {
        let names: Vec<&str> = self.empty.iter().map(|&index| column(index).name()).collect();
        file.push_str(
            "# Columns of runs.csv that are empty in every run, and those that are the same in every run.\n",
        );
        let _ = writeln!(file, "empty: [{}]", names.join(", "));
        file.push_str("same:");
        file.push_str(if self.same.is_empty() { " {}\n" } else { "\n" });
        for (&index, row) in self.same.iter().zip(std::iter::repeat(rows.first())) {
            if let Some(row) = row {
                let _ = writeln!(file, "  {}: {}", column(index).name(), column(index).cell(row));
            }
        }
    }

    fn write_rows(&self, file: &mut String, rows: &[Row]) {
        let names: Vec<&str> = self.varied.iter().map(|&index| column(index).name()).collect();
        let _ = writeln!(file, "# A row for each run.\nrows: |\n  {}", names.join(","));
        for row in rows {
            let cells: Vec<String> =
                self.varied.iter().map(|&index| column(index).cell(row).to_string()).collect();
            let _ = writeln!(file, "  {}", cells.join(","));
        }
    }
}

/// Lines of `run number time:digest time:digest ...`; the number is that of the line's first step.
fn write_steps(file: &mut String, steps: &[Vec<Step>]) {
    let _ = writeln!(
        file,
        "# The first {STEPPED_RUNS} runs, each up to step {MOST_STEPS}: run, number of the line's first step, then time:digest.\nsteps: |"
    );
    for (run, steps) in steps.iter().enumerate() {
        let mut line = format!("  {run} 1");
        for (index, step) in steps.iter().enumerate() {
            let token = format!(" {}:{:04x}", step.at, step.digest);
            if line.len() + token.len() > LINE {
                let _ = writeln!(file, "{line}");
                line = format!("  {run} {}", index + 1);
            }
            line.push_str(&token);
        }
        let _ = writeln!(file, "{line}");
    }
}
