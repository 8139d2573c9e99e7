//! What a sweep writes, and the command lines in its report.

use crate::args::SweepArgs;
use analysis::results::{ResultFile, ResultFolder};
use analysis::sweep::Sweep;
use analysis::tables::summary_json::pretty;
use analysis::tables::sweep_cells::write_cells;
use report::chart::{self, Chart, HeatMap, TradeOffChart};
use report::html::{Drawing, Replay};
use report::shell::{quoted, set_options};
use report::sweep::sweep_json;

type Failure = Box<dyn std::error::Error>;

/// Writes the tables and charts; the charts are for the report as well.
pub(super) fn write_all(folder: &ResultFolder, sweep: &Sweep, png: bool) -> Result<Vec<Drawing>, Failure> {
    write_cells(folder.create(ResultFile::SweepCells)?, sweep)?;
    folder.write(ResultFile::Summary, pretty(&sweep_json(sweep)).as_bytes())?;
    let map = write_chart(folder, ResultFile::HeatMapChart, HeatMap::new(sweep), png)?;
    let points = write_chart(folder, ResultFile::TradeOffChart, TradeOffChart::new(sweep), png)?;
    // The words of a heat map lie on its own colours.
    let map = map.map(|svg| Drawing { svg, is_paper: true });
    Ok(map.into_iter().chain(points.map(|svg| Drawing { svg, is_paper: false })).collect())
}

/// A chart that has nothing to show is not written.
fn write_chart(
    folder: &ResultFolder,
    file: ResultFile,
    chart: Option<impl Chart>,
    png: bool,
) -> Result<Option<String>, Failure> {
    let Some(chart) = chart else { return Ok(None) };
    let svg = chart::svg(&chart)?;
    folder.write(file, svg.as_bytes())?;
    if png {
        chart::png(&chart, &folder.path_of(file)?.with_extension("png"))?;
    }
    Ok(Some(svg))
}

/// Command lines to copy: the cell to look at, and the whole sweep. Paths stay out of the files.
pub(super) fn replays(args: &SweepArgs, sweep: &Sweep, name: &str) -> Vec<Replay> {
    let name = quoted(name);
    let weather = format!("--seed {} --runs {}", sweep.seed, sweep.runs);
    let mut replays = Vec::new();
    if let Some((what, cell)) = sweep.outstanding() {
        let cell = &sweep.outcomes[cell].cell;
        let set = set_options(cell.assignments.iter().flatten());
        replays
            .push(Replay::new(format!("The {what} cell"), format!("rollout-lab run {name}{set} {weather}")));
        let against = format!("rollout-lab compare {name}{set} {weather}");
        replays.push(Replay::new("Against the scenario as it is", against));
    }
    let design = match (&args.list, args.latin_hypercube) {
        (Some(_), _) => " --list <the list of cells>".to_owned(),
        (None, cells) => {
            let cells = cells.map(|cells| format!(" --latin-hypercube {cells}"));
            format!("{}{}", cells.unwrap_or_default(), set_options(&args.set))
        }
    };
    let goal = args.objective.as_ref().map(|goal| format!(" --objective {}", quoted(goal)));
    let sure = if (args.confidence - 0.95).abs() < 1e-12 {
        String::new()
    } else {
        format!(" --confidence {}", args.confidence)
    };
    let all = format!("rollout-lab sweep {name}{design}{}{sure} {weather}", goal.unwrap_or_default());
    replays.push(Replay::new("The whole sweep", all));
    replays
}
