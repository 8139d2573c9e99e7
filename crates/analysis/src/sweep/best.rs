//! The best cell among those that hold the objectives.

use super::CellOutcome;
use super::SweepError;
use super::figures::Estimated;
use measures::stats::{Level, Miss, Sample, holm, quantile_swap_test};
use measures::{Elapsed, Measure, Register};

/// The better direction of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Less.
    Down,
    /// More.
    Up,
}

/// The measure to minimize or to maximize.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    /// The measure.
    pub measure: &'static Measure,
    /// Its better direction.
    pub direction: Direction,
    /// The quantile over runs that is compared.
    pub level: Level,
}

/// The best cell.
#[derive(Debug, Clone)]
pub struct Best {
    /// Its number.
    pub cell: usize,
    /// Fresh runs that confirmed it.
    pub runs: u64,
    /// The goal's quantile in these runs.
    pub value: Estimated,
    /// Cells that the fresh runs do not show to be worse (paired swap test of the quantile on the same seeds,
    /// Holm's rule over all cells, 5%).
    pub as_good: Vec<usize>,
}

/// The candidates and the cell chosen among them.
///
/// Of many equal cells the one that looks best is chosen by chance: its own runs make it look better than it is, and
/// the other cells worse. So the runs that choose are not used for anything else. The value of the chosen cell, and
/// whether the others are worse, come from fresh runs, for which the usual interval and the usual tests hold.
/// Source: sample splitting, D. R. Cox, *A Note on Data-Splitting for the Evaluation of Significance Levels*,
/// Biometrika 62, 1975.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellChoice {
    /// The number of the chosen cell.
    pub cell: usize,
    /// The numbers of all cells that hold the objectives, in order.
    pub candidates: Vec<usize>,
}

impl Goal {
    /// Parses `MEASURE` or `MEASURE:pNN`. The default quantile is the one that 95 of 100 runs stay on the good
    /// side of.
    ///
    /// # Errors
    /// The measure is not known, or the quantile is not valid.
    pub fn parse(text: &str) -> Result<Self, SweepError> {
        Self::of(Register::standard(), text)
    }

    /// The same for the measures of another register.
    ///
    /// # Errors
    /// The measure is not known, or the quantile is not valid.
    pub fn of(register: &'static Register, text: &str) -> Result<Self, SweepError> {
        let (key, level) = text.split_once(':').map_or((text, None), |(key, level)| (key, Some(level)));
        let measure = register.number(key).ok_or_else(|| SweepError::UnknownMeasure {
            key: key.to_owned(),
            known: register.numbers().map(|measure| measure.key).collect(),
        })?;
        let up = measure.is_raised;
        let direction = if up { Direction::Up } else { Direction::Down };
        let level = match level {
            None if up => Level::per_mille(50),
            None => Level::P95,
            Some(level) => {
                let percent = level.strip_prefix('p').and_then(|number| number.parse::<f64>().ok());
                let percent = percent.filter(|percent| *percent > 0.0 && *percent < 100.0);
                Level::nearest(percent.ok_or(SweepError::Quantile)? / 100.0)
            }
        };
        Ok(Self { measure, direction, level })
    }

    /// Chooses among the cells that hold the objectives; `None` if there are none.
    pub fn choose(&self, outcomes: &[CellOutcome]) -> Option<CellChoice> {
        let candidate = |(index, outcome): (usize, &CellOutcome)| {
            let figures = outcome.result.as_ref().ok().filter(|figures| figures.holds)?;
            let sample = Sample::new(figures.goal.iter().copied().flatten());
            Some((index, sample.quantile(self.level)?))
        };
        let candidates: Vec<(usize, Elapsed)> = outcomes.iter().enumerate().filter_map(candidate).collect();
        let better = |one: Elapsed, other: Elapsed| match self.direction {
            Direction::Down => one < other,
            Direction::Up => one > other,
        };
        let &(cell, _) =
            candidates.iter().reduce(|best, other| if better(other.1, best.1) { other } else { best })?;
        Some(CellChoice { cell, candidates: candidates.iter().map(|(index, _)| *index).collect() })
    }

    /// Confirms a choice on fresh runs. `fresh` has the goal's measure by run, for each candidate in order. `None` if no
    /// fresh run of the chosen cell has the measure.
    pub fn confirm(&self, choice: &CellChoice, fresh: &[Vec<Option<Elapsed>>]) -> Option<Best> {
        let chosen = choice.candidates.iter().position(|&cell| cell == choice.cell)?;
        let sample = Sample::new(fresh[chosen].iter().copied().flatten());
        let value =
            Estimated { value: sample.quantile(self.level)?, bounds: sample.quantile_bounds(self.level) };
        let others: Vec<usize> = (0..choice.candidates.len()).filter(|index| *index != chosen).collect();
        let p_values: Vec<f64> =
            others.iter().map(|&other| self.p_value(&fresh[chosen], &fresh[other])).collect();
        let is_worse = |&p: &f64| p <= Miss::ONE_IN_TWENTY.probability();
        let told_apart = holm(&p_values);
        let as_good = others.iter().zip(&told_apart).filter(|(_, p)| !is_worse(p));
        let as_good = as_good.map(|(&index, _)| choice.candidates[index]).collect();
        Some(Best { cell: choice.cell, runs: fresh[chosen].len() as u64, value, as_good })
    }

