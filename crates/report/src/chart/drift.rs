//! Chart: changes of scenarios since their baselines.

use super::frame::{LABEL_SIZE, LegendEntry, Mark, draw_text, frame, text_style, text_width};
use super::{Chart, ChartError, Drawn, SIZE, palette};
use crate::compare::figures;
use analysis::baseline::{Check, CheckReport, Finding, Status};
use analysis::compare::{Answer, Estimate, Verdict};
use measures::Milli;
use measures::units::count;
use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::{Color, RGBColor};

/// A row for each measure that moved, and for each scenario with other changes the measure that changed most. The
/// unit is the tolerance of the measure, so that all measures share an axis.
pub struct DriftChart<'a> {
    report: &'a CheckReport,
    rows: Vec<DriftRow<'a>>,
    /// Measures that moved and are not shown.
    left_out: usize,
    axis: DriftAxis,
}

/// The axis of changes, in tolerances.
#[derive(Debug, Clone, Copy, PartialEq)]
struct DriftAxis {
    /// The end of the axis on both sides.
    reach: f64,
    /// Beyond one tolerance each step is a factor of ten.
    in_decades: bool,
}

impl DriftAxis {
    /// An axis for changes of up to this size.
    fn up_to(farthest: f64) -> Self {
        if farthest <= FARTHEST {
            Self { reach: (farthest * 1.15).min(FARTHEST), in_decades: false }
        } else {
            let decades = farthest.min(MOST).log10().ceil().max(1.0);
            Self { reach: 10f64.powf(decades), in_decades: true }
        }
    }

    /// The distance of a change from the middle, in steps of the axis.
    fn steps(self, tolerances: f64) -> f64 {
        let size = tolerances.abs().min(self.reach);
        let steps = if self.in_decades && size > 1.0 { 1.0 + size.log10() } else { size };
        steps.copysign(tolerances)
    }

    /// The ticks on one side, from the middle.
    fn ticks(self) -> Vec<i64> {
        if self.in_decades {
            let decades = self.reach.log10().round() as u32;
            (0..=decades).map(|decade| 10i64.pow(decade)).collect()
        } else {
            (1..=self.reach.floor() as i64).collect()
        }
    }
}

/// A measure of a scenario.
struct DriftRow<'a> {
    scenario: &'a str,
    answer: &'a Answer,
    horizon: Milli,
    /// The change and its interval, in tolerances.
    change: f64,
    low: f64,
    high: f64,
}

/// Rows of the chart at most, and rows per scenario if there are many.
const MOST_ROWS: usize = 100;
const FEW: usize = 3;
/// Space left of the axis for names, and right of it for values.
const LEFT: i32 = 690;
const RIGHT: i32 = 500;
const PITCH: i32 = 44;
const ABOVE_AND_BELOW: i32 = 380;
/// The largest end of a linear axis, in tolerances ...
const FARTHEST: f64 = 6.0;
/// ... and of any axis.
const MOST: f64 = 10_000.0;

impl<'a> DriftChart<'a> {
    /// The chart of a report.
    pub fn new(report: &'a CheckReport) -> Self {
        let all: Vec<Vec<DriftRow<'a>>> = changed(report).map(rows).filter(|rows| !rows.is_empty()).collect();
        let wanted: usize = all.iter().map(Vec::len).sum();
        let per_scenario = if wanted <= MOST_ROWS { usize::MAX } else { FEW };
        let mut rows: Vec<DriftRow<'a>> =
            all.into_iter().flat_map(|rows| rows.into_iter().take(per_scenario)).collect();
        if rows.len() > MOST_ROWS {
            // The largest changes, in the order of their scenarios.
            let mut sizes: Vec<f64> = rows.iter().map(DriftRow::size).collect();
            sizes.sort_by(|one, other| other.total_cmp(one));
            let least = sizes[MOST_ROWS - 1];
            rows.retain(|row| row.size() >= least);
            rows.truncate(MOST_ROWS);
        }
        let moved =
            changed(report).flat_map(|(_, answers, _)| answers).filter(|answer| is_moved(answer)).count();
        let shown = rows.iter().filter(|row| is_moved(row.answer)).count();
        let farthest = rows.iter().map(|row| row.change.abs()).fold(1.4, f64::max);
        Self { report, left_out: moved - shown, axis: DriftAxis::up_to(farthest), rows }
    }

