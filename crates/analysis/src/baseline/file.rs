//! The file of a baseline: YAML for people and for `git diff`.

use crate::baseline::{
    Baseline, DIGEST_COLUMN, FORMAT, MEASURED_RUNS, MOST_STEPS, RUN_COLUMN, STEPPED_RUNS, Step, is_kept,
};
use measures::column::Column;
use measures::digest::BatchDigest;
use measures::{Register, Row};
use std::fmt::Write as _;

/// The first words of every baseline file, which identify it.
pub const MARK: &str = "# rollout-lab baseline";

/// The longest line of steps and of series, in bytes.
const LINE: usize = 110;

/// An empty cell in a series.
pub(crate) const EMPTY: &str = "-";

/// The text of the file.
pub fn file_text(baseline: &Baseline) -> String {
    let Baseline { scenario, version, text, seed, horizon, rows, objectives, .. } = baseline;
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
    file.push_str(if objectives.is_empty() { "objectives: []\n" } else { "objectives:\n" });
    for objective in objectives {
        // A JSON string is a YAML string.
        let text = serde_json::Value::from(objective.text.as_str());
        let _ = writeln!(file, "  - {text}: {}", objective.verdict.as_str());
    }
    let columns = ColumnGroups::of(baseline);
    columns.write_same(&mut file, rows);
    columns.write_series(&mut file, rows);
    columns.write_rows(&mut file, rows);
    write_steps(&mut file, &baseline.steps);
    file
}

fn column(index: usize) -> &'static Column {
    &Register::standard().columns()[index]
}

/// The cell of a column in a row, as the file writes it.
fn cell(index: usize, row: &Row) -> String {
    match index {
        DIGEST_COLUMN => format!("{:04x}", row.digest),
        _ => column(index).cell(row).to_string(),
    }
}

/// The rows that have the column.
fn known(index: usize, rows: &[Row]) -> &[Row] {
    if index == DIGEST_COLUMN || is_kept(index) { rows } else { &rows[..rows.len().min(MEASURED_RUNS)] }
}

/// The columns by the way they are written; each is the number of a column in the register.
struct ColumnGroups {
    /// Empty in every run.
    empty: Vec<usize>,
    /// The same in every run.
    same: Vec<usize>,
    /// Other columns that are kept of every run.
    kept: Vec<usize>,
    /// Other columns that are kept of the first runs.
    measured: Vec<usize>,
}

impl ColumnGroups {
    fn of(baseline: &Baseline) -> Self {
        let mut columns =
            Self { empty: Vec::new(), same: Vec::new(), kept: Vec::new(), measured: Vec::new() };
        for &index in &baseline.columns {
            let mut cells = known(index, &baseline.rows).iter().map(|row| cell(index, row));
            let first = cells.next();
            let is_same = cells.all(|cell| Some(&cell) == first.as_ref());
            match first.as_deref() {
                _ if index == RUN_COLUMN => columns.measured.push(index),
                _ if index == DIGEST_COLUMN => columns.kept.push(index),
                Some("") if is_same => columns.empty.push(index),
                Some(_) if is_same => columns.same.push(index),
                _ if is_kept(index) => columns.kept.push(index),
                _ => columns.measured.push(index),
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
                let _ = writeln!(file, "  {}: {}", column(index).name(), cell(index, row));
            }
        }
    }

    fn write_series(&self, file: &mut String, rows: &[Row]) {
        let _ = writeln!(
            file,
            "# Of every run: number of the line's first run, then the values; `x*3` is three times x, `{EMPTY}` is empty.\nseries:"
        );
        for &index in &self.kept {
            let _ = writeln!(file, "  {}: |", column(index).name());
            let cells: Vec<String> = rows.iter().map(|row| cell(index, row)).collect();
            let mut line = String::new();
            let mut run = 0;
            for same in cells.chunk_by(|one, other| one == other) {
                let value = if same[0].is_empty() { EMPTY } else { &same[0] };
                let token = match same.len() {
                    1 => format!(" {value}"),
                    many => format!(" {value}*{many}"),
                };
                if line.len() + token.len() > LINE {
                    let _ = writeln!(file, "{line}");
                    line.clear();
                }
                if line.is_empty() {
                    let _ = write!(line, "    {run}");
                }
                line.push_str(&token);
                run += same.len();
            }
            let _ = writeln!(file, "{line}");
        }
    }

    fn write_rows(&self, file: &mut String, rows: &[Row]) {
        let names: Vec<&str> = self.measured.iter().map(|&index| column(index).name()).collect();
        let _ = writeln!(
            file,
            "# The other columns of the first {MEASURED_RUNS} runs.\nrows: |\n  {}",
            names.join(",")
        );
        for row in rows.iter().take(MEASURED_RUNS) {
            let cells: Vec<String> = self.measured.iter().map(|&index| cell(index, row)).collect();
            let _ = writeln!(file, "  {}", cells.join(","));
        }
    }
}

/// Lines of `run number time:digest time:digest ...`; the number is the number of the line's first step.
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