    /// The p-value of "the other cell is as good", by the difference of the fresh runs: the test is two-sided, and a
    /// cell that looks better is as good.
    fn p_value(&self, chosen: &[Option<Elapsed>], other: &[Option<Elapsed>]) -> f64 {
        let pairs = chosen.iter().zip(other);
        let pairs: Vec<(Elapsed, Elapsed)> =
            pairs.filter_map(|(one, other)| Some(((*one)?, (*other)?))).collect();
        let quantile = |second: bool| {
            Sample::new(pairs.iter().map(|pair| if second { pair.1 } else { pair.0 })).quantile(self.level)
        };
        let looks_worse = match self.direction {
            Direction::Down => quantile(true) > quantile(false),
            Direction::Up => quantile(true) < quantile(false),
        };
        if !looks_worse {
            return 1.0;
        }
        let numbers: Vec<(i64, i64)> = pairs.iter().map(|(a, b)| (a.swappable(), b.swappable())).collect();
        quantile_swap_test(&numbers, self.level, self.measure.key)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Figures, SweepCell};
    use super::*;
    use measures::stats::Bounds;
    use measures::{Milli, Row};
    use simulator::engine::Streams;

    #[test]
    fn goals_know_which_way_is_better() {
        let time = Goal::parse("rolloutTime").unwrap();
        assert_eq!((time.direction, time.level), (Direction::Down, Level::P95));
        let available = Goal::parse("availableMin").unwrap();
        assert_eq!((available.direction, available.level), (Direction::Up, Level::per_mille(50)));
        assert_eq!(Goal::parse("podsPeak:p50").unwrap().level, Level::P50);
        assert!(Goal::parse("speed").unwrap_err().to_string().contains("known: rolloutTime"));
        assert!(Goal::parse("podsPeak:50").is_err());
        assert!(Goal::parse("podsPeak:p100").is_err());
    }

    /// A time with a long tail above 60 s.
    fn time(stream: &mut simulator::engine::Stream) -> Elapsed {
        Elapsed::Within(Milli::from_thousandths((40_000.0 - 20_000.0 * stream.uniform().ln()) as i64))
    }

    fn cell(runs: usize, stream: &mut simulator::engine::Stream) -> Vec<Option<Elapsed>> {
        (0..runs).map(|_| Some(time(stream))).collect()
    }

    fn outcome(goal: Vec<Option<Elapsed>>) -> CellOutcome {
        let rows = [Row::example()];
        let figures = Figures::new(&rows, String::new(), true, None).unwrap();
        CellOutcome { cell: SweepCell { assignments: Vec::new() }, result: Ok(Figures { goal, ..figures }) }
    }

    /// Repeatedly chooses and confirms one of equal cells: the interval covers the truth, and the other cells are
    /// called as good.
    #[test]
    fn the_best_of_equal_cells_is_no_better_than_it_is() {
        let goal = Goal::parse("rolloutTime:p90").unwrap();
        // The 90% quantile of an exponential tail with a mean of 20 s after 40 s.
        let truth = Elapsed::Within(Milli::from_thousandths((40_000.0 - 20_000.0 * 0.1_f64.ln()) as i64));
        for cells in [6, 12, 24] {
            let (batches, runs) = (150, 100);
            let mut stream = Streams::new(7, cells).running("equal cells");
            let (mut covered, mut all_as_good) = (0, 0);
            for _ in 0..batches {
                let outcomes: Vec<CellOutcome> =
                    (0..cells).map(|_| outcome(cell(runs, &mut stream))).collect();
                let choice = goal.choose(&outcomes).unwrap();
                let fresh: Vec<_> = (0..cells).map(|_| cell(runs, &mut stream)).collect();
                let best = goal.confirm(&choice, &fresh).unwrap();
                let Bounds { low, high } = best.value.bounds;
                covered +=
                    u32::from(low.is_none_or(|low| low <= truth) && high.is_none_or(|high| truth <= high));
                all_as_good += u32::from(best.as_good.len() + 1 == cells as usize);
            }
            // 95% of 150 are 142; 93% are 139.5.
            assert!(covered >= 140, "{cells} cells: covers in {covered} of {batches}");
            assert!(all_as_good >= 138, "{cells} cells: all as good in {all_as_good} of {batches}");
        }
    }

    #[test]
    fn a_cell_that_is_much_worse_is_told_apart() {
        let goal = Goal::parse("rolloutTime:p90").unwrap();
        let mut stream = Streams::new(7, 0).running("unequal cells");
        let worse = |cell: &[Option<Elapsed>]| -> Vec<Option<Elapsed>> {
            let twice = |time: &Option<Elapsed>| match time {
                Some(Elapsed::Within(time)) => {
                    Some(Elapsed::Within(Milli::from_thousandths(2 * time.thousandths())))
                }
                other => *other,
            };
            cell.iter().map(twice).collect()
        };
        let good = cell(100, &mut stream);
        let outcomes = [worse(&good), good.clone(), good].map(outcome);
        let choice = goal.choose(&outcomes).unwrap();
        assert_eq!(choice, CellChoice { cell: 1, candidates: vec![0, 1, 2] });
        let fresh = cell(100, &mut stream);
        let best = goal.confirm(&choice, &[worse(&fresh), fresh.clone(), fresh]).unwrap();
        assert_eq!((best.cell, best.runs, best.as_good), (1, 100, vec![2]));
    }
}