    fn subtitle(&self) -> String {
        let what = if self.rows.is_empty() {
            "Every run does what it did when its baseline was saved."
        } else {
            "The dot is the change since the baseline, the line its 95% interval."
        };
        let is_farther = |row: &DriftRow<'_>| row.change.abs() > self.axis.reach;
        let farther =
            if self.rows.iter().any(is_farther) { " An arrow: farther than the axis shows." } else { "" };
        let more = match self.left_out {
            0 => String::new(),
            1 => " One more measure moved and has no row.".to_owned(),
            many => format!(" {} more measures moved and have no row.", count(many as u64)),
        };
        let what = if self.rows.is_empty() && self.has_changed() {
            "Runs differ, but no measure that is compared does."
        } else {
            what
        };
        format!("{}. {what}{farther}{more}", self.report.sum())
    }

    fn has_changed(&self) -> bool {
        self.report.count(Status::Unchanged) < self.report.entries.len()
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let mut legend = vec![LegendEntry::new(Mark::Area(TOLERANCE.to_rgba()), "within the tolerance")];
        for (colour, text) in [
            (WORSE, "moved, worse"),
            (BETTER, "moved, better"),
            (DIFFERENT, "moved, neither better nor worse"),
            (WITHIN, "changed, not shown to be beyond the tolerance"),
        ] {
            if self.rows.iter().any(|row| colour_of(row.answer) == colour) {
                legend.push(LegendEntry::new(Mark::Line(colour, 6), text));
            }
        }
        legend
    }

    /// The row for the title: the largest change for the worse, otherwise the largest change.
    fn farthest(&self) -> Option<&DriftRow<'a>> {
        let moved = self.rows.iter().filter(|row| is_moved(row.answer));
        let is_worse = |row: &DriftRow<'_>| row.answer.verdict == Verdict::Worse;
        moved.max_by(|one, other| {
            is_worse(one).cmp(&is_worse(other)).then(one.size().total_cmp(&other.size()))
        })
    }

    /// The coordinate of a change, limited to the axis.
    fn x(&self, tolerances: f64, width: i32) -> i32 {
        let share = f64::midpoint(self.axis.steps(tolerances) / self.axis.steps(self.axis.reach), 1.0);
        LEFT + (share * f64::from(width - LEFT - RIGHT)).round() as i32
    }

    fn axis<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>, bottom: i32) -> Drawn {
        let width = area.dim_in_pixel().0 as i32;
        let region =
            Rectangle::new([(self.x(-1.0, width), 0), (self.x(1.0, width), bottom)], TOLERANCE.filled());
        area.draw(&region).map_err(ChartError::new)?;
        let style = text_style(LABEL_SIZE - 2, palette::INK);
        let ticks = self.axis.ticks();
        for tick in ticks.iter().rev().map(|tick| -tick).chain([0]).chain(ticks.iter().copied()) {
            let x = self.x(tick as f64, width);
            let color = if tick == 0 { palette::GREY } else { palette::FAINT };
            let line = PathElement::new(vec![(x, 0), (x, bottom)], color.stroke_width(2));
            area.draw(&line).map_err(ChartError::new)?;
            let sign = if tick > 0 { "+" } else { "" };
            let label = format!("{sign}{tick}");
            draw_text(area, &label, &style, (x - text_width(area, &label, &style)? / 2, bottom + 12))?;
        }
        let title = if self.axis.in_decades {
            "change since the baseline, in tolerances of the measure; beyond one, each step is ten times"
        } else {
            "change since the baseline, in tolerances of the measure"
        };
        let style = text_style(LABEL_SIZE, palette::INK);
        let middle = self.x(0.0, width) - text_width(area, title, &style)? / 2;
        draw_text(area, title, &style, (middle, bottom + 52))
    }

    fn row<D: DrawingBackend>(
        &self,
        area: &DrawingArea<D, Shift>,
        row: &DriftRow<'_>,
        top: i32,
        named: bool,
    ) -> Drawn {
        let width = area.dim_in_pixel().0 as i32;
        let (ink, grey) =
            (text_style(LABEL_SIZE - 2, palette::INK), text_style(LABEL_SIZE - 4, palette::GREY));
        if named {
            draw_text(area, row.scenario, &ink, (36, top + 8))?;
        }
        let name = row.answer.question.name();
        let end = LEFT - 24 - text_width(area, &name, &grey)?;
        let scenario = if named { 36 + text_width(area, row.scenario, &ink)? + 24 } else { 36 };
        // If a long name of a scenario leaves no space, the measure follows the numbers.
        let is_aside = end >= scenario;
        if is_aside {
            draw_text(area, &name, &grey, (end, top + 10))?;
        }
        let (y, color) = (top + PITCH / 2, colour_of(row.answer));
        let line = vec![(self.x(row.low, width), y), (self.x(row.high, width), y)];
        area.draw(&PathElement::new(line, color.stroke_width(4))).map_err(ChartError::new)?;
        if row.change.abs() > self.axis.reach {
            let (x, ahead) = (self.x(row.change, width), if row.change > 0.0 { 22 } else { -22 });
            let arrow = Polygon::new(vec![(x, y - 14), (x, y + 14), (x + ahead, y)], color.filled());
            area.draw(&arrow).map_err(ChartError::new)?;
        } else {
            let dot = Circle::new((self.x(row.change, width), y), 9, color.filled());
            area.draw(&dot).map_err(ChartError::new)?;
        }
        let measure = if is_aside { String::new() } else { format!("{name} ") };
        draw_text(area, &format!("{measure}{}", row.values()), &grey, (width - RIGHT + 36, top + 10))
    }
}

const TOLERANCE: RGBColor = RGBColor(232, 238, 243);
const WORSE: RGBColor = palette::VERMILION;
const BETTER: RGBColor = palette::BLUE;
const DIFFERENT: RGBColor = palette::PURPLE;
const WITHIN: RGBColor = palette::GREY;

fn colour_of(answer: &Answer) -> RGBColor {
    match answer.verdict {
        Verdict::Worse => WORSE,
        Verdict::Better => BETTER,
        Verdict::Different => DIFFERENT,
        _ => WITHIN,
    }
}

fn is_moved(answer: &Answer) -> bool {
    colour_of(answer) != WITHIN
}

/// Scenarios that changed, with their answers and horizons.
fn changed(report: &CheckReport) -> impl Iterator<Item = (&str, &[Answer], Milli)> {
    report.entries.iter().filter_map(|entry| match &entry.check {
        Some(Check { finding: Finding::Changed(_, comparison), .. }) => {
            Some((entry.scenario.as_str(), comparison.answers.as_slice(), comparison.horizon))
        }
        _ => None,
    })
}

/// The measures that moved, the largest change first; if none has, the measure that changed most.
fn rows<'a>((scenario, answers, horizon): (&'a str, &'a [Answer], Milli)) -> Vec<DriftRow<'a>> {
    let row = |answer: &'a Answer| DriftRow::of(scenario, answer, horizon);
    let mut rows: Vec<DriftRow<'a>> = answers.iter().filter_map(row).collect();
    rows.sort_by(|one, other| other.size().total_cmp(&one.size()));
    if rows.iter().any(|row| is_moved(row.answer)) {
        rows.retain(|row| is_moved(row.answer));
    } else {
        rows.truncate(1);
    }
    rows
}

impl<'a> DriftRow<'a> {
    /// `None` if nothing differs or the change is not known.
    fn of(scenario: &'a str, answer: &'a Answer, horizon: Milli) -> Option<Self> {
        let Estimate { difference, bounds, differing, .. } = answer.estimate?;
        let difference = difference.filter(|_| differing > 0)?;
        // Without a tolerance every change exceeds it.
        let in_tolerances =
            |value: f64| if answer.margin > 0.0 { value / answer.margin } else { value * f64::INFINITY };
        let [change, low, high] = [difference, bounds.0, bounds.1].map(|value| match in_tolerances(value) {
            tolerances if tolerances.is_nan() => 0.0,
            tolerances => tolerances,
        });
        Some(Self { scenario, answer, horizon, change, low, high })
    }

    fn size(&self) -> f64 {
        self.change.abs()
    }

    /// `36s -> 41s (+5s)`.
    fn values(&self) -> String {
        match figures(self.answer, self.horizon) {
            Some([saved, now, change, _]) => format!("{saved} \u{2192} {now} ({change})"),
            None => String::new(),
        }
    }
}

impl Chart for DriftChart<'_> {
    fn title(&self) -> String {
        let (all, moved) = (self.report.entries.len(), self.report.count(Status::Moved));
        let changed = self.report.count(Status::Changed);
        let scenarios = |number: usize| match number {
            1 => "1 scenario".to_owned(),
            many => format!("{} scenarios", count(many as u64)),
        };
        if let Some(row) = self.farthest() {
            let most = format!("{} of {}, {}", row.answer.question.name(), row.scenario, row.values());
            return match (moved, all) {
                (1, 1) => {
                    format!("{} has moved: {}, {}", row.scenario, row.answer.question.name(), row.values())
                }
                (1, _) => format!("1 of {} has moved: {most}", scenarios(all)),
                _ => format!("{moved} of {} have moved, above all {most}", scenarios(all)),
            };
        }
        let open = self.report.count(Status::Undecided) + self.report.count(Status::Shifted);
        if open > 0 {
            return match all {
                1 => format!("{} has shifted, or may have moved", self.report.entries[0].scenario),
                _ => format!("None of {} has surely moved; {open} shifted, or may have", scenarios(all)),
            };
        }
        match (changed, all) {
            (0, 0) => "There is nothing to compare".to_owned(),
            (0, _) if moved == 0 && self.report.count(Status::Unchanged) == all => match all {
                1 => format!("{} has not changed", self.report.entries[0].scenario),
                _ => format!("None of {} has changed", scenarios(all)),
            },
            (0, 1) => format!("{} has not moved", self.report.entries[0].scenario),
            (0, _) => format!("None of {} has moved", scenarios(all)),
            (1, 1) => format!("{} has changed within its tolerances", self.report.entries[0].scenario),
            _ => format!("None of {} has moved; {changed} changed within tolerance", scenarios(all)),
        }
    }

    /// The height depends on the number of rows.
    fn size(&self) -> (u32, u32) {
        (SIZE.0, (ABOVE_AND_BELOW + PITCH * self.rows.len().max(2) as i32) as u32)
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let area = frame(canvas, &self.title(), &self.subtitle(), &self.legend())?;
        let bottom = area.dim_in_pixel().1 as i32 - 110;
        self.axis(&area, bottom)?;
        let mut before = "";
        for (row, place) in self.rows.iter().zip(0..) {
            self.row(&area, row, 10 + PITCH * place, row.scenario != before)?;
            before = row.scenario;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::svg;
    use analysis::baseline::{Change, CheckedScenario, Divergence};
    use analysis::compare::Comparison;
    use measures::Register;

    fn answer(question: usize, tolerances: f64, margin: f64, verdict: Verdict) -> Answer {
        let change = if margin > 0.0 { tolerances * margin } else { tolerances };
        let estimate = Estimate {
            values: [Some(100.0), Some(100.0 + change)],
            difference: Some(change),
            bounds: (change - 0.1, f64::INFINITY),
            differing: 50,
            hidden: 0,
        };
        Answer {
            question: Register::standard().questions()[question],
            pairs: 50,
            estimate: Some(estimate),
            margin,
            p: 0.0,
            verdict,
        }
    }

    fn scenario(number: usize, answers: Vec<Answer>) -> CheckedScenario {
        let first = Divergence { run: 0, step: None, after: None, cells: Vec::new() };
        let comparison = Comparison {
            names: ["baseline".to_owned(), "now".to_owned()],
            seed: 1,
            pairs: 50,
            horizon: Milli::from_whole(1800),
            answers,
            extremes: Vec::new(),
            alike: 0,
        };
        let scenario = format!("a-scenario-with-a-rather-long-name-{number}");
        let change = Change { runs: 50, measured_runs: 0, first };
        let check = Check {
            scenario: scenario.clone(),
            runs: 50,
            compared: 50,
            seed: 1,
            is_text_changed: true,
            new_columns: Vec::new(),
            lost: Vec::new(),
            objectives: Vec::new(),
            finding: Finding::Changed(change, Box::new(comparison)),
        };
        let status = Status::of(&check, &[]);
        CheckedScenario { scenario, check: Some(check), status, replay: None, mend: None }
    }

    #[test]
    fn ninety_scenarios_that_moved_fit_one_picture() {
        let moved = |number: usize| {
            let answers =
                (0..5).map(|k| answer(k, (number * 5 + k) as f64 / 10.0 + 1.2, 2.0, Verdict::Worse));
            scenario(number, answers.collect())
        };
        let report = CheckReport { entries: (0..90).map(moved).collect() };
        let chart = DriftChart::new(&report);
        assert_eq!((chart.rows.len(), chart.left_out), (MOST_ROWS, 350));
        assert_eq!(chart.axis, DriftAxis { reach: 100.0, in_decades: true });
        assert_eq!(chart.axis.ticks(), [1, 10, 100]);
        assert!(chart.title().starts_with("90 of 90 scenarios have moved, above all "), "{}", chart.title());
        // At most three rows per scenario, with the largest changes.
        let last = |row: &&DriftRow<'_>| row.scenario.ends_with("-name-89");
        assert_eq!(chart.rows.iter().filter(last).count(), FEW);
        assert!(chart.rows.iter().all(|row| !row.scenario.ends_with("-name-0")));
        assert!(svg(&chart).unwrap().contains("350 more measures moved and have no row."));
    }

    #[test]
    fn without_a_tolerance_every_change_is_beyond_it() {
        let report = CheckReport { entries: vec![scenario(0, vec![answer(1, 3.0, 0.0, Verdict::Worse)])] };
        let chart = DriftChart::new(&report);
        assert!(chart.rows[0].change.is_infinite() && chart.rows[0].low.is_infinite());
        assert!(svg(&chart).unwrap().contains("An arrow: farther than the axis shows."));
    }

    #[test]
    fn of_what_did_not_move_only_the_farthest_is_shown() {
        let answers = vec![
            answer(1, 0.3, 2.0, Verdict::Small),
            answer(2, 0.8, 2.0, Verdict::PerhapsSmall),
            answer(3, 0.0, 2.0, Verdict::Alike),
        ];
        let report = CheckReport { entries: vec![scenario(7, answers)] };
        let chart = DriftChart::new(&report);
        assert_eq!(
            chart.rows.iter().map(|row| row.answer.question.name()).collect::<Vec<_>>(),
            ["rolloutTime:p95"]
        );
        assert!(chart.title().ends_with("-name-7 has shifted, or may have moved"), "{}", chart.title());
    }

    #[test]
    fn far_changes_are_shown_in_decades() {
        let even = DriftAxis::up_to(4.0);
        assert!(!even.in_decades && (even.steps(-2.0) + 2.0).abs() < 1e-9);
        let far = DriftAxis::up_to(1_500.0);
        assert_eq!(far, DriftAxis { reach: 10_000.0, in_decades: true });
        let steps = [0.5, 1.0, 10.0, -1_000.0, f64::INFINITY].map(|change| far.steps(change));
        for (step, expected) in steps.into_iter().zip([0.5, 1.0, 2.0, -4.0, 5.0]) {
            assert!((step - expected).abs() < 1e-9, "{step} instead of {expected}");
        }
    }

    #[test]
    fn nothing_at_all_is_drawn_too() {
        let report = CheckReport { entries: Vec::new() };
        let chart = DriftChart::new(&report);
        assert_eq!(chart.title(), "There is nothing to compare");
        svg(&chart).unwrap();
    }
}
